"""Saved filters: kept in one form, one's own only, one default a list, never more than a list can show."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from common.errors import Invalid, NotFound
from crm.models import Stage
from crm.tests.factories import make_opportunity
from org.calc.queries import filter_query
from org.models import SavedFilter
from org.services import (
    filtered_lists,
    saved_filter_default,
    saved_filter_delete,
    saved_filter_keep,
    saved_filter_rename,
)
from org.services.filters import MOST

pytestmark = pytest.mark.django_db
DEALS = "crm:opportunity_list"


def keep(user, name="Big ones", query="stage=won&sort=-amount", page=DEALS, **more):
    return saved_filter_keep(user=user, page=page, name=name, query=query, **more)


@pytest.mark.parametrize(
    ("case", "typed", "kept"),
    [
        ("empty ones, the page and “show all” are no filters", "?q=&page=2&show=all&stage=won", "stage=won"),
        ("the order of the fields says nothing", "stage=won&q=pump", "q=pump&stage=won"),
        ("one that comes twice stays twice", "a=2&a=1", "a=1&a=2"),
        ("Chinese and signs survive", "q=泵+%26+Co", "q=%E6%B3%B5+%26+Co"),
        ("nothing is nothing", "?", ""),
    ],
)
def test_a_query_has_one_form(case, typed, kept):
    assert filter_query(typed) == kept
    assert filter_query(kept) == kept


def test_every_list_named_is_there_and_shows_its_saved_filters(cast, client_of):
    client = client_of(cast.frank)
    for page in filtered_lists():
        saved = keep(cast.frank, name=f"Mine {page}", page=page, query="sort=x&q=y")
        body = client.get(f"{reverse(page)}?{saved.query}").content.decode()
        assert f"Mine {page}" in body, page


def test_the_same_name_again_holds_the_new_filters_and_stays_the_default(cast):
    first = keep(cast.alice, is_default=True)
    again = keep(cast.alice, query="stage=lost")
    assert (again.pk, again.query, again.is_default) == (first.pk, "stage=lost", True)
    assert SavedFilter.objects.count() == 1


def test_a_list_has_one_default(cast):
    first = keep(cast.alice, is_default=True)
    second = keep(cast.alice, "Others", is_default=True)
    first.refresh_from_db()
    assert (first.is_default, second.is_default) == (False, True)
    saved_filter_default(user=cast.alice, pk=first.pk, is_default=True)
    other_list = keep(cast.alice, page="crm:lead_list", query="status=new", is_default=True)
    assert set(SavedFilter.objects.filter(is_default=True)) == {first, other_list}


@pytest.mark.parametrize(
    ("case", "asked"),
    [
        ("a page that is no such list", {"page": "org:preferences"}),
        ("no name", {"name": "  "}),
        ("a name too long", {"name": "x" * 61}),
        ("a NUL in the name", {"name": "a\x00"}),
        ("no filter", {"query": "page=3&q="}),
        ("too long a query", {"query": "q=" + "x" * 2000}),
        ("too many fields", {"query": "&".join(f"a{n}=1" for n in range(61))}),
    ],
)
def test_nonsense_is_refused_and_nothing_is_kept(cast, case, asked):
    with pytest.raises(Invalid):
        keep(cast.alice, **asked)
    assert not SavedFilter.objects.exists()


def test_a_list_holds_thirty_and_not_one_more(cast):
    for number in range(MOST):
        keep(cast.alice, f"Filter {number}")
    with pytest.raises(Invalid, match="30 saved filters"):
        keep(cast.alice, "One more")
    keep(cast.alice, "Filter 3", query="stage=lost")
    keep(cast.alice, "Elsewhere", page="crm:lead_list")
    keep(cast.bob, "Of somebody else")


def test_nobody_touches_anothers(cast):
    saved = keep(cast.alice)
    for deed in (
        lambda: saved_filter_rename(user=cast.bob, pk=saved.pk, name="Mine"),
        lambda: saved_filter_default(user=cast.bob, pk=saved.pk, is_default=True),
        lambda: saved_filter_delete(user=cast.bob, pk=saved.pk),
    ):
        with pytest.raises(NotFound):
            deed()
    assert SavedFilter.objects.get() == saved
    assert (SavedFilter.objects.get().name, SavedFilter.objects.get().is_default) == ("Big ones", False)


def test_a_name_is_taken_once(cast):
    saved, other = keep(cast.alice), keep(cast.alice, "Others")
    with pytest.raises(Invalid, match="Others"):
        saved_filter_rename(user=cast.alice, pk=saved.pk, name=" Others ")
    assert saved_filter_rename(user=cast.alice, pk=other.pk, name="Rest").name == "Rest"


def test_a_list_opens_with_its_default_and_shows_all_on_demand(cast, client_of):
    make_opportunity(cast.alice.person, name="Open pump")
    client, bare = client_of(cast.alice), reverse(DEALS)
    saved = keep(cast.alice, query="outcome=won", is_default=True)
    assert client.get(bare).headers["Location"] == f"{bare}?outcome=won"
    filtered = client.get(f"{bare}?outcome=won").content.decode()
    assert "Open pump" not in filtered
    assert f'href="{bare}?show=all"' in filtered
    everything = client.get(f"{bare}?show=all").content.decode()
    assert "Open pump" in everything
    assert "Nothing matches" not in everything
    assert client_of(cast.bob).get(bare).status_code == 200
    saved_filter_default(user=cast.alice, pk=saved.pk, is_default=False)
    assert client.get(bare).status_code == 200


def test_the_chip_of_what_is_shown_is_marked_whatever_the_order_and_the_page(cast, client_of):
    keep(cast.alice, query="outcome=won&sort=-amount")
    client = client_of(cast.alice)
    body = client.get(f"{reverse(DEALS)}?sort=-amount&q=&page=2&outcome=won").content.decode()
    assert "btn-primary" in body.partition("saved-filters-chips")[2].partition("</nav>")[0]
    assert "Save these filters" not in body
    other = client.get(f"{reverse(DEALS)}?outcome=lost").content.decode()
    assert "Save these filters" in other


def test_what_is_no_longer_there_is_said_and_breaks_nothing(cast, client_of):
    stage = Stage.objects.create(code="demo", name="Demo", position=9)
    keep(cast.alice, "In demo", query="stage=demo&owner=99999&nonsense=1")
    stage.delete()
    answer = client_of(cast.alice).get(f"{reverse(DEALS)}?nonsense=1&owner=99999&stage=demo")
    assert answer.status_code == 200
    assert "“In demo” asks for something that is no longer there" in answer.content.decode()


def test_the_page_keeps_renames_and_deletes(cast, client_of):
    client = client_of(cast.alice)
    asked = {"page": DEALS, "query": "stage=won", "name": "Won", "is_default": "on"}
    answer = client.post(reverse("org:filter_keep"), asked)
    assert answer.headers["Location"] == f"{reverse(DEALS)}?stage=won"
    saved = SavedFilter.objects.get(user=cast.alice, is_default=True)
    client.post(reverse("org:filter_rename", args=[saved.pk]), {"name": "Won deals"})
    saved.refresh_from_db()
    assert saved.name == "Won deals"
    client.post(reverse("org:filter_delete", args=[saved.pk]))
    assert not SavedFilter.objects.exists()


def test_a_refused_one_goes_back_to_the_list_and_says_why(cast, client_of):
    client, back = client_of(cast.alice), f"{reverse(DEALS)}?stage=won"
    asked = {"page": "nonsense", "query": "stage=won", "name": "Won"}
    answer = client.post(
        reverse("org:filter_keep"), asked, headers={"referer": f"http://testserver{back}"}, follow=True
    )
    assert answer.redirect_chain == [(f"http://testserver{back}", 302)]
    assert "can’t be saved" in answer.content.decode() or "can&#x27;t be saved" in answer.content.decode()


def test_thirty_saved_filters_take_as_many_queries_as_one(cast, client_of):
    client = client_of(cast.alice)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get(f"{reverse(DEALS)}?stage=won")
        return len(captured)

    keep(cast.alice, "First")
    queries()
    few = queries()
    for number in range(MOST - 1):
        keep(cast.alice, f"Filter {number}")
    assert queries() == few
