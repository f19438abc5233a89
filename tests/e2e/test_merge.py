"""Merging in a real browser: two accounts that are one, found by data quality, and parted again."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.e2e


def make_account(page, name: str, phone: str) -> str:
    """An account of the one signed in, made although it looks like another; its address."""
    page.goto("/crm/accounts/new/")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Phone", exact=True).fill(phone)
    page.get_by_role("button", name="Save", exact=True).click()
    anyway = page.get_by_role("button", name="No, save anyway")
    page.wait_for_load_state()
    if anyway.is_visible():
        anyway.click()
    page.wait_for_url(re.compile(r"/crm/accounts/\d+/$"))
    return page.url


def test_a_manager_merges_what_data_quality_found_and_parts_it_again(page_as):
    page = page_as("manager")
    name, phone = f"Twice Told {time.time_ns()}", str(time.time_ns())[-11:]
    first, second = make_account(page, name, phone), make_account(page, f"{name} Ltd.", phone)
    page.goto("/crm/quality/")
    page.locator("a[href$='/crm/quality/duplicate-account/']").first.click()
    page.get_by_role("link", name=re.compile(f"Compare and merge.*{name}")).click()
    expect(page.get_by_role("group", name="Records side by side")).to_contain_text(f"{name} Ltd.")
    page.get_by_role("button", name="Merge 2 records").click()
    page.wait_for_url(re.compile(r"/crm/accounts/\d+/$"))
    kept = page.url
    gone = second if kept == first else first
    page.goto(gone)
    assert page.url == kept  # the old address leads to the one that stayed
    page.get_by_role("button", name="Undo the merge").click()
    expect(page.get_by_role("button", name="Undo the merge")).to_have_count(0)
    for address in (first, second):
        page.goto(address)
        assert page.url == address
