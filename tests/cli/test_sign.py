"""`indicia sign` and `indicia verify`: what they write, say and exit with."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from indicia.cli.main import app
from indicia.provenance import keys
from indicia.provenance.errors import IndiciaError


@pytest.fixture
def folder(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a picture and a text, and development keys at home, where English is spoken."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    keys.ensure_keys()
    where = tmp_path / "work"
    where.mkdir()
    Image.new("RGB", (32, 32), "red").save(where / "p.jpg")
    (where / "t.txt").write_text("Hello, world.\n")
    return where


def run(*arguments: object) -> tuple[int, str, str]:
    """The exit code, stdout and stderr of a command."""
    result = CliRunner().invoke(app(), [str(a) for a in arguments])
    if isinstance(result.exception, IndiciaError):
        return 2, result.stdout, str(result.exception)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def status(*arguments: object) -> tuple[int, list[str]]:
    """The exit code of verify, and one word for each file."""
    code, out, _ = run("verify", "-f", "json", *arguments)
    return code, [entry["status"] for entry in json.loads(out)]


def test_a_folder_is_signed_in_place_and_verified(folder: Path) -> None:
    code, out, _ = run("sign", folder, "--model", "tiny", "--training-mining", "notAllowed")

    assert 0 == code
    assert [str(folder / "p.jpg"), str(folder / "t.txt")] == out.splitlines()
    assert (0, ["trusted", "trusted"]) == status(folder)


def test_verify_says_in_words_what_is_wrong(folder: Path) -> None:
    picture = folder / "p.jpg"
    run("sign", picture, "--model", "tiny")
    intact = picture.read_bytes()

    def said(data: bytes) -> tuple[int, str]:
        picture.write_bytes(data)
        code, out, _ = run("verify", picture)
        return code, out

    altered = said(intact + b"x")
    malformed = said(intact.replace(b"jumdc2ma", b"jumdc2mb"))
    picture.write_bytes(intact + b"x")
    run("sign", picture)
    laundered = said(picture.read_bytes())
    bare = said(picture.read_bytes()[:2])

    assert (1, True) == (altered[0], "altered after it was signed" in altered[1])
    assert (1, True) == (malformed[0], "damaged and cannot be read" in malformed[1])
    assert (1, True) == (laundered[0], "a parent that was altered before" in laundered[1])
    assert (0, True) == (bare[0], "nothing in it is signed" in bare[1])


def test_an_untrusted_signer_fails_only_when_trust_is_required(folder: Path, home: Path) -> None:
    run("sign", folder / "p.jpg")
    run("trust", "remove", "indicia-development")

    assert (0, ["untrusted"]) == status(folder / "p.jpg")
    assert (1, ["untrusted"]) == status(folder / "p.jpg", "--require-trusted")
    assert (0, ["trusted"]) == status(
        folder / "p.jpg", "--require-trusted", "--trust-anchor", home / "keys" / "root.pem"
    )


def test_a_file_without_a_manifest_fails_only_when_one_is_required(folder: Path) -> None:
    assert (0, ["no manifest"]) == status(folder / "p.jpg")
    assert (1, ["no manifest"]) == status(folder / "p.jpg", "--require-signed")


def test_a_missing_file_is_unusable_input_and_the_others_are_still_told(folder: Path) -> None:
    code, words = status(folder / "absent.jpg", folder / "t.txt")

    assert (2, ["unreadable", "no manifest"]) == (code, words)


def test_the_rubric_is_printed_and_what_we_sign_passes_it(folder: Path) -> None:
    run("sign", folder / "p.jpg", "--model", "tiny")

    code, out, _ = run("verify", folder / "p.jpg", "--rubric")

    assert 0 == code
    assert "official conformance rubric: 31 of 31" in out


def test_signing_says_nothing_of_the_origin_unless_it_is_told(folder: Path) -> None:
    run("sign", folder / "p.jpg")
    _, out, _ = run("verify", "-f", "json", folder / "p.jpg")
    (claim,) = json.loads(out)[0]["claims"]

    assert ["c2pa.opened", "c2pa.published"] == [action["name"] for action in claim["actions"]]
    assert [] == claim["source_types"]


def test_a_created_statement_needs_to_say_how(folder: Path) -> None:
    for arguments in (("--created",), ("--edited",), ("--created", "--edited"), ("--source-type", "nonsense")):
        code, _, error = run("sign", folder / "p.jpg", *arguments)
        assert 2 == code
        assert error


def test_a_signed_file_keeps_its_chain_and_is_not_signed_as_new(folder: Path) -> None:
    run("sign", folder / "p.jpg", "--model", "tiny")
    refused, _, error = run("sign", folder / "p.jpg", "--model", "other")
    run("sign", folder / "p.jpg", "--edited", "--model", "inpaint", "--prompt", "make it blue")

    _, out, _ = run("verify", "-f", "json", folder / "p.jpg")

    assert 2 == refused
    assert "edited" in error
    assert [0, 1] == [claim["depth"] for claim in json.loads(out)[0]["claims"]]


def test_signing_over_a_tampered_parent_warns(folder: Path) -> None:
    run("sign", folder / "p.jpg", "--model", "tiny")
    (folder / "p.jpg").write_bytes((folder / "p.jpg").read_bytes() + b"x")

    code, _, error = run(
        "sign", folder / "p.jpg", "-o", folder / "q.jpg", "--parent", folder / "p.jpg", "--source-type", "humanEdits"
    )

    assert 0 == code
    assert "altered after it was signed" in error


def test_a_folder_goes_to_another_and_what_cannot_be_signed_is_named(folder: Path, tmp_path: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "page.html").write_text("<html>x</html>")

    code, out, error = run("sign", folder, "-o", tmp_path / "out")

    assert 2 == code
    assert "page.html" in error
    assert "--sidecar" in error
    assert ["p.jpg", "t.txt"] == sorted(Path(line).name for line in out.splitlines())
    assert "Hello, world.\n" == (folder / "t.txt").read_text()


def test_two_files_never_become_one(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "p.jpg").write_bytes((folder / "p.jpg").read_bytes())
    (tmp_path / "out").mkdir()

    code, _, error = run("sign", folder / "p.jpg", other / "p.jpg", "-o", tmp_path / "out")

    assert 2 == code
    assert "both" in error
    assert [] == list((tmp_path / "out").iterdir())


def test_sidecars_in_another_folder_keep_their_name(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()

    run("sign", folder / "p.jpg", "--sidecar", "-o", tmp_path / "out")

    assert [tmp_path / "out" / "p.jpg.c2pa"] == list((tmp_path / "out").iterdir())


def test_a_sidecar_leaves_the_file_and_is_found_beside_it(folder: Path) -> None:
    page = folder / "page.html"
    page.write_text("<html>x</html>")

    code, out, _ = run("sign", page, "--sidecar", "--source-type", "digitalCreation")

    assert (0, f"{page}.c2pa") == (code, out.strip())
    assert (0, ["trusted"]) == status(page)
    assert (0, ["trusted"]) == status(page, "--sidecar", f"{page}.c2pa")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_status_has_its_sentence_in_both_languages(lang: str, folder: Path, tmp_path: Path) -> None:
    bare = run("verify", folder / "p.jpg", "--lang", lang)[1]
    run("sign", folder / "p.jpg", "--model", "tiny")
    intact = run("verify", folder / "p.jpg", "--lang", lang, "--rubric")[1]
    (folder / "p.jpg").write_bytes((folder / "p.jpg").read_bytes() + b"x")
    altered = run("verify", folder / "p.jpg", "--lang", lang)[1]

    words = {"en": ("nothing in it is signed", "development key", "31 of 31", "altered after"),
             "zh": ("其中没有签名", "开发密钥", "31 / 31", "被改动")}[lang]  # fmt: skip
    assert words[0] in bare
    assert words[1] in intact
    assert words[2] in intact
    assert words[3] in altered


def test_hostile_words_reach_the_terminal_harmless(folder: Path) -> None:
    from indicia.provenance.credentials import Statement, sign_file

    sign_file(folder / "p.jpg", Statement(model="\x1b[2Jevil\u202e", title="\x07"), keys.load_signer())

    code, out, _ = run("verify", folder / "p.jpg")

    assert 0 == code
    assert "evil" in out
    assert not {"\x1b", "\x07", "\u202e"} & set(out)


def test_no_heavy_package_is_loaded_to_verify_a_file(folder: Path) -> None:
    heavy = [
        "torch",
        "transformers",
        "diffusers",
        "scipy",
        "cv2",
        "sklearn",
        "numpy",
        "PIL",
        "sqlalchemy",
        "cryptography",
    ]
    script = f"""
import sys
from indicia.cli.main import main
sys.argv = ["indicia", "verify", {str(folder / "p.jpg")!r}]
try:
    main()
except SystemExit as done:
    assert not done.code, done.code
loaded = [name for name in {heavy!r} if name in sys.modules]
assert not loaded, loaded
"""

    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)

    assert (0, "") == (done.returncode, done.stderr)


def test_a_picture_of_someone_else_is_read_by_the_same_command(folder: Path) -> None:
    """The manifest of a library that knows nothing of indicia."""
    import c2pa

    definition: dict[str, Any] = {
        "claim_generator_info": [{"name": "other"}],
        "assertions": [
            {"label": "c2pa.actions", "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": _CAPTURE}]}}
        ],
    }
    out = io.BytesIO()
    with c2pa.Builder(definition) as builder, keys.load_signer().opened() as native:
        builder.sign(native, "image/jpeg", io.BytesIO((folder / "p.jpg").read_bytes()), out)
    (folder / "p.jpg").write_bytes(out.getvalue())

    code, text, _ = run("verify", folder / "p.jpg", "--rubric")

    assert 1 == code  # intact and trusted, and not conformant
    assert "digitalCapture" in text
    assert "28 of 31" in text


_CAPTURE = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
