"""The rooms' walls that import-linter has no word for: open modules, sizes, templates, the run script."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
# A page shows the button to a lower room's page by that room's policy.
OPEN_MODULES = {"models", "calc", "selectors", "services", "policies"}
# Figures and times are written the same way in every room, and read once a request.
OPEN_TO_ALL = {
    *("org.scope", "org.http", "org.reading", "org.templatetags"),
    *("metrics.formats", "metrics.templatetags"),
}
MOST_LINES, MOST_TEST_LINES = 400, 500


def sources(*folders: str) -> Iterator[Path]:
    """Every Python file of the product, migrations aside."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def imports_of(path: Path) -> Iterator[str]:
    """The dotted names that a file imports, at its head or inside a function."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def forbidden(room: str, name: str) -> bool:
    """Whether ``room`` may not import ``name``: a door or an inner module of another room."""
    other, _, rest = name.partition(".")
    if other == room or other not in settings.ROOMS:
        return other == "salesgoals" and room != "salesgoals"
    module = rest.partition(".")[0]
    return module not in OPEN_MODULES and f"{other}.{module}" not in OPEN_TO_ALL


@pytest.mark.parametrize(
    ("room", "name", "is_forbidden"),
    [
        ("targets", "metrics.selectors.actuals.actual_sum", False),
        ("targets", "metrics.views.page", True),
        ("targets", "crm.api.OpportunityApi", True),
        ("targets", "org.scope.scope_for", False),
        ("targets", "org.policies.can_invite", False),
        ("targets", "metrics.http.wake", True),
        ("targets", "metrics.formats.plain_text", False),
        ("targets", "targets.policies.can_publish", False),
        ("targets", "salesgoals.settings.ROOMS", True),
        ("targets", "django.conf.settings", False),
        ("salesgoals", "salesgoals.health", False),
    ],
)
def test_rule_of_the_open_modules(room, name, is_forbidden):
    assert forbidden(room, name) is is_forbidden


@pytest.mark.parametrize("room", [*settings.ROOMS, "common"])
def test_room_imports_only_open_modules_of_other_rooms(room):
    files = [path for path in sources(room) if "tests" not in path.parts]
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in files
        for name in imports_of(path)
        if forbidden(room, name)
    ]
    assert wrong == []


def test_files_stay_readable_in_one_sitting():
    long = {}
    for path in sources(*settings.ROOMS, "common", "salesgoals"):
        lines = len(path.read_text().splitlines())
        if lines > (MOST_TEST_LINES if "tests" in path.parts else MOST_LINES):
            long[str(path.relative_to(ROOT))] = lines
    assert long == {}


def test_templates_have_no_inline_script_handler_or_foreign_address():
    folders = [ROOT / "templates", *(ROOT / room / "templates" for room in settings.ROOMS)]
    wrong = []
    for path in (path for folder in folders for path in folder.rglob("*.html")):
        text = path.read_text()
        scripts = re.findall(r"<script\b[^>]*>", text)
        inline = [tag for tag in scripts if "src=" not in tag and "application/json" not in tag]
        handlers = re.findall(r"\son[a-z]+\s*=|\bhx-on\b|javascript:", text)
        foreign = re.findall(r"(?:src|href)=[\"']https?://", text)
        wrong += [f"{path.relative_to(ROOT)}: {found}" for found in (*inline, *handlers, *foreign)]
    assert wrong == []


def test_run_stays_one_small_script_of_the_standard_library():
    text = (ROOT / "run").read_text()
    assert len(text.splitlines()) <= 150
    names = {name.partition(".")[0] for name in imports_of(ROOT / "run")}
    assert names <= {"hashlib", "os", "pathlib", "shutil", "subprocess", "sys", "venv"}
