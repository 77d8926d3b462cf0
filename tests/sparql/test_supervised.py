"""The supervisors of `docs/deploy`: that their files say what the operator's guide promises, and that their command
comes back under a loop that restarts what died, as they do.

The loop stands in for systemd or podman. It has no control group to clear up with, so what was started by the server
that is killed here must go by itself.
"""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from kg.settings import Settings, from_environment
from kg.web.serving import CONNECTIONS, STOPPING

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy"
ENDLESS = f"SELECT (COUNT(*) AS ?n) {{ {' '.join(f'?s{i} ?p{i} ?o{i} .' for i in range(20))} }}"
PATIENCE = 30.0  # seconds for a start on a busy machine


def unit() -> configparser.ConfigParser:
    parsed = configparser.ConfigParser(strict=False, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read(DEPLOY / "leakgraph.service")
    return parsed


def container(word: str) -> str:
    """What stands behind a word of the Containerfile, lines that go on joined."""
    text = (DEPLOY / "Containerfile").read_text("utf-8").replace("\\\n", " ")
    return "\n".join(re.findall(rf"^{word} +(.*)$", text, re.MULTILINE))


def settings_of(assignments: str) -> dict[str, str]:
    return dict(item.split("=", 1) for item in shlex.split(assignments))


def unit_command() -> tuple[list[str], dict[str, str]]:
    service = unit()["Service"]
    return shlex.split(service["ExecStart"]), settings_of(service["Environment"])


def container_command() -> tuple[list[str], dict[str, str]]:
    return json.loads(container("ENTRYPOINT")) + json.loads(container("CMD")), settings_of(container("ENV"))


class Supervisor:
    """Starts a command again whenever it has ended."""

    def __init__(self, command: list[str], environment: dict[str, str], *, pause: float) -> None:
        self._command, self._environment, self._pause = command, environment, pause
        self.processes: list[subprocess.Popen[bytes]] = []
        self._leave = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        while not self._leave.is_set():
            started = subprocess.Popen(self._command, env=self._environment, stdout=subprocess.DEVNULL)
            self.processes.append(started)
            started.wait()
            self._leave.wait(self._pause)

    def stop(self) -> int:
        """SIGTERM to the server alone; its exit status."""
        self._leave.set()
        last = self.processes[-1]
        last.send_signal(signal.SIGTERM)
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            last.kill()
            self._thread.join()
        return int(last.returncode)


@contextmanager
def supervised(command: list[str], settings: dict[str, str], release: Path) -> Iterator[tuple[Supervisor, str]]:
    """The file's own command and settings, but for the place of `kg`, the releases and a free port."""
    assert Path(command[0]).name == "kg" and command[1] == "serve" and command[2].endswith("/releases")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    own = {"KG_HOST": "127.0.0.1", "KG_PORT": port, "KG_TIMEOUT": "60"}
    line = [sys.executable, "-m", "kg", "serve", str(release), "--no-access-log", *command[3:]]
    running = Supervisor(line, os.environ | settings | own, pause=float(unit()["Service"]["RestartSec"]))
    try:
        yield running, f"http://127.0.0.1:{port}"
    finally:
        running.stop()


def answers(root: str) -> bool:
    """Whether a query is answered within the patience that a start deserves."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            found = httpx.get(root + "/sparql", params={"query": f"ASK {{ ?s ?p {time.time_ns()} }}"}, timeout=10)
        except httpx.TransportError:
            time.sleep(0.05)
            continue
        if found.status_code == 200:
            return True
    return False


def below(pid: int) -> set[tuple[int, str]]:
    """All processes that descend from one, each with the moment of its start, which tells it from a later namesake."""
    found: set[tuple[int, str]] = set()
    parents: dict[int, list[tuple[int, str]]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append((int(stat.parent.name), fields[19]))
    waiting = [pid]
    while waiting:
        for child in parents.get(waiting.pop(), []):
            found.add(child)
            waiting.append(child[0])
    return found


def lives(process: tuple[int, str]) -> bool:
    try:
        fields = Path(f"/proc/{process[0]}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return False
    return fields[19] == process[1] and fields[0] not in "ZX"


def left_of(processes: set[tuple[int, str]]) -> list[tuple[int, str]]:
    """Those that have not gone, after a moment to do so."""
    until = time.monotonic() + 5
    while (left := [process for process in processes if lives(process)]) and time.monotonic() < until:
        time.sleep(0.05)
    return left


def ask_in_vain(root: str) -> None:
    with suppress(httpx.TransportError):
        httpx.get(root + "/sparql", params={"query": ENDLESS}, timeout=PATIENCE)


@pytest.mark.parametrize("source", [unit_command, container_command])
def test_a_killed_server_comes_back_and_leaves_no_process_behind(source: object, release: Path) -> None:
    command, settings = source()  # type: ignore[operator]
    from_environment(settings)  # no misspelt value
    assert {name[3:].lower() for name in settings} <= set(Settings.__slots__)
    with supervised(command, settings, release) as (running, root):
        assert answers(root)
        asking = threading.Thread(target=ask_in_vain, args=(root,))
        asking.start()
        time.sleep(1)  # until a worker computes
        first = running.processes[-1]
        children = below(first.pid)
        assert len(children) >= 2, "a keeper and its worker"
        first.send_signal(signal.SIGKILL)
        asking.join()
        assert answers(root)
        assert len(running.processes) == 2 and first.returncode == -signal.SIGKILL
        assert not left_of(children)
        children = below(running.processes[-1].pid)
        assert running.stop() in (0, -signal.SIGTERM)
        assert not left_of(children)


def test_the_unit_restarts_always_and_lets_running_queries_end() -> None:
    service = unit()["Service"]
    assert service["Restart"] == "always" and unit()["Unit"]["StartLimitIntervalSec"] == "0"
    assert service["KillMode"] == "mixed", "SIGTERM to the children would end the queries that are to be let end"
    assert float(service["TimeoutStopSec"]) > STOPPING
    assert int(service["LimitNOFILE"]) > CONNECTIONS
    assert service["OOMPolicy"] == "continue" and service["MemoryMax"]
    assert service["User"] not in ("", "root") and service["ProtectSystem"] == "strict"


def test_the_container_is_run_as_its_own_comments_say() -> None:
    how = (DEPLOY / "Containerfile").read_text("utf-8").partition("FROM")[0]
    for option in ("--init", "--restart=always", "--read-only", "--cap-drop=all", "--format docker"):
        assert option in how
    stop = re.search(r"--stop-timeout=(\d+)", how)
    assert stop and float(stop[1]) > STOPPING
    assert container("USER") and not container("USER").startswith(("0", "root"))
    check = json.loads(container("HEALTHCHECK").partition("CMD")[2])
    compile(check[2], "HEALTHCHECK", "exec")
    assert f":{settings_of(container('ENV'))['KG_PORT']}/readyz" in check[2]
