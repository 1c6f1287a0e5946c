"""The sample repositories in a build: pre-commit for real, and the lines of the action and GitLab's template."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from indicia.provenance.sniff import FORMATS

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "examples" / "ci"
BIN = Path(sys.executable).parent
REPOSITORIES = pytest.mark.parametrize(("name", "code"), [("passing", 0), ("failing", 1)])


def yaml(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text())


def run(*words: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PRE_COMMIT_HOME": str(cwd.parent / "pre-commit"), **more}
    return subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def repository(home: Path, tmp_path: Path, name: str) -> Path:
    """A copy of a sample as a git repository of its own, with everything staged."""
    folder = tmp_path / "repository"
    shutil.copytree(SAMPLES / name, folder)
    for words in (("init", "-q"), ("add", "-A")):
        assert 0 == run("git", *words, cwd=folder).returncode
    return folder


@REPOSITORIES
def test_pre_commit_judges_the_files_of_a_commit(repository: Path, name: str, code: int) -> None:
    (hook,) = yaml(ROOT / ".pre-commit-hooks.yaml")
    (asked,) = yaml(repository / ".pre-commit-config.yaml")["repos"]
    # The hook as published, but with the program that is installed here: nothing is fetched.
    installed = {**hook, **asked["hooks"][0], "language": "system", "entry": f"{BIN}/{hook['entry']}"}
    config = repository.parent / "config.json"
    config.write_text(json.dumps({"repos": [{"repo": "local", "hooks": [installed]}]}))

    done = run("pre-commit", "run", "--all-files", "--verbose", "--config", str(config), cwd=repository)

    assert code == done.returncode, done.stdout + done.stderr
    assert ("Failed" if code else "Passed") in done.stdout
    assert code == ("CN-META-001" in done.stdout) == ("assets/poster.png" in done.stdout and bool(code))


@REPOSITORIES
def test_the_sample_config_names_a_hook_that_is_published(repository: Path, name: str, code: int) -> None:
    (asked,) = yaml(repository / ".pre-commit-config.yaml")["repos"]

    assert {hook["id"] for hook in asked["hooks"]} == {hook["id"] for hook in yaml(ROOT / ".pre-commit-hooks.yaml")}


def test_the_hook_takes_every_format_by_its_name_and_nothing_else() -> None:
    (hook,) = yaml(ROOT / ".pre-commit-hooks.yaml")
    extensions = {"jpeg": "JPG", "matroska": "mkv", "markdown": "md", "text": "txt", "tiff": "tif"}
    read = set(FORMATS) - {"unknown", "zip", "c2pa", "json"}

    missed = [name for name in read if not re.search(hook["files"], f"a/b.{extensions.get(name, name)}")]

    assert [] == missed
    assert not re.search(hook["files"], "studio.py")
    assert not re.search(hook["files"], "png")
    assert ["file"] == hook["types"]


@REPOSITORIES
def test_the_lines_of_the_action_judge_a_repository(repository: Path, name: str, code: int) -> None:
    (step,) = [s for s in yaml(ROOT / "action.yml")["runs"]["steps"] if s["name"] == "audit"]
    (job,) = yaml(repository / ".github" / "workflows" / "indicia.yml")["jobs"].values()
    (given,) = [s["with"] for s in job["steps"] if s["uses"].startswith("indicia/")]
    inputs = {"sarif": yaml(ROOT / "action.yml")["inputs"]["sarif"]["default"], **given}
    settings = {k: inputs[re.fullmatch(r"\$\{\{ inputs\.(\w+) \}\}", v)[1]] for k, v in step["env"].items()}  # type: ignore[index]
    summary = repository.parent / "summary.md"

    done = run("bash", "-e", "-c", step["run"], cwd=repository, GITHUB_STEP_SUMMARY=str(summary), **settings)

    assert code == done.returncode, done.stdout + done.stderr
    failed = [
        r for r in json.loads((repository / "indicia.sarif").read_text())["runs"][0]["results"] if r["kind"] == "fail"
    ]
    assert code == bool(failed)
    assert summary.read_text().startswith("# indicia audit")


@REPOSITORIES
def test_the_lines_of_gitlabs_template_judge_a_repository(repository: Path, name: str, code: int) -> None:
    job = yaml(repository / ".gitlab-ci.yml")["indicia"]

    done = run("bash", "-e", "-c", "\n".join(job["script"]), cwd=repository)

    assert code == done.returncode, done.stdout + done.stderr
    issues = json.loads((repository / job["artifacts"]["reports"]["codequality"]).read_text())
    assert code == any(issue["severity"] == "critical" for issue in issues)


def test_the_two_repositories_have_the_same_integrations() -> None:
    for path in (".pre-commit-config.yaml", ".github/workflows/indicia.yml", ".gitlab-ci.yml"):
        assert (SAMPLES / "passing" / path).read_text() == (SAMPLES / "failing" / path).read_text()
