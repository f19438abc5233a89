"""The menu as each role sees it: in the bar, in the palette and in the list of keys, the same places."""

from __future__ import annotations

import re

import pytest

from salesgoals.navigation import ENTRIES

pytestmark = pytest.mark.django_db
KEY = re.compile(r'<a class="nav-link" href="[^"]*" data-key="(\w)"')
LISTED = re.compile(r"<kbd>g</kbd> <kbd>(\w)</kbd></dt>")
PAGES = re.compile(r'<div role="group" aria-labelledby="palette-go".*?<div id="palette-results"', re.DOTALL)


def page_of(client_of, user):
    return client_of(user).get("/org/profile/").content.decode()


def test_no_two_places_share_a_key():
    keys = [entry.key for entry in ENTRIES if entry.key]
    assert len(keys) == len(set(keys))
    assert all(re.fullmatch("[a-z]", key) for key in keys)


@pytest.mark.parametrize(
    ("name", "there", "missing"), [("alice", "b", "p"), ("bob", "p", ""), ("frank", "p", "b")]
)
def test_keys_are_those_of_the_own_menu(cast, client_of, name, there, missing):
    text = page_of(client_of, getattr(cast, name))
    keys = KEY.findall(text)
    assert there in keys
    assert missing not in keys
    assert LISTED.findall(text) == keys


def test_palette_names_no_page_that_the_role_lacks(cast, client_of):
    [mine] = PAGES.findall(page_of(client_of, cast.alice))
    [admins] = PAGES.findall(page_of(client_of, cast.frank))
    assert "/org/audit/" in admins
    assert "/org/audit/" not in mine
    assert "/org/people/" not in mine


def test_strangers_get_neither_palette_nor_keys(client):
    text = client.get("/accounts/login/").content.decode()
    assert 'id="palette"' not in text
    assert "shortcuts.js" not in text


def test_who_turned_the_letters_off_is_told_only_of_the_others(alice, client_of):
    alice.has_shortcuts = False
    alice.save()
    text = page_of(client_of, alice)
    assert "data-shortcuts" not in text
    assert LISTED.findall(text) == []
    assert "<kbd>Ctrl</kbd> <kbd>K</kbd>" in text


def test_menu_costs_no_query_however_often_it_is_drawn(alice, client_of, django_assert_max_num_queries):
    browser = client_of(alice)
    browser.get("/org/profile/")
    with django_assert_max_num_queries(6):
        browser.get("/org/profile/")
