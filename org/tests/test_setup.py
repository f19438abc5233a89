"""The first run's marks: said once, audited, taken back."""

from __future__ import annotations

import pytest

from org.models import AuditEntry, SetupMark, SetupState, SetupStep
from org.services.setup import setup_mark, setup_reopen

pytestmark = pytest.mark.django_db


def test_a_step_that_is_skipped_is_remembered_with_who_did_it(frank):
    setup_mark(step=SetupStep.PEOPLE, state=SetupState.SKIPPED, actor=frank)
    mark = SetupMark.objects.get()
    assert (mark.step, mark.state, mark.marked_by) == ("people", "skipped", frank)
    entry = AuditEntry.objects.get(action="org.setup.mark")
    assert (entry.actor, entry.before, entry.after) == (frank, None, {"state": "skipped"})


def test_saying_it_again_changes_nothing_and_another_word_replaces_it(frank):
    for state in (SetupState.SKIPPED, SetupState.SKIPPED, SetupState.CONFIRMED):
        setup_mark(step=SetupStep.METRICS, state=state, actor=frank)
    assert SetupMark.objects.get().state == "confirmed"
    entries = AuditEntry.objects.filter(action="org.setup.mark").order_by("pk")
    assert [(entry.before, entry.after) for entry in entries] == [
        (None, {"state": "skipped"}),
        ({"state": "skipped"}, {"state": "confirmed"}),
    ]


def test_a_step_is_taken_up_again_and_one_without_a_word_stays_as_it_is(frank):
    setup_mark(step=SetupStep.FACTS, state=SetupState.SKIPPED, actor=frank)
    setup_reopen(step=SetupStep.FACTS, actor=frank)
    setup_reopen(step=SetupStep.PLAN, actor=frank)
    assert not SetupMark.objects.exists()
    assert AuditEntry.objects.filter(action="org.setup.reopen").count() == 1
