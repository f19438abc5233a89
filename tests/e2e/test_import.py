"""Importing in a real browser: a dropped file is tried, applied and undone, a huge one is refused."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.e2e

DROP = """([name, text]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([text], name, { type: "text/csv" }));
  const zone = document.querySelector("[data-drop]");
  for (const kind of ["dragover", "drop"])
    zone.dispatchEvent(new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true }));
}"""
HUGE = """(size) => {
  const carried = new DataTransfer();
  carried.items.add(new File([new Uint8Array(size)], "huge.csv", { type: "text/csv" }));
  const zone = document.querySelector("[data-drop]");
  zone.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
}"""


def test_a_dropped_file_is_tried_applied_and_undone(page_as):
    page = page_as("admin")
    name = f"Dropped {time.time_ns()}"
    page.goto("/crm/imports/")
    page.get_by_label("What does it list?").select_option("accounts")
    page.evaluate(DROP, ["customers.csv", f"number,name,industry\nd-1,{name},retail\n,,\nd-2,,retail\n"])
    assert page.locator("#id_file").evaluate("input => input.files[0].name") == "customers.csv"
    page.get_by_role("button", name="Upload").click()
    page.wait_for_url(re.compile(r"/crm/imports/\d+/$"))
    page.get_by_role("button", name="Try it").click()
    refused = page.get_by_role("button", name="Import the 1 valid row")
    expect(refused).to_be_visible(timeout=30_000)
    expect(page.locator("main")).to_contain_text(name)
    refused.click()
    undo = page.get_by_role("button", name="Undo the import")
    expect(undo).to_be_visible(timeout=30_000)
    undo.click()
    page.get_by_role("dialog").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("every record is as it was before")).to_be_visible(timeout=30_000)


def test_a_file_of_200_mb_is_refused_before_it_is_sent(page_as):
    page = page_as("admin")
    page.goto("/crm/imports/")
    page.evaluate(HUGE, 200_000_000)
    expect(page.locator("[data-drop-problem]")).to_contain_text("larger than 50 MB")
    page.get_by_role("button", name="Upload").click()
    assert page.url.endswith("/crm/imports/")
