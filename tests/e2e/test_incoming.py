"""An administrator sets up an incoming webhook, the other system pushes a deal, and there it is."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import expect

pytestmark = pytest.mark.e2e
DEAL = {
    "event": "deal.updated",
    "current": {
        "id": 4711,
        "title": "Kitchen of the Astoria",
        "value": 125000.5,
        "currency": "CNY",
        "status": "won",
        "close_date": "2026-03-05",
        "rep": "SHA02",
    },
}


def push(address: str, secret: str, body: object) -> int:
    """What curl would do."""
    headers = {"Content-Type": "application/json", "X-Token": secret}
    request = urllib.request.Request(address, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize("width", [1440, 390])
def test_a_pushed_deal_is_seen_as_a_deal(page_as, site, width):
    page = page_as("admin")
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("/crm/incoming/new/")
    page.get_by_label("Name", exact=False).first.fill(f"Pipe {width}")
    page.get_by_label("Source").fill(f"pipe{width}")
    page.get_by_label("Secret in a header").check()
    page.get_by_label("Header", exact=True).fill("X-Token")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Show the secret").click()
    path = page.locator("#address").inner_text().partition("/api/")[2]
    address = f"{site}/api/{path}"
    secret = page.locator("details code").last.inner_text()
    assert push(address, "nonsense", DEAL) == 401
    assert push(address, secret, DEAL) == 202

    page.get_by_role("link", name="Fields and test").click()
    expect(page.get_by_label("Amount", exact=True)).to_have_value("current.value")
    page.get_by_label("Owner (number, e-mail or name)", exact=True).click()
    page.get_by_role("button", name="current.rep").click()
    expect(page.get_by_text("Nothing of this has been written.")).to_be_visible()
    expect(page.get_by_text("new", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Save").click()

    until = time.monotonic() + 15
    while not page.get_by_text("1 new").count() and time.monotonic() < until:
        page.reload()
    expect(page.get_by_text("1 new").first).to_be_visible()
    page.goto("/crm/opportunities/?q=Astoria")
    row = page.get_by_role("row").filter(has_text="Kitchen of the Astoria").first
    expect(row).to_contain_text("125")
