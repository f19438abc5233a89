"""Every page says where it stands: the way to it begins at home and ends with itself, which is no link."""

from __future__ import annotations

import re

import pytest
from django.db import transaction
from django.template import Context, Template
from django.urls import reverse

from tests.matrix import rows_of_rooms

WAY = re.compile(r'<ol class="breadcrumb">(.*?)</ol>', re.DOTALL)
ROOMS = ("org", "crm", "metrics", "targets", "tracking")


def drawn(template: str, **context: object) -> str:
    return Template("{% load breadcrumbs %}" + template).render(Context(context))


def test_way_has_a_link_for_each_pair_and_ends_with_the_page_itself():
    way = '{% breadcrumbs "org:person_list" "People" url name "Edit" %}'
    text = drawn(way, url="/org/people/7/", name="Ann <3")
    assert re.findall(r'href="([^"]*)"', text) == ["/", reverse("org:person_list"), "/org/people/7/"]
    assert "Ann &lt;3" in text
    assert '<li class="breadcrumb-item active" aria-current="page">Edit</li>' in text


def test_way_can_go_through_things_with_an_address():
    class Place:
        url, name = "/units/1/", "East"

    text = drawn('{% breadcrumbs "Team" above=places %}', places=[Place])
    assert text.index('href="/"') < text.index('href="/units/1/"') < text.index("Team")


def test_way_without_a_page_has_no_current_one():
    assert "aria-current" not in drawn('{% breadcrumbs "org:profile" "Your profile" %}')


@pytest.mark.parametrize("room", ROOMS)
def test_every_page_of_a_room_has_its_way(room, cast, client_of, subtests):
    for route, rows in rows_of_rooms().items():
        for row in rows:
            if not route.startswith(f"{room}:") or row.method != "GET" or row.is_public:
                continue
            name = next((each for each in ("frank", "carol") if getattr(row, each) == 200), None)
            if name is None:
                continue
            with transaction.atomic(), subtests.test(route):
                url = reverse(route, kwargs=row.args(cast) if row.args else None) + row.query
                answer = client_of(getattr(cast, name)).get(url)
                is_html = answer["Content-Type"].startswith("text/html")
                if is_html and b"<html" in answer.content:  # a part of a page has no way of its own
                    [way] = WAY.findall(answer.content.decode())
                    assert way.count('aria-current="page"') == 1
                transaction.set_rollback(True)
