"""The pages and API of calibrations: nothing typed is lost, each role takes its own step."""

import datetime as dt
import sys
from types import ModuleType

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from org.models import Role
from org.tests.factories import make_user
from targets import selectors
from targets.models import Calibration, CalibrationLine
from targets.selectors import EffectTable, revised_months
from targets.tests.calibration_factories import loosen, make_calibration, published_tree
from targets.tests.factories import again

pytestmark = pytest.mark.django_db
JUNE = 5


@pytest.fixture(autouse=True)
def may():
    with time_machine.travel(dt.datetime(2026, 5, 12, 4, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def tree(cast):
    return published_tree(cast)


def proposal(*targets, **said):
    typed = {
        "title": "Rival",
        "trigger": "market",
        "evidence": "Prices",
        "reason": "Price war",
        "links": "https://example.com/news",
        "metric": "sales",
        "targets": [target.pk for target in targets],
        "change": "-20",
        "first": "5",
        "last": "6",
        "keep": "100",
        "do": "preview",
    }
    return typed | said


def test_a_manager_previews_saves_and_proposes(tree, cast, client_of):
    team = tree[2]
    bob = client_of(cast.bob)
    url = reverse("targets:calibration_new", args=[team.plan_id])
    seen = bob.post(url, proposal(team, title="", reason=""))
    assert seen.status_code == 200
    [grid] = seen.context["preview"]["grids"]
    assert grid["cells"][JUNE]["is_less"]
    # A preview asks for no words yet, neither here nor in the browser.
    assert seen.content.decode().count("formnovalidate") == 2
    assert not Calibration.objects.exists()
    refused = bob.post(url, proposal(team, do="save", reason=""))
    assert refused.status_code == 422
    assert 'value="Rival"' in refused.content.decode()
    made = bob.post(url, proposal(team, do="save"))
    row = Calibration.objects.get()
    assert made.url == reverse("targets:calibration_detail", args=[row.pk])
    assert (row.proposer, row.links, row.first_month, row.last_month) == (
        cast.bob,
        ["https://example.com/news"],
        5,
        11,
    )
    bob.post(reverse("targets:calibration_step", args=[row.pk, "propose"]))
    row.refresh_from_db()
    assert row.status == "proposed"


def test_months_can_be_typed_one_by_one(tree, cast, client_of):
    team = tree[2]
    loosen(team.plan)
    bob = client_of(cast.bob)
    url = reverse("targets:calibration_new", args=[team.plan_id])
    cells = {f"month-{team.pk}-5": "40.00", f"month-{team.pk}-6": "x"}
    refused = bob.post(url, proposal(team, how="amounts", do="save", **cells))
    assert refused.status_code == 422
    bob.post(url, proposal(team, how="amounts", do="save", **{**cells, f"month-{team.pk}-6": ""}))
    line = CalibrationLine.objects.get(target=team)
    assert line.after[5:7] == [4_000, team.months[6]]
    assert line.after[7:] == team.months[7:]


def test_a_draft_opens_with_what_it_says_and_may_be_changed(tree, cast, client_of):
    bob = client_of(cast.bob)
    bob.post(reverse("targets:calibration_new", args=[tree[2].plan_id]), proposal(tree[2], do="save"))
    row = Calibration.objects.get()
    url = reverse("targets:calibration_edit", args=[row.pk])
    page = bob.get(url)
    assert page.context["chosen_ids"] == {tree[2].pk}
    assert page.context["change"]["change"].value() == "-20"
    bob.post(url, proposal(tree[2], do="save", title="Rival again", change="-10"))
    row.refresh_from_db()
    assert (row.title, Calibration.objects.count()) == ("Rival again", 1)
    june = tree[2].months[JUNE]
    assert row.lines.get(target=tree[2]).after[JUNE] == int(june * 0.9 + 0.5)


def test_a_manager_does_not_reach_beyond_the_own_units(tree, cast, client_of):
    bob = client_of(cast.bob)
    url = reverse("targets:calibration_new", args=[tree[2].plan_id])
    assert "Australis" not in bob.get(url).content.decode()
    answer = bob.post(url, proposal(tree[1], do="save"))
    assert answer.status_code == 422
    assert not Calibration.objects.exists()


def test_a_preview_names_no_floor_of_units_above(tree, cast, client_of):
    url = reverse("targets:calibration_new", args=[tree[2].plan_id])
    seen = client_of(cast.bob).post(url, proposal(tree[2], keep=""))
    assert {each.owner for each in seen.context["preview"]["broken"]} == {"Borealis team"}
    assert "Borealis division" not in seen.content.decode()


def test_the_proposer_does_not_decide_where_there_is_another_executive(tree, cast, client_of):
    row = make_calibration(tree[1], until="analysed", proposer=cast.carol)
    url = reverse("targets:calibration_step", args=[row.pk, "decide"])
    make_user("second@cast.example", None, Role.EXECUTIVE)
    assert client_of(cast.carol).post(url, {"decision": "Go", "do": "approve"}).status_code == 403
    row.refresh_from_db()
    assert row.status == "analysed"


def test_the_only_executive_may_decide_on_the_own_proposal(tree, cast, client_of):
    row = make_calibration(tree[1], until="analysed", proposer=cast.carol)
    url = reverse("targets:calibration_step", args=[row.pk, "decide"])
    assert client_of(cast.carol).post(url, {"decision": "Go", "do": "approve"}).status_code == 302
    row.refresh_from_db()
    assert row.status == "approved"


def test_a_refused_step_says_why_and_keeps_what_was_typed(tree, cast, client_of):
    row = make_calibration(tree[1], keep_bp=None, until="draft", proposer=cast.carol)
    carol = client_of(cast.carol)
    page = carol.get(reverse("targets:calibration_detail", args=[row.pk])).content.decode()
    assert "Floor of the year of Borealis division" in page
    propose = reverse("targets:calibration_step", args=[row.pk, "propose"])
    refused = carol.post(propose, follow=True, headers={"referer": "/"})
    assert "too little" in refused.content.decode()
    override = reverse("targets:calibration_step", args=[row.pk, "override"])
    assert carol.post(override, {"override_reason": ""}).status_code == 422
    carol.post(override, {"override_reason": "The board wants it"})
    carol.post(propose)
    row.refresh_from_db()
    assert row.status == "proposed"


def test_a_representative_reads_the_reason_but_not_what_others_have(tree, cast, client_of):
    row = make_calibration(tree[1], proposer=cast.carol, evidence="Secret figures")
    page = client_of(cast.alice).get(reverse("targets:calibration_detail", args=[row.pk])).content.decode()
    assert "Price war" in page
    assert "Secret figures" not in page
    assert "Borealis division" not in page


def test_floors_are_set_and_nonsense_is_refused(tree, cast, client_of):
    carol = client_of(cast.carol)
    url = reverse("targets:calibration_floors", args=[tree[0].plan_id])
    for typed in (
        {"year": "101", "quarter": "80"},
        {"year": "x", "quarter": "80"},
        {"year": "", "quarter": "1"},
    ):
        assert carol.post(url, typed).status_code == 422
    carol.post(url, {"year": "95", "quarter": "82.5"})
    floors = selectors.plan_floors(tree[0].plan)
    assert (floors.year_bp, floors.quarter_bp) == (9_500, 8_250)


def test_lists_and_proposals_ask_as_many_queries_for_thirty_as_for_three(tree, cast, client_of):
    carol = client_of(cast.carol)
    loosen(tree[0].plan)
    counts = []
    for count in (3, 27):
        for at in range(count):
            row = make_calibration(tree[1], until="draft", title=f"{count}-{at}", proposer=cast.carol)
        urls = [
            reverse("targets:calibration", args=[tree[0].plan_id]),
            reverse("targets:calibration_detail", args=[row.pk]),
        ]
        for url in urls:
            carol.get(url)
            with CaptureQueriesContext(connection) as queries:
                carol.get(url)
            counts.append(len(queries))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 36


def test_a_higher_room_adds_its_table_to_a_proposal(tree, cast, client_of, settings, monkeypatch):
    row = make_calibration(tree[1], until="draft")
    room, module = ModuleType("payroom"), ModuleType("payroom.calibration_effects")
    room.__path__ = []
    module.__spec__ = sys.modules["targets"].__spec__
    module.EFFECTS = [
        lambda row, lines, scope: [EffectTable("Pay", ["Who", "Bonus"], [["Alice", str(len(lines))]])]
    ]
    monkeypatch.setitem(sys.modules, "payroom", room)
    monkeypatch.setitem(sys.modules, "payroom.calibration_effects", module)
    settings.ROOMS = [*settings.ROOMS, "payroom"]
    page = client_of(cast.carol).get(reverse("targets:calibration_detail", args=[row.pk])).content.decode()
    assert "Bonus" in page


def test_over_the_api_from_a_draft_to_the_revised_slices(tree, cast, client_of):
    bob, carol = client_of(cast.bob), client_of(cast.carol)
    team = tree[2]
    change = {"id": team.pk, "factor": "0.8", "first": 6, "last": 7}
    body = {"title": "T", "trigger": "market", "evidence": "E", "reason": "R", "targets": [change]}
    post = {"content_type": "application/json"}
    made = bob.post(f"/api/v1/targets/plans/{team.plan_id}/calibrations", body, **post)
    assert made.status_code == 201
    row = made.json()
    assert (row["status"], row["first_month"], row["floors_broken"]) == ("draft", 6, [])
    path = f"/api/v1/targets/calibrations/{row['id']}"
    assert bob.post(f"{path}/propose", {}, **post).json()["status"] == "proposed"
    assert bob.post(f"{path}/analyse", {"text": "x"}, **post).status_code == 403
    assert carol.post(f"{path}/decide", {"text": "x", "approve": True}, **post).status_code == 409
    carol.post(f"{path}/analyse", {"text": "Agreed"}, **post)
    carol.post(f"{path}/decide", {"text": "Go", "approve": True}, **post)
    done = carol.post(f"{path}/publish", {"effective_on": "2026-05-20"}, **post).json()
    assert (done["status"], done["effective_on"]) == ("published", "2026-05-20")
    slices = f"/api/v1/targets/{team.pk}/slices?grain=month"
    june = bob.get(slices).json()["results"][JUNE]
    assert (june["adjusted"], june["planned"]) == ("0.00", june["revised"])
    with time_machine.travel(dt.datetime(2026, 5, 20, 4, tzinfo=dt.UTC), tick=False):
        rows = bob.get(slices).json()["results"]
    planned = [round(float(row["planned"]) * 100) for row in rows]
    revised = [round(float(row["revised"]) * 100) for row in rows]
    assert (planned, revised) == (team.months, revised_months(again(team)))
    assert [row["amount"] for row in rows] == [row["revised"] for row in rows]


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("targets", []),
        ("targets.id", [{"id": 10**9, "factor": "0.8", "first": 6, "last": 7}]),
        ("targets.first", [{"factor": "0.8", "first": 0, "last": 7}]),
        ("factor", [{"factor": "much", "first": 6, "last": 7}]),
        ("change", [{"factor": "0.1", "first": 6, "last": 7}]),
        ("targets.months", [{"months": ["1"] * 11}]),
        ("months", [{"months": ["1.00"] * 12}]),
        ("targets.keep", [{"factor": "0.8", "first": 6, "last": 7, "keep": "NaN"}]),
    ],
)
def test_the_api_names_what_it_refuses(tree, cast, client_of, field, change):
    asked = [{"id": tree[2].pk, **each} for each in change]
    body = {"title": "T", "trigger": "market", "evidence": "E", "reason": "R", "targets": asked}
    answer = client_of(cast.bob).post(
        f"/api/v1/targets/plans/{tree[2].plan_id}/calibrations", body, content_type="application/json"
    )
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field
    assert not Calibration.objects.exists()
