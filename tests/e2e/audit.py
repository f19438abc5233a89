"""What is wrong with a page for the people who use it: axe's findings and sideways scrolling."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from salesgoals.browse import Look
from salesgoals.tests.browser import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = ROOT / "node_modules/axe-core/axe.min.js"
# WCAG 2.2 at level AA, and what axe calls good practice.
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

READY = """
() => {
  for (const place of document.querySelectorAll("details")) place.open = true;
  const charts = [...document.querySelectorAll("[data-chart]")].filter((place) => place.offsetParent);
  return charts.every((place) => place.dataset.drawn || !document.getElementById(place.dataset.chart));
}
"""
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
RUN = """
async ([within, tags]) => {
  const only = { type: "tag", values: tags };
  const told = await axe.run(within, { runOnly: only, resultTypes: ["violations"] });
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


@cache
def _axe_source() -> str:
    return AXE.read_text()


def faults_of(page: Page, within: str = "html") -> list[str]:
    """What axe finds on the page (or in a part of it) with its charts drawn, and what is too wide for it."""
    page.wait_for_function(READY)
    page.evaluate(TWO_FRAMES)
    # Evaluated rather than added as a script: so the page's own security policy stays as strict as it is.
    page.evaluate(_axe_source())
    return [*page.evaluate(RUN, [within, TAGS]), *too_wide(page)]


def too_wide(page: Page) -> list[str]:
    """What makes the page scroll sideways, if it does."""
    found: list[str] = page.evaluate(WIDE)
    return found


def is_in(page: Page, look: Look) -> bool:
    """Whether the page really came in this look: else the audit would say nothing about it."""
    worn = page.evaluate("[document.documentElement.dataset.bsTheme, document.documentElement.lang]")
    return bool(worn == [look.theme, look.language])
