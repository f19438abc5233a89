"""What people do with the running product: each with the role they have, in a real browser."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from salesgoals.tests.browser import clean_env

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).resolve().parents[2]
TODAY = dt.datetime.now(ZoneInfo("Asia/Shanghai")).date()


def amount_of(text: str) -> float:
    """ "¥1,234.50" as a number."""
    return float(re.sub(r"[^\d.−-]", "", text).replace("−", "-"))


def test_a_rep_finds_the_own_progress_and_the_board_without_amounts(page_as):
    page = page_as("rep")
    expect(page.locator(".subheader").first).to_have_text("Sales")
    page.locator("[data-chart=progress-curve][data-drawn]").wait_for()
    page.goto("/board/")
    expect(page.get_by_text("me", exact=True)).to_be_visible()
    assert "¥" not in page.locator("main").inner_text()


def test_a_rep_cannot_open_the_team_or_a_colleague(page_as):
    page = page_as("rep")
    own = {int(n) for n in re.findall(r"person=(\d+)", page.content())}
    answers = {path: page.request.get(path).status for path in ("/units/1/", f"/people/{max(own) + 1}/")}
    assert set(answers.values()) == {404}


def test_a_manager_goes_from_the_team_to_a_person_to_the_deals_behind_a_figure(page_as):
    page = page_as("manager")
    table = page.locator("table.card-table").first
    row = table.locator("tbody tr").first
    name = row.locator("th a").inner_text()
    row.locator("th a").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    card = page.locator("a[data-figure]").first
    total = amount_of(card.get_attribute("title"))
    card.click()
    panel = page.locator("#side-panel")
    expect(panel.get_by_role("heading", name="Why this number")).to_be_visible()
    credited = panel.locator("#panel-facts tbody td:last-child")
    while panel.get_by_role("link", name="Older").count():
        pytest.fail("a month of one person should fit on a page")
    assert sum(amount_of(text) for text in credited.all_inner_texts()) == pytest.approx(total)


def test_metric_period_and_day_stay_in_the_address(page_as):
    page = page_as("director")
    page.get_by_text("Quarter", exact=True).click()
    page.wait_for_url("**period=quarter**")
    page.get_by_label("Metric", exact=True).select_option("collections")
    page.wait_for_url("**metric=collections**")
    page.get_by_label("As of", exact=True).fill((TODAY - dt.timedelta(days=40)).isoformat())
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**as_of=**")
    assert "period=quarter" in page.url
    expect(page.get_by_role("radio", name="Quarter")).to_be_checked()


def test_a_director_makes_distributes_and_publishes_a_plan(page_as):
    page = page_as("director")
    page.goto("/targets/")
    page.get_by_label("Fiscal year").fill(str(TODAY.year + 1))
    page.get_by_label("Name").fill("Next year")
    for box in page.locator("input[name=metrics]").all():
        box.set_checked(box.get_attribute("value") == "sales")
    page.get_by_role("button", name="Make the plan").click()
    page.get_by_label("Target of the year").fill("120000000")
    page.get_by_role("button", name="Set").click()
    expect(page.get_by_text("everything below follows")).to_be_visible()
    page.locator("#split-by").select_option("unit")
    page.get_by_role("button", name="Add children").click()
    weights = page.locator("input[name^=weight-]")
    # Four regions of the demo, and whatever another test has connected to the top unit.
    expect(weights.nth(3)).to_be_visible()
    weights.nth(0).fill(str(weights.count() - 1))
    page.get_by_role("button", name="Distribute and save").click()
    expect(page.get_by_text("the children sum to the target")).to_be_visible()
    amounts = page.locator("[data-amount]")
    first = amount_of(amounts.nth(0).input_value())
    assert sum(amount_of(each.input_value()) for each in amounts.all()) == 120_000_000
    assert first == 60_000_000
    amounts.nth(1).fill(str(amount_of(amounts.nth(1).input_value()) + 5_000_000))
    expect(page.locator("[data-gap]")).to_have_text("-5,000,000")
    page.get_by_role("button", name="Distribute and save").click()
    assert sum(amount_of(each.input_value()) for each in page.locator("[data-amount]").all()) == 120_000_000
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("targets are sound")).to_be_visible()
    page.get_by_role("button", name="Publish now").click()
    expect(page.get_by_text("published", exact=True).first).to_be_visible()
    expect(page.get_by_role("button", name="Distribute and save")).to_have_count(0)


def test_one_deal_by_rest_is_on_the_team_page_within_seconds(page_as, site, tmp_path_factory):
    page = page_as("manager")
    card = page.locator("a[data-figure]").first
    before = amount_of(card.get_attribute("title"))
    data_dir = next(path for path in tmp_path_factory.getbasetemp().iterdir() if path.name.startswith("site"))
    asked = [sys.executable, "manage.py", "create_token", "admin@demo.example", "--scopes", "crm"]
    made = subprocess.run(
        asked, cwd=ROOT, env=clean_env(data_dir), capture_output=True, text=True, check=True
    )
    token = made.stdout.strip().splitlines()[-1]
    body = {
        "name": "A late one",
        "stage": "won",
        "amount": "123456.78",
        "closed_on": TODAY.isoformat(),
        "owner": "SHA02",
        "product_line": "mid",
    }
    request = urllib.request.Request(
        f"{site}/api/v1/crm/opportunities/e2e/{os.getpid()}",
        data=json.dumps(body).encode(),
        method="PUT",
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    sent = time.monotonic()
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 201
    while time.monotonic() - sent < 10:
        page.reload()
        after = amount_of(page.locator("a[data-figure]").first.get_attribute("title"))
        if after == pytest.approx(before + 123456.78):
            return
    pytest.fail(f"the team page still shows {after}, wanted {before + 123456.78}")


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("who", ["rep", "director"])
def test_no_page_is_wider_than_the_screen(page_as, who, width):
    page = page_as(who)
    page.set_viewport_size({"width": width, "height": 844})
    for path in ("/", "/targets/"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
