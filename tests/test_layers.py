"""The layers: a module imports from lower layers only, and heavy libraries stay in the stage that owns them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LAYERS: dict[str, int] = {
    "kg": 0, "kg.errors": 0, "kg.records": 0,
    "kg.settings": 1, "kg.vocab": 1, "kg.authority": 1,
    "kg.read": 2, "kg.annotate": 2, "kg.resolve": 2, "kg.protect": 2, "kg.map_rdf": 2, "kg.validate": 2,
    "kg.release": 2, "kg.store": 2, "kg.evaluate": 2, "kg.sparql": 2, "kg.review": 2, "kg.diff": 2,
    "kg.pipeline": 3,
    "kg.web": 4,
    "kg.cli": 5, "kg.commands": 5, "kg.__main__": 5,
}  # fmt: skip
STAGES = {name for name, layer in LAYERS.items() if layer == 2}
# store and sparql are what release, validate and web stand on; evaluate reads releases.
MAY_MEET = {("kg.release", "kg.store"), ("kg.evaluate", "kg.store"), ("kg.sparql", "kg.store"),
            ("kg.review", "kg.store"), ("kg.diff", "kg.store"), ("kg.validate", "kg.store"),
            ("kg.store", "kg.sparql")}  # fmt: skip
OWNERS = {"spacy": "kg.annotate", "pyshacl": "kg.validate", "flask": "kg.web", "trafilatura": "kg.read"}
FILES = sorted((ROOT / "kg").rglob("*.py"))
MODULE_LINES, FUNCTION_LINES = 400, 60


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def part_of(module: str) -> str | None:
    """The entry of LAYERS that a module belongs to: the longest prefix."""
    pieces = module.split(".")
    for end in range(len(pieces), 1, -1):
        if ".".join(pieces[:end]) in LAYERS:
            return ".".join(pieces[:end])
    return "kg" if module == "kg" else None


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
            if node.module == "kg":
                found |= {f"kg.{alias.name}" for alias in node.names if f"kg.{alias.name}" in LAYERS}
    return found


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_imports_go_down_only(path: Path) -> None:
    mine = part_of(module_of(path))
    assert mine, f"{path}: not in any layer; add it to LAYERS"
    for name in imports(path):
        if name.split(".")[0] != "kg":
            continue
        other = part_of(name)
        assert other, f"{path} imports {name}, which is in no layer"
        if other == mine:
            continue
        if mine in STAGES and other in STAGES:
            assert (mine, other) in MAY_MEET, f"{path}: stage {mine} imports stage {other}"
        elif mine not in ("kg.cli", "kg.commands", "kg.__main__"):
            assert LAYERS[other] <= LAYERS[mine], f"{path}: {mine} imports the higher {other}"
            assert LAYERS[other] < LAYERS[mine] or LAYERS[mine] <= 1, f"{path}: {mine} imports its neighbour {other}"


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_heavy_libraries_stay_with_their_owner(path: Path) -> None:
    for name in imports(path):
        owner = OWNERS.get(name.split(".")[0])
        assert owner is None or part_of(module_of(path)) == owner, f"{path} imports {name}; only {owner} may"


def test_the_web_never_runs_the_pipeline() -> None:
    for path in sorted((ROOT / "kg" / "web").rglob("*.py")):
        assert not {n for n in imports(path) if n.startswith(("kg.pipeline", "kg.annotate", "kg.read"))}, path


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_modules_and_functions_stay_small(path: Path) -> None:
    source = path.read_text("utf-8")
    assert len(source.splitlines()) <= MODULE_LINES, f"{path} is longer than {MODULE_LINES} lines"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= FUNCTION_LINES, f"{path}: {node.name} has {length} lines"
