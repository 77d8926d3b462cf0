"""The README names every command and setting, and its links lead somewhere."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from kg.cli import COMMANDS, cli
from kg.settings import Settings, from_environment

ROOT = Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text("utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_readme_and_loads(name: str) -> None:
    assert f"`kg {name}" in README
    command = cli.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    assert command.help


@pytest.mark.parametrize("name", [f.name for f in fields(Settings)])
def test_every_setting_is_in_the_readme(name: str) -> None:
    assert f"| `KG_{name.upper()}` |" in README


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_page_is_linked_from_the_readme(page: Path) -> None:
    assert page.name == "README.md" or f"(docs/{page.name})" in README


def test_settings_come_from_the_environment() -> None:
    given = from_environment({"KG_PORT": "8000", "KG_SERVICE_ALLOW": "https://a.example, https://b.example", "X": "1"})
    assert (given.port, given.service_allow) == (8000, ("https://a.example", "https://b.example"))
