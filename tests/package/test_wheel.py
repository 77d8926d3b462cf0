"""The wheel alone is enough: data, ontology, shapes and pipeline are inside."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ARTICLE = "The Harbour Files were obtained by Ole Berg, a researcher at the University of Norvia.\n"


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder holding what the wheel installs."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    (wheel,) = folder.glob("leakgraph-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


@pytest.mark.slow
def test_an_installed_wheel_builds_validates_and_answers(unpacked: Path, tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "one.txt").write_text(ARTICLE)

    def kg(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "kg", *arguments],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(unpacked)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = subprocess.run(
        [sys.executable, "-P", "-c", "import kg; print(kg.__file__)"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(unpacked)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert where.stdout.startswith(str(unpacked)), "the checkout was imported, not the wheel"
    kg("build", "articles", "--out", "out", "--quiet")
    question = "PREFIX lg: <https://w3id.org/leakgraph/ontology#> SELECT ?who { ?leak lg:obtainedBy ?who }"
    assert "ole-berg" in kg("query", question, "--release", "out", "--format", "csv")
    kg("validate", "out/current/graph.nt.gz", "--shapes", str(unpacked / "kg" / "_resources" / "shapes"))
    assert "--port" in kg("serve", "--help")
