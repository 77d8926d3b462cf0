"""The restricted folder: the owner's alone from the first moment, whatever the umask and whoever was there before."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kg.errors import BadInput
from kg.protect import Policy, protect, write_restricted
from kg.records import Guarded, Resolved


@pytest.fixture
def guarded(policy: Policy, make: Callable[..., Resolved]) -> Guarded:
    return protect(
        make({"text": "Qurban Tilek was detained.", "entities": {"e1": ("Person", ["Qurban Tilek"])}}), policy=policy
    )


@pytest.fixture
def open_umask() -> Iterator[None]:
    old = os.umask(0)
    yield
    os.umask(old)


@pytest.mark.usefixtures("open_umask")
def test_files_and_folders_are_private_even_with_an_open_umask(tmp_path: Path, guarded: Guarded) -> None:
    folder = tmp_path / "out" / "restricted" / "r1"
    write_restricted(folder, guarded)
    for path in [folder.parent, folder, *folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o777  # the releases beside it are to be served


def test_the_names_are_written_one_person_a_line_and_the_texts_redacted(tmp_path: Path, guarded: Guarded) -> None:
    write_restricted(tmp_path / "restricted", guarded)
    rows = [json.loads(line) for line in (tmp_path / "restricted" / "withheld.jsonl").read_text("utf-8").splitlines()]
    assert rows == [
        {
            "path": "id/protected/a-1",
            "role": "detainee",
            "names": ["Qurban Tilek"],
            "document": "a.txt",
            "reason": "described",
        }
    ]
    assert (tmp_path / "restricted" / "texts" / "a.txt").read_text("utf-8") == "[withheld] was detained."


def test_writing_again_replaces_and_does_not_write_through_a_link(tmp_path: Path, guarded: Guarded) -> None:
    folder = tmp_path / "restricted"
    write_restricted(folder, guarded)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("untouched", "utf-8")
    (folder / "withheld.jsonl").unlink()
    (folder / "withheld.jsonl").symlink_to(elsewhere)
    write_restricted(folder, guarded)
    assert elsewhere.read_text("utf-8") == "untouched"
    assert not (folder / "withheld.jsonl").is_symlink()


def test_a_link_in_place_of_the_folder_is_refused(tmp_path: Path, guarded: Guarded) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "restricted").symlink_to(tmp_path / "open")
    with pytest.raises(BadInput, match="restricted"):
        write_restricted(tmp_path / "restricted", guarded)
    assert list((tmp_path / "open").iterdir()) == []


def test_a_folder_that_others_could_read_is_closed(tmp_path: Path, guarded: Guarded) -> None:
    folder = tmp_path / "restricted"
    folder.mkdir(mode=0o755)
    write_restricted(folder, guarded)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
