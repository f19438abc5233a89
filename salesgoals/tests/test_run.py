"""The parts of ./run that decide what is to be done, without installing anything."""

from __future__ import annotations

import subprocess
import sys
import types
from importlib.machinery import SourceFileLoader
from pathlib import Path

import pytest

from salesgoals.management.commands.up import children

ROOT = Path(__file__).resolve().parents[2]


def loaded() -> types.ModuleType:
    """The script as a module."""
    loader = SourceFileLoader("run_script", str(ROOT / "run"))
    module = types.ModuleType(loader.name)
    module.__file__ = str(ROOT / "run")
    loader.exec_module(module)
    return module


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """The script, moved to an empty folder; what it would start is noted in ``started``, not started."""
    module = loaded()
    module.started = []

    def become(*argv: object) -> None:
        module.started.append(tuple(Path(str(word)).name for word in argv))
        raise SystemExit(0)

    monkeypatch.setattr(module, "become", become)
    for name in ("python_packages", "browser_parts", "catalogues", "collected_files"):
        monkeypatch.setattr(module, name, lambda *args, name=name: module.started.append((name, *args)))
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)
    return module


def steps_of(run: types.ModuleType, *args: str) -> list[tuple[str, ...]]:
    """What ``./run args`` would do, in order."""
    with pytest.raises(SystemExit):
        run.main(list(args))
    return run.started


@pytest.mark.parametrize(
    ("args", "steps"),
    [
        (
            [],
            [
                ("python_packages", "requirements.txt"),
                ("browser_parts",),
                ("catalogues",),
                ("collected_files",),
                ("python", "manage.py", "up"),
            ],
        ),
        (
            ["test", "-k", "x"],
            [
                ("python_packages", "requirements-dev.txt"),
                ("catalogues",),
                ("python", "-m", "pytest", "-k", "x"),
            ],
        ),
        (["check"], [("python_packages", "requirements-dev.txt"), ("python", "manage.py", "check_all")]),
        (
            ["manage", "recompute"],
            [("python_packages", "requirements.txt"), ("catalogues",), ("python", "manage.py", "recompute")],
        ),
    ],
)
def test_each_command_sets_up_what_it_needs_and_no_more(run, args, steps):
    assert steps_of(run, *args) == steps


def test_options_without_a_command_go_to_up(run):
    assert steps_of(run, "--port", "8123", "--no-demo")[-1] == (
        "python",
        "manage.py",
        "up",
        "--port",
        "8123",
        "--no-demo",
    )


def test_unknown_command_is_refused_before_anything_is_done(run):
    with pytest.raises(SystemExit) as stop:
        run.main(["tset"])
    assert "tset" in str(stop.value)
    assert run.started == []


def test_step_is_done_again_only_when_its_state_changes(run, tmp_path):
    done = []
    mark = tmp_path / "deep" / "mark"
    for state in ("a", "a", "b", "b"):
        run.once(mark, state, lambda state=state: done.append(state))
    assert done == ["a", "b"]


def test_step_that_failed_is_tried_again(run, tmp_path):
    def fail() -> None:
        raise OSError

    mark = tmp_path / "mark"
    run.once(mark, "a", lambda: None)
    with pytest.raises(OSError):  # noqa: PT011
        run.once(mark, "b", fail)
    assert not mark.exists()


def test_fingerprint_follows_the_contents(run, tmp_path):
    file = tmp_path / "requirements.txt"
    file.write_text("a==1")
    first = run.fingerprint(file)
    file.write_text("a==1")
    assert run.fingerprint(file) == first
    file.write_text("a==2")
    assert run.fingerprint(file) != first


def test_npm_that_fails_leaves_a_running_if_plain_site(tmp_path, monkeypatch, capsys):
    real = loaded()

    def broken(*_args: object, **_options: object) -> None:
        raise subprocess.CalledProcessError(1, "npm")

    monkeypatch.setattr(real, "NODE_MODULES", tmp_path / "node_modules")
    monkeypatch.setattr(real, "npm", lambda: ["npm"])
    monkeypatch.setattr(real, "step", broken)
    real.browser_parts()
    assert "look bare" in capsys.readouterr().err


def test_up_runs_web_worker_and_beat_with_a_worker_of_its_own():
    argv = {child.name: list(child.argv) for child in children(8123)}
    assert set(argv) == {"web", "worker", "ticks", "beat"}
    assert all(words[0] == sys.executable for words in argv.values())
    assert argv["worker"][argv["worker"].index("-Q") + 1] == "default"
    assert argv["ticks"][argv["ticks"].index("-Q") + 1] == "beat"
    assert children(8123)[0].env["SALESGOALS_BIND"] == "127.0.0.1:8123"
