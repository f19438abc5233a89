"""Everybody finds the way through the menu, at the desk and on a phone, in both languages."""

from __future__ import annotations

from itertools import product

import pytest

from salesgoals.browse import Look, opened
from tests.e2e.audit import is_in, too_wide

pytestmark = pytest.mark.e2e
LOOKS = [Look(width, "light", language) for width, language in product((1440, 390), ("en", "zh-hans"))]
ROLES = ("rep", "manager", "director", "admin")
PLACES = "#navbar-menu a[href^='/']"
LOGOUT = "form[action='/accounts/logout/']"
TITLES = (
    "[...document.querySelectorAll('#navbar-menu .nav-link-title')].map(place => place.textContent.trim())"
)


@pytest.mark.parametrize("look", LOOKS, ids=str)
@pytest.mark.parametrize("role", ROLES)
def test_the_menu_leads_to_each_page_and_back_out(role, look, site, chromium):
    with opened(chromium, site, look, role) as page:
        page.goto("/")
        assert is_in(page, look)
        titles = page.evaluate(TITLES)
        assert all(title.isascii() == (look.language == "en") for title in titles), titles
        places = [link.get_attribute("href") for link in page.locator(PLACES).all()]
        assert len(places) >= 5
        for place in places:
            _go(page, place, look)
            page.locator(f"{PLACES}[href='{place}'][aria-current=page]").wait_for(state="attached")
            assert page.locator("h1").inner_text().strip()
            assert too_wide(page) == [], place
        _dropdown(page, LOGOUT).click()
        page.locator(f"{LOGOUT} button").click()
        page.goto("/")
        assert "/accounts/login/" in page.url


def _go(page, place: str, look: Look) -> None:
    """Press the place's link, after whatever has to be opened to reach it."""
    link = page.locator(f"{PLACES}[href='{place}']")
    if look.width < 768:
        page.locator(".navbar-toggler").click()
    if not link.is_visible():
        _dropdown(page, f"a[href='{place}']").click()
    link.click()
    page.wait_for_url(f"**{place}")


def _dropdown(page, inside: str):
    """What opens the part of the frame's menus that holds something."""
    return page.locator("header .dropdown", has=page.locator(inside)).locator("[data-bs-toggle=dropdown]")
