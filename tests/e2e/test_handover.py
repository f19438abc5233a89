"""A manager hands a leaver's book over in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.e2e


def test_a_manager_hands_a_book_to_two_colleagues_after_seeing_what_moves(page_as):
    page = page_as("manager")
    page.goto("/org/people/")
    page.locator("main table tbody tr th a").last.click()
    giver = page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("link", name="Hand over").click()
    preview = page.locator("#handover-preview")
    expect(preview.get_by_role("heading", name=f"Stays with {giver}")).to_be_visible()
    expect(preview.get_by_text("Choose to whom it goes.")).to_be_visible()
    open_deals = preview.get_by_text(re.compile(r"^\d+ open deal")).inner_text()

    people = page.get_by_label("To whom", exact=True).locator("option")
    names = [people.nth(at).inner_text() for at in (0, 1)]
    page.get_by_label("To whom", exact=True).select_option(label=names)
    expect(preview.get_by_role("heading", name="Goes to those chosen")).to_be_visible()
    choice = preview.locator("select").first
    first = choice.get_attribute("id")
    other = next(each for each in names if each != choice.locator("option:checked").inner_text())
    choice.select_option(label=other)
    expect(page.locator(f"#{first} option:checked")).to_have_text(other)
    expect(preview.get_by_text(open_deals)).to_be_visible()

    page.get_by_label("Reason").fill("Leaves the company")
    page.get_by_role("button", name="Hand over").click()
    expect(page.get_by_text(f"Handed over to {names[0]}")).to_be_visible()
    expect(page.get_by_text(f"Handed over to {names[1]}")).to_be_visible()
    expect(page.get_by_text("Nothing is left to hand over")).to_be_visible()
    page.goto("/crm/opportunities/?outcome=open")
    assert giver not in page.locator("main table").inner_text()
