"""The GitHub Action and the pre-commit hook, run as far as they run without GitHub: their steps as shell scripts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SHAPES = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://example.org/> .
ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:property [ sh:path ex:n ; sh:minCount 1 ] .
"""
GOOD = "@prefix ex: <http://example.org/> .\nex:b a ex:T ; ex:n 1 .\n"
BAD = "@prefix ex: <http://example.org/> .\nex:a a ex:T .\n"


@pytest.fixture
def action() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
    return loaded


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.ttl").write_text(BAD)
    (tmp_path / "s.ttl").write_text(SHAPES)
    (tmp_path / "good.ttl").write_text(GOOD)
    return tmp_path


def step(action: dict[str, Any], name: str, work: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run a step as GitHub does: inputs put into its environment, bash with -e and pipefail."""
    found = next(s for s in action["runs"]["steps"] if s["name"] == name)
    given = {key: spec.get("default", "") for key, spec in action["inputs"].items()} | inputs
    environment = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(work),
                   "GITHUB_OUTPUT": str(work / "output")}  # fmt: skip
    for key, expression in found["env"].items():
        name_ = expression.removeprefix("${{ inputs.").removesuffix(" }}")
        assert name_ in given, f"{key} uses what is no input"
        environment[key] = given[name_]
    assert "${{" not in found["run"], "inputs belong into env: in a script they could run commands"
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", found["run"]]
    return subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, check=False)


def test_the_validate_step_fails_and_annotates(action: dict[str, Any], work: Path) -> None:
    done = step(action, "Validate", work, data="data good.ttl", shapes="s.ttl")
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("::error file=data/a.ttl,line=2,title=SHACL MinCount::")
    assert (work / "output").read_text() == "conforms=false\n"
    sarif = json.loads((work / "shacl.sarif").read_text())
    assert sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "data/a.ttl"
    assert (work / "shacl.xml").read_text().startswith("<?xml")


def test_the_validate_step_passes(action: dict[str, Any], work: Path) -> None:
    done = step(action, "Validate", work, data="good.ttl", shapes="s.ttl\n", arguments="--max 5")
    assert done.returncode == 0, done.stderr
    assert (work / "output").read_text() == "conforms=true\n"


def test_the_validate_step_uses_the_baseline_and_reports_errors(action: dict[str, Any], work: Path) -> None:
    first = step(action, "Validate", work, data="data", shapes="s.ttl", arguments="--write-baseline known.json")
    assert first.returncode == 1
    assert step(action, "Validate", work, data="data", shapes="s.ttl", baseline="known.json").returncode == 0
    assert step(action, "Validate", work, data="absent", shapes="s.ttl").returncode == 2


def test_inputs_cannot_run_commands(action: dict[str, Any], work: Path) -> None:
    step(action, "Validate", work, data="good.ttl $(touch caught) `touch caught` ; touch caught", shapes="s.ttl")
    step(action, "Validate", work, data="good.ttl", shapes="s.ttl", severity='Info" ; touch caught ; "')
    assert not (work / "caught").exists()


def test_the_upload_step_takes_the_report_that_was_written(action: dict[str, Any]) -> None:
    upload = action["runs"]["steps"][-1]
    assert upload["with"]["sarif_file"] == "${{ inputs.sarif }}"
    assert "always()" in upload["if"]
    assert set(action["inputs"]) == {"data", "shapes", "severity", "baseline", "version", "sarif", "junit", "upload",
                                     "arguments"}  # fmt: skip


def test_the_hook_runs_on_the_files_it_is_given(work: Path) -> None:
    hook = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())[0]
    command = [*hook["entry"].split(), "--shapes", "s.ttl", "data/a.ttl", "good.ttl"]
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "data/a.ttl:2: Violation" in done.stdout


@pytest.mark.parametrize("name", ["docs/ci.md"])
def test_yaml_in_the_documentation_parses(name: str) -> None:
    blocks = (ROOT / name).read_text().split("```yaml\n")[1:]
    assert blocks
    for block in blocks:
        assert yaml.safe_load(block.split("```")[0])
