"""What is wrong with a page for the people who use it: axe's findings and sideways scrolling."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import Resolver404, resolve

from salesgoals.context import THEME_COOKIE
from salesgoals.tests.browser import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

AXE = ROOT / "node_modules/axe-core/axe.min.js"
# WCAG 2.2 at level AA, and what axe calls good practice.
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# Pages of other people's packages, in their own dress.
FOREIGN = ("admin:", "api_docs", "schema")

READY = """
() => {
  for (const place of document.querySelectorAll("details")) place.open = true;
  const charts = [...document.querySelectorAll("[data-chart]")].filter((place) => place.offsetParent);
  return charts.every((place) => place.dataset.drawn || !document.getElementById(place.dataset.chart));
}
"""
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
RUN = """
async (tags) => {
  const only = { type: "tag", values: tags };
  const told = await axe.run(document, { runOnly: only, resultTypes: ["violations"] });
  const why = (node) => [...node.any, ...node.all, ...node.none].map((check) => check.message).join("; ");
  const fault = (rule, node) =>
    `${rule.id} at ${node.target.join(" ")}: ${why(node)}: ${node.html.slice(0, 160)}`;
  const more = ({ id, nodes }) => (nodes.length > 3 ? [`${id} at ${nodes.length} places in all`] : []);
  const first = (rule) => rule.nodes.slice(0, 3).map((node) => fault(rule, node));
  return told.violations.flatMap((rule) => [...first(rule), ...more(rule)]);
}
"""
# Names what reaches beyond the right edge though nothing around it scrolls.
WIDE = """
() => {
  const width = document.documentElement.clientWidth;
  const wanted = document.documentElement.scrollWidth;
  if (wanted <= width) return [];
  const scrolls = (place) => getComputedStyle(place).overflowX !== "visible";
  const left = (place) => place.getBoundingClientRect().left;
  const right = (place) => left(place) + Math.max(place.offsetWidth ?? 0, place.scrollWidth);
  const isInside = ({ parentElement: outer }) =>
    outer && outer !== document.body && (scrolls(outer) || isInside(outer));
  const wide = [...document.body.querySelectorAll("*")]
    .filter((place) => right(place) > width + 1 && !scrolls(place) && !isInside(place))
    .map((place) => place.outerHTML.slice(0, 120));
  return [`${wanted} px are wanted, ${width} there: ${wide.slice(-3)}`];
}
"""


@dataclass(frozen=True)
class Look:
    """One way to see a page."""

    width: int
    theme: str
    language: str

    def __str__(self) -> str:
        return f"{self.theme} {self.width} {self.language}"


LOOKS = (Look(1440, "light", "en"), Look(390, "dark", "zh-hans"))


@cache
def _axe_source() -> str:
    return AXE.read_text()


def context_of(browser: Browser, url: str, look: Look) -> BrowserContext:
    """A browser of its own that sees the site in one look, without motion."""
    return browser.new_context(
        base_url=url, viewport={"width": look.width, "height": 900}, reduced_motion="reduce"
    )


def put_on(context: BrowserContext, url: str, look: Look) -> None:
    """Choose a look by cookie; after the sign-in, which brings the account's own."""
    cookies = {THEME_COOKIE: look.theme, settings.LANGUAGE_COOKIE_NAME: look.language}
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])


def faults_of(page: Page) -> list[str]:
    """Each thing that axe finds on the open page with its charts drawn, and what is too wide for it."""
    page.wait_for_function(READY)
    page.evaluate(TWO_FRAMES)
    # Evaluated rather than added as a script: so the page's own security policy stays as strict as it is.
    page.evaluate(_axe_source())
    return [*page.evaluate(RUN, TAGS), *page.evaluate(WIDE)]


def is_in(page: Page, look: Look) -> bool:
    """Whether the page really came in this look: else the audit would say nothing about it."""
    worn = page.evaluate("[document.documentElement.dataset.bsTheme, document.documentElement.lang]")
    return bool(worn == [look.theme, look.language])


def route_of(path: str) -> str:
    """The route behind an address, empty unless it is a page of ours (and no file to keep)."""
    try:
        name = resolve(re.split("[?#]", path)[0]).view_name
    except Resolver404:
        return ""
    if re.search(r"\.(csv|xlsx)\b", path):
        return ""
    return "" if name.startswith(FOREIGN) or "_api:" in name else name
