"""Search finds by every word, only what is one's to see, in as many queries for many rows as for few."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from crm.tests.factories import make_account, make_opportunity
from dashboards.search import SOURCES, search_all, search_kind
from org.scope import scope_for
from org.selectors import company_today
from org.services import saved_filter_keep
from org.tests.factories import make_person, make_unit
from targets.tests.factories import make_child, make_plan, root_of
from tests.cast import AUSTRALIS, BOREALIS

pytestmark = pytest.mark.django_db


def scope(user):
    return scope_for(user, on=company_today())


def found(user, query):
    """The titles found, by kind."""
    groups = search_all(scope=scope(user), query=query)
    return {group.kind: [hit.title for hit in group.hits] for group in groups}


@pytest.fixture
def records(cast):
    """An account, a deal and a quota in each of the two teams, all with "Acme" in their name."""
    plan = make_plan(2026, "sales", "win_rate", name="Acme plan")
    for team, user in ((cast.borealis, cast.alice), (cast.australis, cast.dave)):
        owner = user.person
        account = make_account(f"Acme of {owner.name}", owner=owner)
        make_opportunity(owner, name=f"Acme deal of {owner.name}", account=account)
        division = make_child(root_of(plan), team.parent, 1000)
        make_child(make_child(division, team, 1000), owner, 1000)
    return plan


def test_rep_finds_own_things_and_no_name_of_anybody_else(cast, records):
    assert found(cast.alice, "acme") == {
        "accounts": ["Acme of Alice Borealis"],
        "deals": ["Acme deal of Alice Borealis"],
        "targets": ["Alice Borealis · Sales"],
    }
    assert found(cast.alice, "a")["people"] == ["Alice Borealis"]
    assert found(cast.alice, AUSTRALIS) == {}
    assert found(cast.alice, "team") == {"targets": ["Alice Borealis · Sales"]}  # by its unit; no unit itself


def test_manager_finds_the_own_units_and_their_people_only(cast, records):
    mine = found(cast.bob, "borealis")
    assert mine["people"] == ["Alice Borealis", "Bob Borealis"]
    assert mine["units"] == ["Borealis team"]
    assert mine["targets"] == ["Borealis team · Sales", "Alice Borealis · Sales"]
    assert found(cast.bob, AUSTRALIS) == {}


def test_details_name_no_unit_out_of_scope(cast):
    """Who works for two teams: bob, who manages one of them, is not told the other."""
    both = make_person("Both Ways", cast.borealis, manages=cast.australis)
    group = search_kind(scope=scope(cast.bob), query="both", kind="people")
    assert [hit.title for hit in group.hits] == [both.name]
    assert "Borealis team" in group.hits[0].detail
    assert AUSTRALIS not in group.hits[0].detail
    [unit] = search_kind(scope=scope(cast.bob), query="team", kind="units").hits
    assert "division" not in unit.detail


def test_saved_filters_are_found_by_whoever_saved_them(cast, client_of):
    saved_filter_keep(user=cast.alice, page="crm:lead_list", name="Fresh web leads", query="channel=web")
    assert found(cast.alice, "fresh")["filters"] == ["Fresh web leads"]
    assert "filters" not in found(cast.bob, "fresh")
    palette = client_of(cast.alice).get(
        reverse("dashboards:search"), {"q": "web leads"}, headers={"HX-Request": "true"}
    )
    assert f'href="{reverse("crm:lead_list")}?channel=web"' in palette.content.decode()


@pytest.mark.parametrize("name", ["carol", "erin", "frank"])
def test_who_sees_everything_finds_everything(cast, records, name):
    everything = found(getattr(cast, name), "acme")
    assert len(everything["deals"]) == len(everything["accounts"]) == 2
    assert everything["targets"][0] == "My company · Sales"


def test_placeholders_are_found_by_nobody(cast):
    assert "people" not in found(cast.frank, "owner")
    assert "units" not in found(cast.frank, "No team")


@pytest.mark.parametrize(
    ("case", "query", "titles"),
    [
        ("every word must be found", "acme dave", ["Acme deal of Dave Australis"]),
        ("in any order", "dave acme", ["Acme deal of Dave Australis"]),
        ("a percent sign is a percent sign", "100%", []),
        ("an underscore too", "Acme_deal", []),
        ("nothing asked, nothing found", "   ", []),
    ],
)
def test_words(cast, records, case, query, titles):
    deals = search_kind(scope=scope(cast.carol), query=query, kind="deals")
    assert [hit.title for hit in deals.hits] == titles


def test_chinese_is_found_inside_a_name(cast):
    make_account("上海博世电器有限公司", owner=cast.alice.person)
    assert found(cast.alice, "电器") == {"accounts": ["上海博世电器有限公司"]}


def test_name_that_begins_with_the_words_comes_first(cast):
    for name in ("Great Acme", "Acme West", "Acme East"):
        make_account(name, owner=cast.alice.person)
    assert found(cast.alice, "acme")["accounts"] == ["Acme East", "Acme West", "Great Acme"]


def test_target_is_found_by_owner_metric_in_the_readers_language_and_year(cast, records):
    assert found(cast.carol, "alice sales 2026")["targets"] == ["Alice Borealis · Sales"]
    assert "targets" not in found(cast.carol, "alice 2025")
    assert found(cast.carol, "win rate")["targets"] == ["My company · Win rate"]
    with override("zh-hans"):
        assert found(cast.carol, "alice 销售额")["targets"] == ["Alice Borealis · 销售额"]


@pytest.mark.parametrize("name", ["alice", "bob", "carol"])
def test_target_leads_to_its_place_in_the_plan(cast, records, client_of, name):
    user = getattr(cast, name)
    [hit] = search_kind(scope=scope(user), query="alice sales", kind="targets").hits
    page = client_of(user).get(hit.url)
    assert page.context["target"].person == cast.alice.person


def test_every_hit_leads_to_a_page_that_its_finder_may_open(cast, records, client_of):
    for user in (cast.alice, cast.bob, cast.carol, cast.erin, cast.frank):
        for query in ("acme", "borealis"):
            for group in search_all(scope=scope(user), query=query):
                for hit in group.hits:
                    assert client_of(user).get(hit.url).status_code == 200, (user, hit)


def test_palette_shows_five_and_a_page_twenty_five(cast):
    for number in range(26):
        make_account(f"Acme {number:02}", owner=cast.alice.person)
    [group] = search_all(scope=scope(cast.alice), query="acme")
    assert (len(group.hits), group.has_more) == (5, True)
    first, second = (
        search_kind(scope=scope(cast.alice), query="acme", kind="accounts", number=number)
        for number in (1, 2)
    )
    assert (len(first.hits), first.has_more) == (25, True)
    assert ([hit.title for hit in second.hits], second.has_more) == (["Acme 25"], False)


def test_page_and_palette_answer_with_the_same_hits(cast, records, client_of):
    browser = client_of(cast.alice)
    url = reverse("dashboards:search")
    page = browser.get(url, {"q": "acme"}).content.decode()
    palette = browser.get(url, {"q": "acme"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" in page
    assert "<html" not in palette
    for text in ("Acme of Alice Borealis", "Acme deal of Alice Borealis"):
        assert text in page
        assert text in palette
    assert AUSTRALIS not in page + palette


@pytest.mark.parametrize(
    "query",
    ["", "?q=", "?q=%00", "?q=a&kind=nonsense", "?q=a&page=x", "?kind=deals&page=0", f"?q={'a' * 101}"],
)
def test_nonsense_in_the_address_shows_a_page_all_the_same(cast, client_of, query):
    assert client_of(cast.alice).get(reverse("dashboards:search") + query).status_code == 200


def test_what_was_typed_is_shown_escaped(cast, client_of):
    answer = client_of(cast.alice).get(reverse("dashboards:search"), {"q": "<script>alert(1)</script>"})
    assert "<script>alert" not in answer.content.decode()


def test_search_takes_as_many_queries_for_thirty_rows_as_for_three(cast, records):
    def make(count):
        for number in range(count):
            owner = make_person(f"Acme {BOREALIS} {number}", make_unit(f"Acme {number}", cast.borealis))
            make_opportunity(owner, name="Acme", account=make_account("Acme", owner=owner, region="east"))

    saved_filter_keep(user=cast.carol, page="crm:lead_list", name="Acme", query="q=acme")

    def queries():
        asking = scope(cast.carol)
        with CaptureQueriesContext(connection) as captured:
            assert {group.kind for group in search_all(scope=asking, query="acme")} == set(SOURCES)
        return len(captured)

    make(3)
    few = queries()
    make(27)
    assert queries() == few <= 9
