"""A target split by person: every factor from evidence, typed over with a reason, applied and told."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.errors import Conflict, Invalid
from crm.models import Segment
from org.models import AuditEntry
from org.tests.factories import make_person, make_unit
from targets.calc.people import SplitSettings
from targets.models import PersonFactor, PersonSplit, Target
from targets.selectors import TypedFactors, amount_reason, people_rows
from targets.services import (
    PeopleAsk,
    PersonBounds,
    people_split,
    people_split_apply,
    plan_copy,
    target_amount_set,
)
from targets.tests.factories import again, publish
from targets.tests.people_factories import make_team_target, own, sold

pytestmark = pytest.mark.django_db
EQUAL = SplitSettings(base="equal")


@pytest.fixture
def team(db):
    return make_unit("Team East", kind="team")


@pytest.fixture
def people(team):
    """Ann sells twice what Ben does, Cid joins half a year before the plan and has sold nothing yet."""
    ann, ben = make_person("Ann", team), make_person("Ben", team)
    cid = make_person("Cid", team, starts_on=dt.date(2026, 1, 1), hired_on=dt.date(2026, 1, 1))
    sold({ann: "200.00", ben: "100.00"})
    return ann, ben, cid


@pytest.fixture
def target(team, people):
    return make_team_target(team, list(people))


def rows_of(target, **asked):
    return {row.name: row for row in people_rows([target], **asked)[target.pk].rows}


def split(target, ask):
    found = people_split(target=target, ask=ask)
    names = {each.target.pk: each.target.person.name for each in found.asks}
    return {names[pk]: amount for pk, amount in found.amounts.items()}


def child(target, name):
    return Target.objects.select_related("plan", "parent", "metric", "unit", "person").get(
        parent=target, person__name=name
    )


def test_ability_is_what_somebody_sold_against_peers_shrunk_by_months(target):
    rows = rows_of(target, settings={target.pk: EQUAL})
    # 2,400 of 1,800 on average; twelve months weigh as much as the twelve of a tiny group's prior.
    assert rows["Ann"].ratio == pytest.approx(4 / 3)
    assert rows["Ann"].computed["capability"] == pytest.approx(1 + (4 / 3 - 1) / 2)
    assert rows["Ben"].computed["capability"] == pytest.approx(1 - 1 / 6)
    assert [round(row.months) for row in rows.values()] == [12, 12, 0]
    assert rows["Cid"].ratio is None
    assert rows["Cid"].computed["capability"] == 1


def test_peers_of_other_teams_of_the_kind_count_and_of_other_kinds_do_not(target):
    other, office = make_unit("Team West", kind="team"), make_unit("Office", kind="office")
    sold({make_person("Dan", other): "400.00", make_person("Eve", office): "9000.00"})
    rows = rows_of(target, settings={target.pk: EQUAL})
    assert rows["Ann"].ratio == pytest.approx(200 / ((200 + 100 + 400) / 3))


def test_a_newcomer_ramps_from_a_quarter_over_six_months(target):
    assert rows_of(target)["Cid"].computed["ramp"] == pytest.approx(0.8125, abs=0.001)
    assert rows_of(target)["Ann"].computed["ramp"] == 1
    long_ramp = {target.pk: SplitSettings(ramp_months=12)}
    assert rows_of(target, settings=long_ramp)["Cid"].computed["ramp"] == pytest.approx(0.625, abs=0.001)


def test_who_leaves_in_july_is_asked_for_the_days_there(team):
    leaver = make_person("Lea", team, ends_on=dt.date(2026, 7, 1))
    rows = rows_of(make_team_target(team, [leaver, make_person("Max", team)]))
    assert rows["Lea"].computed["availability"] == pytest.approx(181 / 365, abs=1e-5)
    assert rows["Max"].computed["availability"] == 1


def test_customers_are_the_base_and_are_not_counted_again_as_ability(target, people):
    ann, ben, _cid = people
    own(ann, 4)
    own(ben, 2)
    by_accounts, by_head = rows_of(target), rows_of(target, settings={target.pk: EQUAL})
    assert by_accounts["Ann"].computed["base"] == pytest.approx(4 / 3)
    assert by_accounts["Cid"].computed["base"] == 0.5
    # Her lead over peers is what her customers explain: nothing is left to call ability.
    assert by_accounts["Ann"].computed["capability"] == pytest.approx(1)
    assert by_head["Ann"].computed["capability"] > 1.1


def test_with_history_as_the_base_ability_is_not_counted_twice(target):
    rows = rows_of(target, settings={target.pk: SplitSettings(base="history")})
    assert {name: row.computed["capability"] for name, row in rows.items()} == {"Ann": 1, "Ben": 1, "Cid": 1}
    assert rows["Ann"].computed["base"] == pytest.approx(4 / 3)
    assert rows["Cid"].computed["base"] == 1


def test_a_tilt_leans_on_whose_customers_are_there(target, people):
    east = Segment.objects.create(kind="region", code="east", name="East China")
    own(people[0], 3, region="east")
    own(people[0], 1)
    rows = rows_of(target, tilts={target.pk: {east.pk: 1.2}})
    assert rows["Ann"].computed["tilt"] == pytest.approx(1.15)
    assert rows["Ann"].leans == [("East China", 1.2)]
    assert rows["Ben"].computed["tilt"] == 1


def test_large_customers_make_a_territory_only_where_asked_for(target, people):
    own(people[0], 3, annual_revenue="4000000.00")
    own(people[1], 3, annual_revenue="1000000.00")
    assert rows_of(target)["Ann"].computed["potential"] == 1
    asked = rows_of(target, settings={target.pk: SplitSettings(with_potential=True)})
    assert asked["Ann"].computed["potential"] == pytest.approx(2**0.5, abs=1e-4)
    assert asked["Ben"].computed["potential"] == pytest.approx(0.5**0.5, abs=1e-4)


def test_amounts_follow_the_weights_to_the_cent(target):
    amounts = split(target, PeopleAsk(EQUAL))
    assert sum(amounts.values()) == 1_000_000
    weights = {name: row.weight for name, row in rows_of(target, settings={target.pk: EQUAL}).items()}
    for name, amount in amounts.items():
        assert abs(amount - 1_000_000 * weights[name] / sum(weights.values())) < 1
    assert split(target, PeopleAsk(SplitSettings("equal", strength=0, ramp_months=0))) == {
        "Ann": 333_334,
        "Ben": 333_333,
        "Cid": 333_333,
    }


def test_applying_remembers_factors_reasons_and_settings(target, cast):
    ann = child(target, "Ann")
    typed = {ann.pk: TypedFactors({"capability": Decimal("1.9")}, "New product launch is hers")}
    people_split_apply(target=target, ask=PeopleAsk(EQUAL, typed=typed), actor=cast.carol)
    assert sum(Target.objects.filter(parent=target).values_list("amount", flat=True)) == 1_000_000
    row = PersonFactor.objects.get(target=ann)
    assert (row.capability, row.ramp) == (Decimal("1.9"), None)
    assert rows_of(again(target))["Ann"].factors["capability"] == 1.9
    assert PersonSplit.objects.get(target=target).base == "equal"
    entry = AuditEntry.objects.get(action="targets.people.split")
    assert entry.after["settings"]["base"] == "equal"
    assert entry.after["typed"]["Ann"]["reason"] == "New product launch is hers"


def test_a_factor_without_a_reason_is_refused_and_nothing_changes(target):
    typed = {child(target, "Ann").pk: TypedFactors({"ramp": Decimal(1)}, " ")}
    with pytest.raises(Invalid, match="Ann"):
        people_split_apply(target=target, ask=PeopleAsk(EQUAL, typed=typed), actor=None)
    assert not PersonFactor.objects.exists()
    assert not AuditEntry.objects.filter(action__startswith="targets.people").exists()
    assert set(Target.objects.filter(parent=target).values_list("amount", flat=True)) == {0}


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ({"Ann": (600_000, None), "Ben": (500_000, None)}, ["Ann", "Ben", "1,000.00"]),
        ({"Ann": (None, 1), "Ben": (None, 1), "Cid": (None, 1)}, ["Cid", "9,999.97"]),
        ({"Ann": (500, 400)}, ["Ann", "5.00"]),
    ],
    ids=["floors too high", "caps too low", "crossed"],
)
def test_bounds_that_do_not_fit_say_who_and_how_much(target, bounds, said):
    asked = {child(target, name).pk: PersonBounds(*bound) for name, bound in bounds.items()}
    found = people_split(target=target, ask=PeopleAsk(EQUAL, bounds=asked))
    assert not found.amounts
    for part in said:
        assert part in found.problem
    with pytest.raises(Invalid, match=said[0]):
        people_split_apply(target=target, ask=PeopleAsk(EQUAL, bounds=asked), actor=None)


def test_why_this_amount_tells_the_numbers_and_what_held(target, people):
    own(people[0], 4)
    own(people[1], 2)
    ann = child(target, "Ann")
    bounds = {ann.pk: PersonBounds(upper=300_000)}
    people_split_apply(target=target, ask=PeopleAsk(SplitSettings(), bounds=bounds), actor=None)
    assert amount_reason(again(ann)) == (
        "¥3,000.00 = 30 % of the team: as capable as a newcomer (12 months), full ramp,"
        " 4 customers against 2 on average; at most ¥3,000.00 set by hand."
    )
    assert "no history, counted as a newcomer, ramp 81 %" in amount_reason(child(target, "Cid"))
    target_amount_set(target=again(ann), amount=250_000, actor=None)
    assert amount_reason(again(ann)).endswith("Changed since by hand to ¥2,500.00.")
    assert amount_reason(again(target)) == ""


def test_a_copied_plan_keeps_the_factors(target):
    typed = {child(target, "Ann").pk: TypedFactors({"tilt": Decimal(2)}, "Hers")}
    people_split_apply(target=target, ask=PeopleAsk(EQUAL, typed=typed), actor=None)
    copy = plan_copy(plan=publish(target.plan), actor=None)
    copied = Target.objects.select_related("plan", "parent", "metric", "unit").get(
        plan=copy, unit=target.unit, person=None
    )
    assert rows_of(copied)["Ann"].factors["tilt"] == 2
    assert people_rows([copied])[copied.pk].settings.base == "equal"
    assert amount_reason(child(copied, "Ann")).startswith("¥")


def test_a_frozen_plan_refuses(target):
    people_split_apply(target=target, ask=PeopleAsk(EQUAL), actor=None)
    publish(target.plan)
    with pytest.raises(Conflict):
        people_split_apply(target=again(target), ask=PeopleAsk(SplitSettings()), actor=None)
    assert PersonSplit.objects.get().base == "equal"


def test_units_beside_the_people_keep_what_they_have(target):
    unit = make_unit("Below East", target.unit)
    own_part = Target.objects.create(
        plan=target.plan, parent=target, metric=target.metric, unit=unit, amount=0, position=9
    )
    target_amount_set(target=again(own_part), amount=100_000, actor=None)
    Target.objects.filter(pk=own_part.pk).update(is_locked=False)
    people_split_apply(target=again(target), ask=PeopleAsk(EQUAL), actor=None)
    own_part.refresh_from_db()
    assert (own_part.amount, own_part.is_locked) == (100_000, False)
    assert sum(Target.objects.filter(parent=target).values_list("amount", flat=True)) == 1_000_000


def test_as_many_queries_for_thirty_people_as_for_three(target):
    crowd = make_unit("Crowd", kind="team")
    large = make_team_target(
        crowd, [make_person(unit=crowd) for _each in range(30)], fiscal_year=2027, name="Large"
    )
    counts = []
    for each in (target, large):
        with CaptureQueriesContext(connection) as queries:
            assert people_rows([each])[each.pk].rows
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12
