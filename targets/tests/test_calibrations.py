"""Calibrations: a published plan stays, adjustments lie over it, floors hold, each step is a deed."""

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, transaction

from common.errors import Conflict, Invalid
from org.models import AuditEntry, HookEvent
from org.tests.factories import make_hook, make_person, make_unit
from targets.models import Calibration, CalibrationLine, Target, TargetNote
from targets.selectors import adjustments, floors_broken, plan_adjustments, revised_months, strategy_rows
from targets.services import (
    JoinerAsk,
    MonthsAsk,
    Standing,
    calibration_analyse,
    calibration_decide,
    calibration_propose,
    calibration_publish,
    calibration_save,
    calibration_withdraw,
    lines_of,
    plan_copy,
    plan_floors_set,
    target_amount_set,
)
from targets.tests.calibration_factories import (
    loosen,
    make_ask,
    make_calibration,
    published_tree,
    walk,
)
from targets.tests.factories import again, make_child, make_plan, publish, root_of
from targets.tests.strategy_factories import make_line

pytestmark = pytest.mark.django_db
JUNE, JULY = 5, 6


@pytest.fixture(autouse=True)
def may():
    with time_machine.travel(dt.datetime(2026, 5, 12, 4, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def tree(cast):
    """The company 1,200.00 over Borealis division, team and Alice 600.00 each; all months published."""
    return published_tree(cast)


def test_a_published_plan_stays_and_the_revised_months_are_planned_plus_adjustments(tree):
    published = [again(target).months for target in tree]
    make_calibration(tree[1])
    assert [again(target).months for target in tree] == published
    for target in tree:
        now = revised_months(target)
        assert now[:JUNE] == target.months[:JUNE]
        assert now[JUNE] < target.months[JUNE]
        assert sum(now) == target.amount
    half = tree[1].months[JUNE]
    assert revised_months(tree[1])[JUNE] == round(half * 0.8)


def test_what_changes_below_changes_above_by_the_same(tree):
    loosen(tree[0].plan)
    make_calibration(tree[3], keep_bp=None)
    changes = plan_adjustments(tree[0].plan)
    assert {tuple(change) for change in changes.values()} == {tuple(changes[tree[3].pk])}
    assert set(changes) == {target.pk for target in tree}


def test_several_calibrations_add_up(tree):
    loosen(tree[0].plan)
    make_calibration(tree[1], keep_bp=None)
    make_calibration(tree[1], factor="1.1", first=JULY, last=JULY, keep_bp=None)
    june, july = tree[1].months[JUNE : JULY + 1]
    first = round(july * 0.8)
    assert revised_months(tree[1])[JUNE : JULY + 1] == [round(june * 0.8), int(first * 1.1 + 0.5)]


def test_it_counts_from_its_day_on(tree):
    make_calibration(tree[1], effective_on=dt.date(2026, 5, 20))
    assert adjustments([tree[1].pk], on=dt.date(2026, 5, 19)) == {}
    assert adjustments([tree[1].pk], on=dt.date(2026, 5, 20))


def test_a_month_that_has_begun_is_refused(tree):
    standing = Standing.load(tree[0].plan, [tree[0].metric_id])
    months = list(tree[1].months)
    months[4] -= 1
    months[5] += 1
    with pytest.raises(Invalid, match="June 2026"):
        lines_of(standing, [MonthsAsk(tree[1], months)])


@pytest.mark.parametrize(("first", "until"), [(JUNE, "draft"), (JUNE, "approved")])
def test_a_proposal_that_waited_too_long_is_refused(tree, first, until):
    row = make_calibration(tree[1], first=first, until=until)
    step = calibration_propose if until == "draft" else calibration_publish
    with time_machine.travel(dt.datetime(2026, 6, 2, 4, tzinfo=dt.UTC), tick=False), pytest.raises(Conflict):
        step(calibration=row, actor=None)
    row.refresh_from_db()
    assert row.status == until


def test_a_day_past_is_refused(tree):
    row = make_calibration(tree[1], until="approved")
    with pytest.raises(Invalid):
        calibration_publish(calibration=row, effective_on=dt.date(2026, 5, 11), actor=None)


def test_a_broken_floor_is_refused_naming_which_and_by_how_much(tree):
    row = make_calibration(tree[1], keep_bp=None, until="draft")
    lost = tree[1].amount - sum(revised_months(tree[1])) - sum(row.lines.get(target=tree[1]).deltas)
    with pytest.raises(Conflict, match="Floor of the year") as refused:
        calibration_propose(calibration=row, actor=None)
    assert refused.value.code == "floor"
    assert f"{lost / 100:,.2f}" in str(refused.value)
    row.refresh_from_db()
    assert row.status == "draft"


def test_the_floor_of_a_quarter_is_named(tree):
    plan_floors_set(plan=tree[0].plan, year_bp=0, quarter_bp=9_900, actor=None)
    row = make_calibration(tree[1], until="draft")
    broken = floors_broken(row.plan, list(row.lines.select_related("target__metric", "target__unit")))
    assert {each.name for each in broken} == {"Floor of quarter 2", "Floor of quarter 3"}


def test_the_floor_of_a_strategy_line_holds(cast):
    root = target_amount_set(target=root_of(make_plan()), amount=120_000, actor=None)
    east = make_child(root, cast.east, 120_000)
    make_line(root.plan, "East first", east, amount=120_000, floor_amount=119_000)
    publish(root.plan)
    loosen(root.plan)
    row = make_calibration(again(east), keep_bp=None, until="draft")
    with pytest.raises(Conflict, match="Floor of the strategy"):
        calibration_propose(calibration=row, actor=None)
    walk(row, "published", override="The board wants it")
    [line] = strategy_rows(root.plan)
    assert line.carried == sum(revised_months(again(east))) < 119_000


def test_an_executive_lets_a_floor_break_with_a_reason_that_stays_recorded(tree, cast):
    row = make_calibration(tree[1], keep_bp=None, until="draft")
    with pytest.raises(Invalid):
        walk(row, "proposed", override=" ")
    row = walk(row, "published", override="The board wants it", actor=cast.carol)
    assert (row.override_reason, row.override_by) == ("The board wants it", cast.carol)
    entry = AuditEntry.objects.get(action="targets.calibration.override")
    assert (entry.reason, entry.actor) == ("The board wants it", cast.carol)


def test_steps_go_one_after_the_other_only(tree):
    row = make_calibration(tree[1], until="draft")
    for step in (
        lambda: calibration_analyse(calibration=row, text="x", actor=None),
        lambda: calibration_decide(calibration=row, approve=True, note="x", actor=None),
        lambda: calibration_publish(calibration=row, actor=None),
    ):
        with pytest.raises(Conflict):
            step()
    walk(row, "published")
    for step in (
        lambda: calibration_propose(calibration=row, actor=None),
        lambda: calibration_withdraw(calibration=row, actor=None),
        lambda: calibration_publish(calibration=row, actor=None),
    ):
        with pytest.raises(Conflict):
            step()


def test_a_rejected_proposal_changes_nothing_and_its_proposer_is_told(tree, cast):
    row = make_calibration(tree[1], until="analysed", proposer=cast.bob)
    calibration_decide(calibration=row, approve=False, note="Not now", actor=cast.carol)
    assert plan_adjustments(row.plan) == {}
    [note] = TargetNote.objects.all()
    assert (note.person, note.kind, note.params["decision"]) == (
        cast.bob.person,
        "calibration.rejected",
        "Not now",
    )


def test_everyone_affected_is_told_with_the_reason_and_nobody_else(tree, cast):
    make_calibration(tree[2], proposer=cast.bob)
    told = {note.person.name: note for note in TargetNote.objects.filter(kind="calibration.published")}
    assert set(told) == {"Alice Borealis", "Bob Borealis", "Carol Clark"}
    assert told["Alice Borealis"].target == tree[3]
    assert told["Alice Borealis"].params["reason"] == "Price war"


def test_webhooks_hear_of_a_published_calibration(tree):
    make_hook("https://8.8.8.8/", "calibration.published", is_active=True)
    row = make_calibration(tree[1], until="approved")
    assert not HookEvent.objects.exists()
    walk_on = calibration_publish(calibration=row, actor=None)
    [event] = HookEvent.objects.all()
    said = event.payload
    assert (event.kind, said["id"], said["reason"]) == ("calibration.published", walk_on.pk, "Price war")
    assert (said["first_month"], said["last_month"], said["targets"]) == ("2026-06-01", "2026-12-01", 4)


def test_only_a_published_plan_is_calibrated(cast):
    root = target_amount_set(target=root_of(make_plan()), amount=120_000, actor=None)
    with pytest.raises(Conflict):
        make_calibration(root, until="draft")
    assert not Calibration.objects.exists()


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("title", {"title": " "}),
        ("trigger", {"trigger": "whim"}),
        ("evidence", {"evidence": ""}),
        ("reason", {"reason": " "}),
        ("links", {"links": ["javascript:alert(1)"]}),
        ("links", {"links": ["https://example.com"] * 11}),
    ],
)
def test_a_proposal_that_says_too_little_is_refused_naming_the_field(tree, field, said):
    standing = Standing.load(tree[0].plan, [tree[0].metric_id])
    months = [*tree[1].months[:5], *[0] * 7]
    lines = lines_of(standing, [MonthsAsk(tree[1], months)])
    with pytest.raises(Invalid) as refused:
        calibration_save(plan=tree[0].plan, ask=make_ask(**said), lines=lines, actor=None)
    assert refused.value.field == field
    assert not CalibrationLine.objects.exists()


def test_more_than_the_caps_is_refused(tree):
    for factor in ("0.69", "1.11"):
        with pytest.raises(Invalid, match="30 %"):
            make_calibration(tree[1], factor=factor, until="draft")


def test_a_joiner_gets_a_target_of_nothing_that_the_adjustment_stands_on(tree, cast):
    eve = make_person("Eve", cast.borealis, starts_on=dt.date(2026, 5, 4))
    shared = tree[3].months[JUNE]
    given = [0] * JUNE + [1_000] * 7
    left = [have - more for have, more in zip(tree[3].months, given, strict=True)]
    joiner = JoinerAsk(tree[2], eve, dt.date(2026, 6, 1), given)
    row = make_calibration(tree[3], months=[left], joiners=[joiner], until="approved", trigger="people")
    assert not Target.objects.filter(person=eve).exists()
    calibration_publish(calibration=row, actor=None)
    made = Target.objects.get(person=eve)
    assert (made.amount, made.months, made.parent) == (0, [0] * 12, tree[2])
    assert revised_months(made) == given
    assert revised_months(tree[3])[JUNE] == shared - 1_000
    assert revised_months(tree[2]) == tree[2].months


def test_a_new_version_begins_with_what_is_in_force(tree):
    loosen(tree[0].plan)
    make_calibration(tree[1], keep_bp=None)
    copy = plan_copy(plan=tree[0].plan, actor=None)
    for target in tree:
        copied = Target.objects.get(plan=copy, unit=target.unit, person=target.person)
        assert copied.months == revised_months(target)
        assert copied.amount == sum(copied.months)
    assert copy.floors.year_bp == 0
    publish(copy)
    with pytest.raises(Conflict):
        make_calibration(tree[1], until="draft")


def test_a_ratio_changes_in_the_months_only():
    root = target_amount_set(
        target=root_of(make_plan(2026, "win_rate"), "win_rate"), amount=400_000, actor=None
    )
    child = make_child(root, make_unit("A"), 200_000)
    publish(root.plan)
    make_calibration(again(root), keep_bp=None)
    assert revised_months(again(root))[4:8] == [400_000, 320_000, 320_000, 400_000]
    assert revised_months(again(child))[4:8] == [200_000, 160_000, 160_000, 200_000]
    assert set(CalibrationLine.objects.values_list("amount_delta", flat=True)) == {0}


def test_the_database_keeps_the_months_of_a_line_and_its_sum_together(tree):
    make_calibration(tree[1])
    with pytest.raises(IntegrityError), transaction.atomic():
        CalibrationLine.objects.filter(target=tree[1]).update(d06=1)


def test_every_step_is_in_the_audit_log(tree):
    make_calibration(tree[1])
    actions = AuditEntry.objects.filter(action__startswith="targets.calibration.")
    assert sorted(action.rpartition(".")[2] for action in actions.values_list("action", flat=True)) == [
        "analyse",
        "decide",
        "propose",
        "publish",
        "save",
    ]
