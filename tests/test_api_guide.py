"""The API's guide tells the truth: its examples are run against a server, one after the other."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from metrics.services import sweep
from org.models import Person, Role
from org.services import token_create
from org.tests.factories import make_user
from targets.models import Target
from tracking.tests.factories import make_plan, make_target

GUIDE = Path(settings.BASE_DIR, "docs", "api.md").read_text()
WRITTEN_HOST = "http://127.0.0.1:8000"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.skipif(not shutil.which("curl"), reason="the examples need curl")
def test_every_example_of_the_guide_works_and_prints_what_it_says(live_server, monkeypatch):
    user = make_user("integration@example.com", None, Role.ADMIN)
    _token, plain = token_create(user=user, name="guide", scopes=["*"], actor=None)
    monkeypatch.setenv("SALESGOALS_TOKEN", plain)
    monkeypatch.setenv("API", f"{live_server.url}/api/v1")
    known: dict[str, object] = {}
    printed = ""
    for language, text in BLOCK.findall(GUIDE):
        if language == "bash":
            run_shell(text)
        elif language == "python":
            sweep()  # as the worker does within seconds
            give_target("0042")
            printed = run_python(text.replace(WRITTEN_HOST, live_server.url), known)
        elif language == "text":
            assert printed == text


def give_target(number: str) -> None:
    """A quarter of a million each month for somebody of the guide, once they are there."""
    person = Person.objects.filter(employee_number=number).first()
    if person is not None and not Target.objects.exists():
        make_target(make_plan(2026), person.assignments.get().unit, 300_000_000, person=person)


def run_shell(text: str) -> None:
    """Run an example; curl itself fails for an answer of 400 or more."""
    done = subprocess.run(
        ["/bin/bash", "-euo", "pipefail", "-c", text], capture_output=True, text=True, env={**os.environ}
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"


def run_python(text: str, known: dict[str, object]) -> str:
    """What an example prints; names stay known to the next one."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(text, "docs/api.md", "exec"), known)  # noqa: S102
    return printed.getvalue()


def test_the_guide_shows_each_of_its_ten_jobs_in_both_languages():
    jobs = GUIDE.split("\n### ")[1:]
    assert len(jobs) == 10
    for job in jobs:
        shown = {language for language, _text in BLOCK.findall(job)}
        assert shown == {"bash", "python", "text"}, job.splitlines()[0]


def test_the_guide_stands_above_the_addresses_in_the_document_with_this_sites_address(client):
    told = client.get("/api/v1/schema/?format=json").json()["info"]["description"]
    assert "### 10. Figures for a spreadsheet or BI" in told
    assert f"export API={settings.SITE_URL}/api/v1" in told
