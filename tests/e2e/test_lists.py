"""Lists in a real browser: filters that act at once, questions before what is not easily undone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from salesgoals.tests.browser import PHONE

pytestmark = pytest.mark.e2e


def test_another_choice_filters_at_once_keeps_the_focus_and_the_order(page_as):
    page = page_as("manager")
    page.goto("/crm/opportunities/?sort=-amount")
    outcome = page.get_by_label("Outcome")
    outcome.focus()
    outcome.select_option("lost")
    page.wait_for_url("**/crm/opportunities/?outcome=lost&sort=-amount")
    expect(page.locator("tbody .badge").first).to_have_text("Lost")
    expect(page.get_by_label("Outcome")).to_be_focused()
    page.get_by_role("link", name="Show all").click()
    page.wait_for_url("**/crm/opportunities/")


def test_a_phone_shows_the_search_and_opens_the_other_filters(page_as):
    page = page_as("manager")
    page.set_viewport_size(PHONE)
    page.goto("/crm/opportunities/")
    expect(page.locator("#id_q")).to_be_visible()
    expect(page.get_by_label("Outcome")).to_be_hidden()
    page.get_by_role("button", name="More filters").click()
    expect(page.get_by_label("Outcome")).to_be_visible()
    page.get_by_label("Outcome").select_option("won")
    page.wait_for_url("**/?outcome=won")
    expect(page.get_by_label("Outcome")).to_be_visible()


def test_a_token_is_revoked_only_after_the_question(page_as):
    page = page_as("rep")
    page.goto("/org/tokens/")
    page.get_by_label("What for").fill("Spreadsheet")
    page.get_by_label("crm:read").check()
    page.get_by_role("button", name="Create").click()
    page.wait_for_load_state()
    row = page.locator("tbody tr", has_text="Spreadsheet")
    row.get_by_role("button", name="Revoke").click()
    dialog = page.get_by_role("dialog", name="Revoke this token?")
    expect(dialog).to_contain_text("Spreadsheet")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    expect(row).not_to_contain_text("revoked")
    row.get_by_role("button", name="Revoke").click()
    dialog.get_by_role("button", name="Revoke").click()
    expect(row).to_contain_text("revoked")
    expect(page.locator("#messages")).to_contain_text("The token is revoked.")


def test_a_refused_question_opens_again_and_says_why(page_as):
    page = page_as("admin")
    page.goto("/org/people/?q=sha02")
    page.locator("tbody a").first.click()
    page.get_by_role("button", name="End assignments and access").first.click()
    dialog = page.get_by_role("dialog", name="End assignments and access?")
    dialog.get_by_label("First day away").fill("1990-01-01")
    dialog.get_by_role("button", name="End assignments and access").click()
    expect(dialog).to_be_visible()
    expect(dialog.locator(".alert-danger, .invalid-feedback").first).to_be_visible()
    expect(dialog.get_by_label("First day away")).to_have_value("1990-01-01")
