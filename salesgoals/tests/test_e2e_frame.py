"""The frame in a real browser: sign-in, theme, language, phone, charts, all under the strict policy."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time

import pytest

from salesgoals.tests.browser import PHONE, ROOT, clean_env, free_port, wait_for_page

pytestmark = pytest.mark.e2e

CHART = """
() => {
  const figure = {
    data: [{type: "bar", x: ["a", "b"], y: [1, 2], marker: {color: "var(--tblr-primary)"}}],
    layout: {height: 240},
  };
  const place = document.createElement("section");
  place.innerHTML = '<div class="chart" data-chart="probe"></div>';
  const source = document.createElement("script");
  source.type = "application/json";
  source.id = "probe";
  source.textContent = JSON.stringify(figure);
  place.append(source);
  document.body.append(place);
  document.dispatchEvent(new CustomEvent("htmx:afterSettle", {detail: {elt: place}}));
}
"""
INLINE_SCRIPT = """
() => {
  document.addEventListener("securitypolicyviolation", () => { window.refused = true });
  const script = document.createElement("script");
  script.text = "window.ran = true";
  document.head.append(script);
}
"""
FONT_COLOUR = "() => document.querySelector('[data-chart]')._fullLayout.font.color"
BAR_COLOUR = "() => document.querySelector('[data-chart]').data[0].marker.color"


def test_wrong_password_is_told_and_the_right_one_lets_in_and_out(page, page_as):
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill("rep@demo.example")
    page.get_by_label("Password").fill("not the password")
    page.locator("main form button[type=submit]").click()
    page.locator(".alert-danger").wait_for()
    page_as("rep")
    assert page.locator("#navbar-menu .nav-item").count() >= 1
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto("/")
    assert "/accounts/login/" in page.url


def test_theme_is_remembered_by_the_server(page):
    page.goto("/accounts/login/")
    page.get_by_label("Dark theme").click()
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    answer = page.reload()
    assert 'data-bs-theme="dark"' in answer.text()


def test_language_is_switched_at_once(page):
    page.goto("/accounts/login/")
    page.get_by_label("Language").select_option("zh-hans")
    page.locator("html[lang=zh-hans]").wait_for()


def test_phone_has_a_menu_and_no_sideways_scrolling(page, page_as):
    page.set_viewport_size(PHONE)
    page_as("rep")
    page.get_by_role("button", name="Menu", exact=True).click()
    page.locator("#navbar-menu.show .nav-link").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_chart_is_drawn_after_a_swap_in_the_colours_of_the_theme(page):
    page.goto("/accounts/login/")
    page.evaluate(CHART)
    page.locator("[data-chart] .bars path").first.wait_for()
    light = page.evaluate(FONT_COLOUR)
    assert page.evaluate(BAR_COLOUR).startswith("rgba(")
    page.get_by_label("Dark theme").click()
    page.wait_for_function(f"before => ({FONT_COLOUR})() !== before", arg=light)


def test_inline_script_is_refused_by_the_policy(chromium, site):
    page = chromium.new_page(base_url=site)  # not `page`, which fails a test whose console tells an error
    page.goto("/accounts/login/")
    page.evaluate(INLINE_SCRIPT)
    page.wait_for_function("() => window.refused")
    assert page.evaluate("() => window.ran") is None
    page.close()


def test_second_start_is_quick_and_ctrl_c_stops_everything(tmp_path):
    def start() -> tuple[subprocess.Popen[bytes], float]:
        began = time.monotonic()
        with log.open("ab") as out:
            argv = [sys.executable, "run", "--port", str(port), "--no-demo"]
            process = subprocess.Popen(argv, cwd=ROOT, env=clean_env(tmp_path), stdout=out, stderr=out)
        wait_for_page(f"http://127.0.0.1:{port}/accounts/login/", process, log)
        return process, time.monotonic() - began

    port, log = free_port(), tmp_path / "run.log"
    # The first start sets up; the quickest of three later ones tells what the product needs, not what else
    # the machine was doing.
    quickest = float("inf")
    for attempt in range(4):
        process, seconds = start()
        quickest = min(quickest, seconds) if attempt else quickest
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0
        if quickest < 5:
            return
    assert quickest < 5
