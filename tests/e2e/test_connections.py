"""An administrator connects Odoo in the browser, reads it, and sees that both sides agree."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from crm.tests import odoo_server as odoo

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.e2e


def test_administrator_connects_odoo_reads_it_and_sees_that_both_agree(
    page_as: Callable[[str], Page],
) -> None:
    from playwright.sync_api import expect

    day = dt.datetime.now(dt.UTC).replace(day=1, hour=6, minute=0, second=0)
    closed = day.strftime("%Y-%m-%d %H:%M:%S")
    rows = odoo.shop()
    rows["res.company"][0]["currency_id"] = odoo.CNY
    rows["crm.lead"] += [
        odoo.won(1, 12500.5, closed, name="Showroom", company_currency=odoo.CNY, user_id=[7, "Wang Fang"]),
        odoo.lead(2, "Kitchens", company_currency=odoo.CNY, expected_revenue=300.0),
    ]
    with odoo.odoo_server(rows) as server:
        page = page_as("admin")
        page.goto("/crm/connections/")
        page.get_by_role("link", name="New connection").first.click()
        page.get_by_role("link", name=re.compile("Odoo 16")).click()
        page.get_by_label("Address").fill(server.url)
        page.get_by_label("Database").fill(odoo.DATABASE)
        page.get_by_label("User", exact=True).fill(odoo.LOGIN)
        page.get_by_label("API key").fill("mistyped")
        page.get_by_role("button", name="Test connection").click()
        expect(page.get_by_text("Odoo refuses the user or the API key.")).to_be_visible()
        page.get_by_label("API key").fill(odoo.API_KEY)
        page.get_by_role("button", name="Test connection").click()
        expect(page.get_by_text("Connected as Sync (sync@shop.example), Odoo 17.0.")).to_be_visible()
        page.get_by_role("button", name="Save").click()

        expect(page.get_by_role("heading", name="What means what")).to_be_visible()
        expect(page.get_by_label("Qualified")).to_have_value("qualified")
        page.get_by_role("button", name="Save").click()

        page.get_by_role("button", name="Run now").click()
        expect(page.get_by_role("heading", name="What is read")).to_be_visible(timeout=60_000)
        expect(page.get_by_text(re.compile(r"^\d+ new")).first).to_be_visible(timeout=60_000)

        page.get_by_role("link", name="Comparison").click()
        page.get_by_role("button", name="Compare now").click()
        won = page.get_by_role("region", name="Won deals by month of closing")
        for _attempt in range(30):
            page.wait_for_timeout(1_000)
            page.reload()
            if won.count():
                break
        expect(won.get_by_text("agrees")).to_be_visible()
        won.get_by_role("link", name="1").click()
        page.get_by_role("link", name="Showroom").click()
        expect(page.get_by_role("heading", name="Showroom")).to_be_visible()
        assert odoo.API_KEY not in page.content()
