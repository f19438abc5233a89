"""From an empty installation to a published plan, in a real browser, with nothing but the examples."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from salesgoals.tests.browser import ROOT, clean_env, free_port, wait_for_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.e2e
LINK = re.compile(r"http://\S+/org/first/\S+")
PASSWORD = "long-enough-and-odd"


@pytest.fixture(scope="module")
def first_link(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What `./run --no-demo` prints for the first administrator, while it runs."""
    data_dir = tmp_path_factory.mktemp("empty")
    log = data_dir / "up.log"
    port = free_port()
    env = clean_env(data_dir) | {"SALESGOALS_STATIC_ROOT": str(data_dir / "static")}
    asked = [sys.executable, "manage.py", "up", "--no-demo", "--port", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(asked, cwd=ROOT, env=env, stdout=out, stderr=out)
    try:
        wait_for_page(f"http://127.0.0.1:{port}/healthz", process, log)
        deadline = time.monotonic() + 30
        while not (found := LINK.search(log.read_text())) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert found, log.read_text()[-2000:]
        yield found[0]
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A fresh page; the test fails if its console tells an error."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(30_000)
    told: list[str] = []
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert told == []


def expect_step(page: Page, number: int, title: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{number}. {title}")
    expect(page.locator("[aria-current=step]")).to_contain_text(title)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def example(page: Page) -> None:
    """Fill in the step's example; nothing of it is saved by that."""
    page.get_by_role("link", name="Fill in an example").click()
    expect(page.get_by_text("This is an example to look at")).to_be_visible()


def sales_of_the_year(page: Page) -> str:
    """The figure on the first card of the company's year."""
    page.goto(page.url.partition("?")[0] + "?period=year&metric=sales")
    return page.locator("a[data-figure]").first.inner_text()


def test_the_examples_alone_lead_from_nothing_to_a_published_plan(page, first_link):
    page.goto(first_link)
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("E-mail").fill("ada@firm.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    press(page, "Create the account")
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up SalesGoals")
    page.get_by_role("link", name="Begin: Company and calendar").click()

    expect_step(page, 1, "Company and calendar")
    example(page)
    expect(page.get_by_label("Name")).to_have_value("Northwind Kitchens")
    press(page, "Save and go on")

    expect_step(page, 2, "People")
    example(page)
    table = page.get_by_role("textbox", name="Table")
    table.fill(table.input_value().replace("noah@example.com", "noah at example"))
    press(page, "Check the table")
    expect(page.get_by_role("alert")).to_contain_text("Line 5, e-mail:")
    table.fill(table.input_value().replace("noah at example", "noah@example.com"))
    press(page, "Check the table")
    press(page, "Import 8 people")

    expect_step(page, 3, "Metrics")
    example(page)
    press(page, "Save and go on")

    expect_step(page, 4, "Sales facts")
    example(page)
    press(page, "Check the table")
    expect(page.locator("#trial")).to_contain_text(re.compile(r"[0-9]+ deals,\s+[0-9]+ of them won"))
    page.get_by_role("button", name=re.compile("Load [0-9]+ deals")).click()

    expect_step(page, 5, "First plan")
    example(page)
    press(page, "See how it spreads")
    expect(page.get_by_role("row", name="Olivia Grant")).to_contain_text("300,000.00")
    press(page, "Publish the plan")
    expect(page.get_by_text("Everything is set up")).to_be_visible()

    page.get_by_role("link", name="See the company").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Northwind Kitchens")
    expect(page.get_by_text("steps done")).to_have_count(0)
    expect(page.get_by_role("link", name="North", exact=True).first).to_be_visible()
    deadline = time.monotonic() + 30
    while (sales := sales_of_the_year(page)) == "$0" and time.monotonic() < deadline:
        time.sleep(1)  # the worker counts what was loaded
    assert re.fullmatch(r"\$[1-9][0-9.]*[KM]", sales)


def test_the_link_is_used_up(page, first_link):
    answer = page.request.get(first_link)
    assert answer.status == 404
    assert "no longer valid" in answer.text()
