"""The restricted folder: names that are withheld and the stored texts, for the operator's eyes only."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from kg.errors import BadInput
from kg.records import Guarded

NAMES = "withheld.jsonl"
TEXTS = "texts"


def write_restricted(folder: Path, guarded: Guarded) -> None:
    """Write `withheld.jsonl` (one protected person a line) and `texts/<article slug>.txt` into `folder`.

    Folders are 0700 and files 0600 from the moment they exist: nobody else can open them in between, and a file or
    link that somebody put there before is not written through. Raises `BadInput` where the folder cannot be used.
    """
    try:
        _folder(folder)
        rows = (
            json.dumps(
                {"path": w.path, "role": w.role, "names": list(w.names), "document": w.document, "reason": w.reason},
                ensure_ascii=False,
                sort_keys=True,
            )
            for w in guarded.withheld
        )
        _write(folder / NAMES, (f"{row}\n" for row in rows))
        _folder(folder / TEXTS)
        for document in guarded.resolved.documents:
            _write(folder / TEXTS / f"{document.annotated.document.slug}.txt", [document.annotated.document.text])
    except OSError as err:
        raise BadInput(
            f"the restricted folder cannot be written: {err.strerror}",
            where=str(folder),
            hint="Give an output folder that you own.",
        ) from err


def _folder(folder: Path) -> None:
    missing = []
    at = folder
    while not at.exists():
        missing.append(at)
        at = at.parent
    for path in reversed(missing):
        # Only the restricted folders themselves are closed; the output folder above is the operator's choice.
        path.mkdir(mode=0o700 if path == folder or path.name == "restricted" else 0o777)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise PermissionError(1, "it is a link or belongs to somebody else", str(folder))
    folder.chmod(0o700)


def _write(path: Path, lines: Iterable[str]) -> None:
    """Replace a file by a new one that was private from the start."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    number = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(number, "w", encoding="utf-8") as out:
            out.writelines(lines)
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
