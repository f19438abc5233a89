"""A figure opens in the panel at the right: by mouse and keyboard, paged, as a page, as a file."""

from __future__ import annotations

import csv
import io
import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.e2e
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def amount_of(text: str) -> float:
    """ "¥1,234.50" as a number."""
    return float(re.sub(r"[^\d.−-]", "", text).replace("−", "-"))


def open_first(page, *, period="month"):
    """Open the first figure of the home page; returns its link and the panel."""
    page.goto(f"/?period={period}")
    link = page.locator("a[data-figure]").first
    link.click()
    panel = page.locator("#side-panel")
    expect(panel.locator("#panel-facts")).to_be_visible()
    return link, panel


def test_the_rows_in_the_panel_add_up_to_the_number_that_was_clicked(page_as):
    page = page_as("manager")
    link, panel = open_first(page)
    expect(panel.get_by_role("heading", name="Why this number")).to_be_visible()
    shown = panel.locator(".display-6").inner_text()
    assert shown == link.get_attribute("title")
    expect(panel.get_by_text(re.compile(r"Sum of [\d,]+ rows? = .* = the figure"))).to_be_visible()
    panel.locator("[data-chart][data-drawn]").wait_for()
    assert page.url.endswith("/?period=month")
    total, first = 0.0, 1
    expect(panel.get_by_text(re.compile(r"^\s*1 to "))).to_be_visible()
    while True:
        total += sum(
            amount_of(text) for text in panel.locator("#panel-facts tbody td:last-child").all_inner_texts()
        )
        if not panel.get_by_role("link", name="Older").count():
            break
        first += 50
        panel.get_by_role("link", name="Older").click()
        expect(panel.get_by_text(re.compile(rf"^\s*{first} to "))).to_be_visible()
    assert total == pytest.approx(amount_of(shown))


def test_keyboard_opens_stays_inside_closes_and_returns(page_as):
    page = page_as("rep")
    link = page.locator("a[data-figure]").first
    link.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#side-panel-title")).to_be_focused()
    for _n in range(40):
        page.keyboard.press("Tab")
        # Past the last link a browser stops at its own bar, told as the body, before it comes back.
        assert page.evaluate("document.activeElement.closest('#side-panel, body').tagName") in ("DIV", "BODY")
        assert page.evaluate("document.activeElement.closest('.page')") is None
    page.keyboard.press("Escape")
    expect(page.locator("#side-panel")).to_be_hidden()
    expect(link).to_be_focused()


def test_paging_by_keyboard_keeps_the_focus_in_the_rows(page_as):
    page = page_as("director")
    _link, panel = open_first(page, period="quarter")
    panel.locator("#panel-older").focus()
    page.keyboard.press("Enter")
    expect(panel.locator("#panel-newer")).to_be_visible()
    page.wait_for_timeout(200)
    assert page.evaluate("document.querySelector('#panel-facts').contains(document.activeElement)")


def test_a_modified_click_and_the_link_in_the_panel_lead_to_the_page(page_as):
    page = page_as("manager")
    link, panel = open_first(page)
    address = link.get_attribute("href")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    with page.context.expect_page() as opened:
        link.click(modifiers=["ControlOrMeta"])
    tab = opened.value
    tab.wait_for_load_state()
    assert tab.url.endswith(address)
    expect(tab.get_by_role("heading", level=1)).to_contain_text(" of ")
    tab.close()
    expect(panel).to_be_hidden()
    link.click()
    panel.get_by_role("link", name="Open as a page").click()
    page.wait_for_url("**/figures/**")
    expect(page.locator("#page-facts")).to_be_visible()


def test_a_figure_that_does_not_open_says_so_and_opens_at_the_second_try(page_as):
    page = page_as("manager")
    page.route("**/figures/**", lambda route: route.fulfill(status=404, body="gone"))
    page.locator("a[data-figure]").first.click()
    panel = page.locator("#side-panel")
    expect(panel.get_by_role("alert")).to_be_visible()
    assert "/figures/" in panel.get_by_role("link", name="Open as a page").get_attribute("href")
    expect(page.locator("#messages .toast", has_text="Nothing was saved")).to_have_count(0)
    page.unroute("**/figures/**")
    panel.get_by_role("button", name="Try again").click()
    expect(panel.locator("#panel-facts")).to_be_visible()


def test_the_file_has_as_many_rows_as_the_panel_says(page_as):
    page = page_as("manager")
    _link, panel = open_first(page)
    said = panel.get_by_text(re.compile(r"Sum of [\d,]+ row")).inner_text()
    count = int(re.search(r"Sum of ([\d,]+)", said)[1].replace(",", ""))
    with page.expect_download() as saved:
        panel.get_by_role("link", name="CSV").click()
    text = saved.value.path().read_text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) - rows.index([]) - 2 == count
    assert saved.value.suggested_filename.startswith("Sales ")


@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_the_panel_fits_the_screen(page_as, size):
    page = page_as("director")
    page.set_viewport_size(size)
    _link, panel = open_first(page)
    page.wait_for_timeout(500)
    box = panel.bounding_box()
    assert box["x"] + box["width"] == pytest.approx(size["width"], abs=1)
    assert (box["width"] == size["width"]) is (size is PHONE)
    body = panel.locator(".offcanvas-body")
    assert body.evaluate("e => e.scrollWidth <= e.clientWidth")
    cells = panel.locator("#panel-facts .table-responsive")
    assert cells.evaluate("e => e.scrollWidth <= e.clientWidth + 1")
