"""Entering records in a real browser: on the phone, by keyboard alone, with hints about look-alikes."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from salesgoals.tests.browser import PHONE
from tests.e2e.audit import faults_of

pytestmark = pytest.mark.e2e


def known_account(page) -> str:
    """The name of an account that the signed-in representative sees."""
    page.goto("/crm/accounts/")
    return page.locator("tbody th a").first.inner_text()


def press_on(page, name: str) -> None:
    """Go to a link by keyboard and follow it."""
    page.get_by_role("link", name=name, exact=True).first.focus()
    page.keyboard.press("Enter")


def put(page, label: str, text: str) -> None:
    """Type over what stands in a field."""
    field = page.get_by_label(label, exact=True).first
    field.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def test_a_rep_on_the_phone_enters_account_deal_and_payment_by_keyboard(page_as):
    page = page_as("rep")
    page.set_viewport_size(PHONE)
    known, mine = known_account(page), f"Quite New {time.time_ns()}"
    page.keyboard.press("n")
    page.wait_for_url("**/crm/accounts/new/")
    expect(page.locator("#id_name")).to_be_focused()
    page.keyboard.type(f"{known} Co., Ltd.")
    hint = page.locator(".entry-alike")
    expect(hint).to_contain_text("Looks like")
    expect(hint.get_by_role("link", name=known).first).to_be_visible()
    assert faults_of(page) == []
    page.keyboard.press("Enter")
    expect(page.get_by_text("Is it one of these?")).to_be_visible()
    put(page, "Name", mine)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/crm/accounts/\d+/$"))

    page.keyboard.press("n")
    page.wait_for_url("**/crm/opportunities/new/?account=*")
    expect(page.get_by_label("Account", exact=True)).to_have_value(mine)
    page.keyboard.type("Fridges for the new shop")
    put(page, "Amount", "1.2万")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/crm/opportunities/\d+/$"))
    expect(page.locator("main")).to_contain_text("¥12,000.00")

    press_on(page, "Edit")
    page.wait_for_url("**/edit/")
    put(page, "Amount", "15000")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/crm/opportunities/\d+/$"))
    expect(page.locator("main")).to_contain_text("¥15,000.00")

    press_on(page, "Log a payment")
    expect(page.get_by_label("Deal", exact=True)).to_have_value("Fridges for the new shop")
    put(page, "Amount", "5000")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/crm/opportunities/\d+/$"))
    payments = page.get_by_role("table", name="Payments")
    expect(payments).to_contain_text("¥5,000.00")
    payments.get_by_role("link").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Payment of ¥5,000.00")


def test_an_account_is_chosen_or_named_anew_from_the_same_field_by_keyboard(page_as):
    page = page_as("rep")
    known = known_account(page)
    page.goto("/crm/opportunities/new/")
    field = page.get_by_label("Account", exact=True)
    field.focus()
    page.keyboard.type(known)
    options = page.locator("#id_account_list [role=option]")
    expect(options.first).to_contain_text(known)
    expect(field).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert faults_of(page) == []
    page.keyboard.press("Escape")
    expect(options.first).to_be_hidden()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(field).to_have_value(known)
    expect(page.locator("input[name=account]")).to_have_value(re.compile(r"account-\d+"))

    page.keyboard.press("Control+A")
    page.keyboard.type(f"{known} GmbH")
    new = page.get_by_role("option", name=f"New account “{known} GmbH”")
    expect(new).to_be_visible()
    page.keyboard.press("ArrowUp")
    expect(new).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name of the new account")).to_have_value(f"{known} GmbH")
    page.get_by_role("button", name=re.compile("^Use this one")).first.press("Enter")
    expect(field).to_have_value(known)
    expect(field).to_be_focused()
    expect(page.get_by_label("Name of the new account")).to_be_hidden()


def test_a_line_more_can_be_added_and_makes_up_the_amount(page_as):
    page = page_as("rep")
    page.goto("/crm/opportunities/new/")
    page.get_by_label("Name", exact=True).fill("In parts")
    page.get_by_text("Product lines", exact=True).press("Enter")
    lines = page.locator("[data-lines-rows] .entry-line")
    expect(lines).to_have_count(2)
    page.get_by_role("button", name="Another line").press("Enter")
    expect(lines).to_have_count(3)
    lines.nth(0).get_by_label("Amount").fill("100")
    lines.nth(2).get_by_label("Product", exact=True).focus()
    page.locator("#id_lines-2-product_list [role=option]").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    lines.nth(2).get_by_label("Amount").fill("50.50")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/crm/opportunities/\d+/$"))
    expect(page.locator("main")).to_contain_text("¥150.50")


def test_a_record_goes_only_after_the_question(page_as):
    page = page_as("rep")
    page.goto("/crm/accounts/new/")
    page.get_by_label("Name", exact=True).fill(f"Short Lived {time.time_ns()}")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/crm/accounts/\d+/$"))
    address = page.url
    press_on(page, "Edit")
    page.get_by_role("button", name="Delete").press("Enter")
    dialog = page.get_by_role("dialog", name="Delete this record?")
    dialog.get_by_role("button", name="Delete").press("Enter")
    page.wait_for_url("**/crm/accounts/")
    assert page.goto(address).status == 404
