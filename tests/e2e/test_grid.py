"""The grid of a target's children in a real browser: paste, keys, undo, drafts, two at once."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from salesgoals.demo.load import PASSWORD
from targets.tests.test_grid import READ
from tests.e2e.audit import faults_of

pytestmark = pytest.mark.e2e

PASTE = """([text, selector]) => {
  const cell = document.querySelector(selector) ?? document.activeElement;
  cell.focus();
  const data = new DataTransfer();
  data.setData("text/plain", text);
  cell.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""
COPY = """() => {
  const data = new DataTransfer();
  document.activeElement.dispatchEvent(
    new ClipboardEvent("copy", { clipboardData: data, bubbles: true, cancelable: true })
  );
  return data.getData("text/plain");
}"""


@pytest.fixture
def director(page_as):
    """The director at the top target of a new version of the demo company's plan."""
    page = page_as("director")
    page.goto("/targets/")
    page.locator("main tbody a").first.click()
    page.get_by_role("button", name="New version").click()
    page.wait_for_load_state()
    expect(page.locator("[data-grid][data-draft]")).to_be_visible()
    expect(page.locator("[data-undo]")).to_be_visible()
    return page


def cell(page, row: int, name: str):
    return page.locator("[data-grid] tbody tr").nth(row).locator(f"[data-cell={name}]")


def paste(page, text: str) -> None:
    page.evaluate(PASTE, [text, ":focus"])


def told(page):
    return page.locator("[data-grid-told]")


def kept(page):
    return page.locator("[data-grid-state]").get_by_text("kept")


def test_the_browser_reads_amounts_like_the_server(director):
    page = director
    address = page.locator("script[src*='/grid.js'], script[src*='/grid.']").first.get_attribute("src")
    folder = address.rpartition("/")[0]
    read = page.evaluate(
        "async ([url, texts]) => { const m = await import(url); return texts.map((t) => m.amountText(t)); }",
        [f"{folder}/grid_cells.js", [text for text, _stored in READ]],
    )
    for (text, stored), seen in zip(READ, read, strict=True):
        assert (None if seen is None else round(float(seen) * 100)) == stored, text


def test_a_block_from_excel_fills_the_cells_locks_the_rows_and_is_undone_and_done_again(director):
    page = director
    amounts = [cell(page, row, "amount") for row in range(2)]
    before = [amount.input_value() for amount in amounts]
    was_locked = cell(page, 0, "locked").is_checked()
    amounts[0].focus()
    paste(page, "1,234.50\nseven\n")
    expect(amounts[0]).to_have_value("1234.50")
    expect(amounts[1]).to_have_value("seven")
    expect(amounts[1]).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".invalid-feedback")).to_contain_text("“seven” is not an amount.")
    expect(told(page)).to_contain_text("Pasted into 2 cells")
    expect(cell(page, 0, "locked")).to_be_checked()
    assert faults_of(page) == []
    page.keyboard.press("Control+z")
    expect(amounts[0]).to_have_value(before[0])
    expect(amounts[1]).to_have_value(before[1])
    assert cell(page, 0, "locked").is_checked() == was_locked
    expect(page.locator("[data-grid] .invalid-feedback")).to_have_count(0)
    page.keyboard.press("Control+Shift+z")
    expect(amounts[0]).to_have_value("1234.50")
    amounts[1].focus()
    paste(page, "1.2万")
    expect(amounts[1]).to_have_value("12000")


def test_values_without_a_cell_are_told_and_a_selection_is_copied_with_tabs(director):
    page = director
    last = page.locator("[data-grid] tbody tr").count() - 1
    cell(page, last, "max").focus()
    paste(page, "5\t1\t7\t9\n8")
    expect(told(page)).to_contain_text("2 values had no cell to go to: 9, 8")
    cell(page, 0, "weight").fill("3")
    cell(page, 1, "weight").fill("4")
    cell(page, 0, "min").fill("10")
    cell(page, 1, "min").fill("20")
    cell(page, 0, "weight").focus()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowRight")
    expect(told(page)).to_have_text("2 rows × 2 columns selected")
    assert page.evaluate(COPY) == "3\t10\n4\t20"
    page.keyboard.press("Delete")
    expect(cell(page, 1, "min")).to_have_value("")


def test_cells_are_reached_edited_filled_and_taken_back_by_keys(director):
    page = director
    cell(page, 0, "weight").focus()
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    expect(cell(page, 1, "weight")).to_be_focused()
    page.keyboard.press("Control+d")
    expect(cell(page, 1, "weight")).to_have_value("7")
    page.keyboard.press("ArrowRight")
    expect(cell(page, 1, "min")).to_be_focused()
    page.keyboard.type("12")
    page.keyboard.press("ArrowLeft")
    expect(cell(page, 1, "min")).to_be_focused()
    page.keyboard.press("Escape")
    expect(cell(page, 1, "min")).to_have_value("")
    page.keyboard.press("ArrowUp")
    expect(cell(page, 0, "min")).to_be_focused()
    page.keyboard.press("Tab")
    expect(cell(page, 0, "max")).to_be_focused()
    cell(page, 0, "weight").focus()
    page.keyboard.press("F2")
    page.keyboard.type("5")
    expect(cell(page, 0, "weight")).to_have_value("75")


def test_undo_reaches_across_a_preview(director):
    page = director
    amount = cell(page, 0, "amount")
    before = amount.input_value()
    amount.focus()
    page.keyboard.type("1")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("This is a preview")).to_be_visible()
    expect(amount).to_have_value("1.00")
    for _step in range(2):
        page.locator("[data-undo]").click()
    expect(amount).to_have_value(before)


def test_what_was_typed_comes_back_after_a_crash(director):
    page = director
    address = page.url
    cell(page, 0, "amount").focus()
    page.keyboard.type("4321")
    expect(kept(page)).to_be_visible()
    # A crash tells nobody: a tab that opens anew knows nothing but the server's draft.
    fresh = page.context.new_page()
    page.close()
    fresh.goto(address)
    expect(fresh.get_by_role("heading", name="Unsaved changes of")).to_be_visible()
    fresh.get_by_role("link", name="Restore").click()
    expect(cell(fresh, 0, "amount")).to_have_value("4321")
    expect(cell(fresh, 0, "locked")).to_be_checked()
    fresh.get_by_role("button", name="Distribute and save").click()
    expect(fresh.get_by_text("Distributed; the children sum")).to_be_visible()
    expect(cell(fresh, 0, "amount")).to_have_value("4321.00")
    expect(fresh.get_by_text("Unsaved changes of")).to_have_count(0)


def test_two_browsers_that_edit_the_same_cell_are_asked_and_nothing_is_lost(director, chromium, site):
    mine = director
    other = chromium.new_context(base_url=site, locale="en-GB")
    theirs = other.new_page()
    theirs.goto("/accounts/login/")
    theirs.get_by_label("Email").fill("director@demo.example")
    theirs.get_by_label("Password").fill(PASSWORD)
    theirs.locator("main form button[type=submit]").click()
    theirs.wait_for_url(lambda url: "/accounts/login" not in url)
    theirs.goto(mine.url)
    cell(mine, 0, "amount").fill("1000")
    cell(mine, 1, "weight").fill("3")
    cell(theirs, 0, "amount").fill("2000")
    cell(theirs, 1, "min").fill("5")
    theirs.get_by_role("button", name="Distribute and save").click()
    expect(theirs.get_by_text("Distributed; the children sum")).to_be_visible()
    mine.get_by_role("button", name="Distribute and save").click()
    expect(mine.get_by_text("Changed by you and by somebody else")).to_be_visible()
    question = mine.locator("fieldset[id^=question-amount]")
    expect(question).to_contain_text("1000.00")
    expect(question).to_contain_text("2000.00")
    question.get_by_label("Another", exact=True).check()
    question.locator("input[name^=other-]").fill("1,500")
    mine.get_by_role("button", name="Distribute and save").click()
    expect(mine.get_by_text("Distributed; the children sum")).to_be_visible()
    expect(cell(mine, 0, "amount")).to_have_value("1500.00")
    expect(cell(mine, 1, "weight")).to_have_value("3")
    expect(cell(mine, 1, "min")).to_have_value("5.00")
    other.close()
