"""Keeps a few child processes running: restarts what dies, stops all of them together, leaves no orphan."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

POLL_SECONDS = 0.1
STEADY_SECONDS = 30.0  # a child that ran this long has recovered: its next fall starts the backoff anew
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass
class Child:
    """A process to keep running, in a session of its own so that Ctrl-C reaches the supervisor alone."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    nice: int = 0
    delay: float = 0.0  # seconds after the others, to leave them the machine while they start
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause: float = FIRST_PAUSE
    start_at: float = 0.0

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603  (our own command lines)
            self.argv,
            env={**os.environ, **self.env},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=self._settle,
        )

    def _settle(self) -> None:
        """In the child, before exec: yield to the web server, and die should the supervisor be killed."""
        os.nice(self.nice)
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    def has_fallen(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def signal_all(self, number: int) -> None:
        """Send a signal to every process of the child's session that is still there."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)


class Supervisor:
    """Runs children until SIGINT, SIGTERM or SIGHUP."""

    def __init__(
        self,
        children: Sequence[Child],
        *,
        say: Callable[[str], object] = print,
        stop_seconds: float = 6.0,
        each_poll: Callable[[], object] = lambda: None,
    ) -> None:
        """``each_poll`` is called ten times a second; children get ``stop_seconds`` to go by themselves."""
        self.children = children
        self.say = say
        self.stop_seconds = stop_seconds
        self.each_poll = each_poll
        self.stops_asked = 0

    def run(self) -> int:
        """Start all, keep them up, stop all when asked; return the exit code 0."""
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        for child in self.children:
            child.start_at = time.monotonic() + child.delay
        before = {number: signal.signal(number, self._ask_to_stop) for number in numbers}
        try:
            while not self.stops_asked:
                for child in self.children:
                    self._keep_up(child)
                self.each_poll()
                time.sleep(POLL_SECONDS)
        finally:
            self._stop()
            for number, handler in before.items():
                signal.signal(number, handler)
        return 0

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stops_asked += 1

    def _keep_up(self, child: Child) -> None:
        now = time.monotonic()
        if child.has_fallen():
            assert child.process is not None
            child.signal_all(signal.SIGKILL)  # what it left behind may hold the port or a lock
            steady = now - child.started_at >= STEADY_SECONDS
            child.pause = FIRST_PAUSE if steady else child.pause
            child.start_at = now + child.pause
            self.say(f"{child.name} ended with {child.process.returncode}; again in {child.pause:g} s")
            child.pause = min(child.pause * 2, LONGEST_PAUSE)
            child.process = None
        if child.process is None and now >= child.start_at and not self.stops_asked:
            child.start()

    def _stop(self) -> None:
        """Ask every child to go, wait, then end whatever is left; a second signal cuts the wait short."""
        running = [child for child in self.children if child.process is not None]
        for child in running:
            assert child.process is not None
            with contextlib.suppress(ProcessLookupError):
                child.process.terminate()
        asked, deadline = self.stops_asked, time.monotonic() + self.stop_seconds
        while time.monotonic() < deadline and self.stops_asked <= max(asked, 1):
            if all(child.has_fallen() for child in running):
                break
            time.sleep(POLL_SECONDS / 2)
        for child in running:
            child.signal_all(signal.SIGKILL)
            assert child.process is not None
            child.process.wait()
