"""The supervisor with real processes: what falls is restarted, what is stopped is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from salesgoals import supervisor
from salesgoals.supervisor import Child, Supervisor

# A child that writes its process id and that of a child of its own, then sleeps.
FAMILY = """
import os, pathlib, subprocess, sys, time
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path(sys.argv[1]).open("a").write(f"{os.getpid()} {grandchild.pid}\\n")
time.sleep(60)
"""
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + FAMILY
RUNNER = """
import sys
from salesgoals.supervisor import Child, Supervisor
python, script, *files = sys.argv[1:]
children = [Child(f, [python, "-c", script, f]) for f in files]
print("up", flush=True)
sys.exit(Supervisor(children, stop_seconds=1.0, say=lambda text: print(text, flush=True)).run())
"""


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and only waits for its parent does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_for(what: Callable[[], object], seconds: float = 8.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def lines(file: Path) -> list[list[int]]:
    text = file.read_text() if file.exists() else ""
    return [[int(pid) for pid in line.split()] for line in text.splitlines()]


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def start_supervisor(*names: str, script: str = FAMILY) -> subprocess.Popen[str]:
        argv = [sys.executable, "-c", textwrap.dedent(RUNNER), sys.executable, script]
        argv += [str(tmp_path / name) for name in names]
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
        started.append(process)
        wait_for(lambda: all(lines(tmp_path / name) for name in names))
        return process

    yield start_supervisor
    for process in started:
        process.kill()
        process.wait()


def test_killed_child_comes_back_and_its_own_children_do_not_linger(start, tmp_path):
    start("web")
    ((child, grandchild),) = lines(tmp_path / "web")
    os.kill(child, signal.SIGKILL)
    wait_for(lambda: len(lines(tmp_path / "web")) == 2)
    assert not alive(child)
    wait_for(lambda: not alive(grandchild))
    assert all(alive(pid) for pid in lines(tmp_path / "web")[1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stop_signal_ends_every_process_with_exit_code_0(start, tmp_path, number):
    process = start("web", "worker")
    family = [pid for name in ("web", "worker") for line in lines(tmp_path / name) for pid in line]
    process.send_signal(number)
    assert process.wait(timeout=8) == 0
    assert len(family) == 4
    assert not any(alive(pid) for pid in family)


def test_child_that_ignores_the_request_is_ended_after_the_wait(start, tmp_path):
    process = start("web", script=STUBBORN)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=8) == 0
    assert not any(alive(pid) for line in lines(tmp_path / "web") for pid in line)


def test_children_have_sessions_of_their_own_so_ctrl_c_reaches_the_supervisor_alone(start, tmp_path):
    process = start("web")
    ((child, _grandchild),) = lines(tmp_path / "web")
    assert os.getsid(child) == child
    assert os.getsid(child) != os.getsid(process.pid)


def test_children_go_when_the_supervisor_itself_is_killed(start, tmp_path):
    process = start("web")
    ((child, _grandchild),) = lines(tmp_path / "web")
    process.kill()
    wait_for(lambda: not alive(child))


def test_pauses_between_restarts_double(monkeypatch):
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.05)
    said: list[str] = []
    child = Child("broken", [sys.executable, "-c", "raise SystemExit(3)"], pause=0.05)
    keeper = Supervisor([child], say=said.append)

    def stop_after_three() -> None:
        if len(said) == 3:
            os.kill(os.getpid(), signal.SIGTERM)

    keeper.each_poll = stop_after_three
    assert keeper.run() == 0
    assert said == [f"broken ended with 3; again in {pause} s" for pause in ("0.05", "0.1", "0.2")]
