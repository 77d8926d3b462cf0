"""Fixtures for all tests, and the rule that a skip fails where everything is installed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("KG_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared test material; skips the test where it is not there."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not there")
    return SHARED


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """With KG_TEST_NO_SKIP set (CI) a skip is a failure: what was to be tested was not."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("KG_TEST_NO_SKIP") and reporter and reporter.stats.get("skipped") and exitstatus == 0:
        reporter.write_line("Skipped tests count as failures here (KG_TEST_NO_SKIP is set).", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
