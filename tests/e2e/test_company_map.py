"""The company map in a browser: into the tree and back by mouse and keyboard; saved as files."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e


@pytest.fixture
def company_map(page_as) -> Page:
    page = page_as("director")
    page.goto("/company/")
    drawn(page)
    return page


def drawn(page: Page) -> None:
    page.locator("[data-chart=company-tree][data-drawn]").wait_for()


def tile(page: Page, name: str):
    """The tile of a unit or person, by a part of its name."""
    return page.locator("[data-chart=company-tree] g.slice", has_text=name).last


def names(page: Page) -> list[str]:
    return page.locator("table.card-table tbody th a:not([aria-label])").all_inner_texts()


def test_a_click_on_a_tile_goes_into_it_and_back_comes_out(company_map):
    regions = names(company_map)
    assert len(regions) >= 3
    tile(company_map, regions[0]).click(position={"x": 10, "y": 8})
    expect(company_map.locator("#company-tree-title")).to_contain_text(regions[0])
    expect(company_map).to_have_url(re.compile("node=unit"))
    expect(company_map).to_have_title(re.compile(re.escape(regions[0])))
    drawn(company_map)
    company_map.go_back()
    expect(company_map.locator("#company-tree-title")).not_to_contain_text(regions[0])
    assert names(company_map) == regions


def test_a_click_on_a_person_opens_their_page(company_map):
    team = tile(company_map, "Hangzhou")
    team.click(position={"x": 10, "y": 8})
    expect(company_map.locator("#company-tree-title")).to_contain_text("Hangzhou")
    drawn(company_map)
    # Small tiles have no name on them.
    person = next(name for name in names(company_map) if tile(company_map, name).count())
    tile(company_map, person).click(position={"x": 10, "y": 8})
    expect(company_map).to_have_url(re.compile(r"/people/\d+/\?metric=sales&period=month"))
    expect(company_map.get_by_role("heading", level=1)).to_have_text(person)


def test_the_keyboard_goes_into_a_unit_and_stays_in_the_tree(company_map):
    inside = company_map.locator("table.card-table tbody th a[aria-label]").first
    inside.focus()
    company_map.keyboard.press("Enter")
    expect(company_map).to_have_url(re.compile("node=unit"))
    expect(company_map.locator("#company-tree-title")).to_be_focused()
    company_map.get_by_role("link", name="Sunburst").focus()
    company_map.keyboard.press("Enter")
    expect(company_map).to_have_url(re.compile("view=sunburst"))
    drawn(company_map)
    expect(company_map.get_by_role("link", name="Sunburst")).to_be_focused()


def test_period_and_cut_change_only_the_inside_and_stay_in_the_address(company_map):
    company_map.evaluate("window.stays = true")
    company_map.get_by_role("link", name="Region", exact=True).click()
    expect(company_map.get_by_text("the same days of last year stand beside it")).to_be_visible()
    company_map.locator("label[for=period-quarter]").click()
    expect(company_map).to_have_url(re.compile("by=region.*period=quarter"))
    expect(company_map.get_by_text("the same days of last year stand beside it")).to_be_visible()
    assert company_map.evaluate("window.stays")
    company_map.reload()
    expect(company_map.get_by_role("link", name="Region", exact=True)).to_have_attribute(
        "aria-current", "true"
    )


def test_the_tree_leaves_as_picture_and_as_table(company_map):
    card = company_map.locator("section[aria-labelledby=company-tree-title]")
    with company_map.expect_download() as picture:
        card.locator("[data-chart-png]").click()
    assert picture.value.suggested_filename.endswith(".png")
    with company_map.expect_download() as table:
        card.locator("a[href*='export=csv']").click()
    assert table.value.suggested_filename.endswith(".csv")
    assert "Hangzhou" in table.value.path().read_text("utf-8-sig")
