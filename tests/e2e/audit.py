"""What is wrong with a page for the people who use it: axe's findings and sideways scrolling."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from django.urls import Resolver404, resolve

from salesgoals.tests.browser import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

AXE = ROOT / "node_modules/axe-core/axe.min.js"
# WCAG 2.2 AA, and of axe's good practices all but those about the page of somebody else.
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
FOREIGN = ("admin:", "api_docs", "schema", "account_logout")

RUN = """
async ({ tags }) => {
  for (const place of document.querySelectorAll("details")) place.open = true;
  const told = await axe.run(document, {
    runOnly: { type: "tag", values: tags }, resultTypes: ["violations"], elementRef: false,
  });
  return told.violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")} (${node.any.concat(node.all, node.none)
      .map((check) => check.message).join("; ")}) ${node.html.slice(0, 160)}`)
  );
}
"""
# What reaches beyond the right edge although nothing around it scrolls or clips.
WIDE = """
() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const clipped = (place) => {
    for (let at = place.parentElement; at && at !== document.body; at = at.parentElement)
      if (getComputedStyle(at).overflowX !== "visible") return true;
    return false;
  };
  const wide = [...document.body.querySelectorAll("*")].filter(
    (place) => place.getBoundingClientRect().right > width + 1 && !clipped(place));
  return [`scrolls sideways: ${document.documentElement.scrollWidth} > ${width}: ` +
    wide.slice(0, 3).map((place) => place.outerHTML.slice(0, 100)).join(" | ")];
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
def axe_source() -> str:
    """The text of axe-core, as npm installed it."""
    return AXE.read_text()


def context_of(browser: Browser, url: str, look: Look) -> BrowserContext:
    """A browser of its own that sees the site in one look, and without motion."""
    context = browser.new_context(
        base_url=url, viewport={"width": look.width, "height": 900}, reduced_motion="reduce"
    )
    cookies = {"salesgoals_theme": look.theme, "django_language": look.language}
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
    return context


def faults_of(page: Page) -> list[str]:
    """Each thing that axe finds on the open page, and what is too wide for it."""
    # Evaluated rather than added as a script: so the page's own security policy stays as strict as it is.
    page.evaluate(axe_source())
    return [*page.evaluate(RUN, {"tags": TAGS}), *page.evaluate(WIDE)]


def view_of(path: str) -> str:
    """The route behind an address of our own pages; empty for anything else."""
    try:
        name = resolve(path.partition("?")[0]).view_name
    except Resolver404:
        return ""
    return "" if name.startswith(FOREIGN) or "_api:" in name else name
