"""`kg diff`: by ids of releases, as their addresses `/releases/A..B` name them, or by paths."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.cli import main
from kg.release import Making, release

SHARED = "<http://e.example/a> <http://e.example/p> <http://e.example/b> <http://e.example/g> ."


def made(out: Path, *lines: str) -> str:
    making = Making(
        "http://e.example/", "2021-03-04", "http://e.example/l", {}, {}, {"sha256": "", "documents": 1, "rejected": []}
    )
    return release(sorted([SHARED, *lines]), making, out=out).id


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(["diff", *arguments])
    return int(left.value.code or 0)


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, str, str]:
    out = tmp_path / "kept"
    first = made(out)
    return out, first, made(out, '<http://e.example/a> <http://e.example/q> "new" <http://e.example/g> .')


def test_releases_are_named_by_their_ids(two: tuple[Path, str, str], capsys: pytest.CaptureFixture[str]) -> None:
    out, old, new = two
    assert run(old, new, "--releases", str(out)) == 0
    assert capsys.readouterr().out == '+ <http://e.example/a> <http://e.example/q> "new" <http://e.example/g> .\n'
    assert run(new, old, "--releases", str(out), "--stat", "--exit-code") == 1
    assert capsys.readouterr().out == "1 removed, 0 added\n"


def test_the_folder_of_ids_is_out_unless_told_otherwise(
    two: tuple[Path, str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out, old, new = two
    out.rename(out.with_name("out"))
    monkeypatch.chdir(out.parent)
    assert run(old, new, "--stat") == 0
    assert capsys.readouterr().out == "0 removed, 1 added\n"


def test_paths_and_ids_mix(two: tuple[Path, str, str], capsys: pytest.CaptureFixture[str]) -> None:
    out, old, _ = two
    assert run(str(out / old), str(out), "--stat") == 0
    assert run(old, str(out), "--releases", str(out), "--stat") == 0
    assert capsys.readouterr().out == "0 removed, 1 added\n" * 2


def test_an_unknown_id_is_told_with_those_that_are_there(
    two: tuple[Path, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    out, old, _ = two
    assert run(old, "2020-01-01-000000000000", "--releases", str(out)) == 2
    told = capsys.readouterr().err
    assert "'2020-01-01-000000000000' is neither a path nor the id of a release" in told
    assert old in told
    assert run("nothing", old, "--releases", str(out / "empty")) == 2
    assert "--releases" in capsys.readouterr().err
