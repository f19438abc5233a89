"""Heads of tables: where a click leads, what stands sorted, what an address may ask for."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from org.http import Column, sort_asked, sortable

COLUMNS = (Column("Name", "name"), Column("Actual", "actual", is_num=True), Column("12 weeks"))


def asked(query: str = "", **more: str):
    return RequestFactory().get("/units/7/", {**({"sort": query} if query else {}), **more})


def heads(query: str = "", *, order: str = "-actual", **more: str) -> dict[str, Column]:
    return {head.label: head for head in sortable(asked(query, **more), COLUMNS, order)}


@pytest.mark.parametrize(
    ("case", "query", "wanted"),
    [
        ("nothing is asked", "", "-actual"),
        ("a column upwards", "name", "name"),
        ("a column downwards", "-name", "-name"),
        ("no such column", "salary", "-actual"),
        ("a column that does not sort", "-", "-actual"),
        ("two minuses", "--name", "-actual"),
        ("something else altogether", "name;drop", "-actual"),
    ],
)
def test_only_columns_that_sort_may_be_asked_for(case, query, wanted):
    assert sort_asked(asked(query), COLUMNS, "-actual") == wanted


@pytest.mark.parametrize(
    ("case", "label", "order", "wanted"),
    [
        ("names are first wanted from A", "Name", "-actual", "?sort=name"),
        ("figures are first wanted from the top", "Actual", "name", "?sort=-actual"),
        ("the sorted column turns round", "Actual", "-actual", "?sort=actual"),
        ("and back", "Actual", "actual", "?sort=-actual"),
        ("names too", "Name", "name", "?sort=-name"),
        ("and back to A", "Name", "-name", "?sort=name"),
    ],
)
def test_a_click_on_a_head_sorts_by_it_or_turns_it_round(case, label, order, wanted):
    assert heads(order=order)[label].url == wanted


def test_only_the_column_the_rows_stand_by_says_so():
    assert {label: head.sorted for label, head in heads(order="-actual").items()} == {
        "Name": "",
        "Actual": "descending",
        "12 weeks": "",
    }
    assert heads(order="actual")["Actual"].sorted == "ascending"


def test_a_column_without_a_key_leads_nowhere():
    assert heads()["12 weeks"].url == ""


def test_a_head_keeps_the_rest_of_the_address_but_starts_at_the_first_page():
    url = heads("-actual", metric="sales", period="year", page="3")["Name"].url
    assert url == "?sort=name&metric=sales&period=year"


def test_the_table_tells_screen_readers_how_it_is_sorted(client):
    columns = sortable(asked(), COLUMNS, "-actual")
    table = render_to_string(
        "components/data_table.html", {"columns": columns, "rows": [], "caption": "People"}
    )
    assert table.count("aria-sort=") == 1
    assert 'aria-sort="descending"' in table
    assert 'href="?sort=actual"' in table
