"""``manage.py screenshots``: pictures of a running site, by role, size, theme, language."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from salesgoals.context import THEME_COOKIE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ACCOUNTS = ("rep", "manager", "director", "admin")


@dataclass(frozen=True)
class Look:
    """One way to see a page."""

    name: str
    width: int
    height: int
    theme: str
    language: str


LOOKS = (Look("desktop", 1280, 900, "light", "en"), Look("phone", 390, 844, "dark", "zh-hans"))


class Command(BaseCommand):
    """Sign in as each demo account and take a picture of each page its menu leads to."""

    help = "Take pictures of the pages of a running site (start ./run first) into screenshots/."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", default=settings.SITE_URL)
        parser.add_argument("--out", type=Path, default=settings.BASE_DIR / "screenshots")
        parser.add_argument(
            "--also", nargs="*", default=[], metavar="PATH", help="further pages, like /org/units/"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        from playwright.sync_api import Error, sync_playwright

        path = shutil.which("chromium") or shutil.which("chromium-browser")
        if path is None:
            raise CommandError("Chromium is not installed.")
        options["out"].mkdir(parents=True, exist_ok=True)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            try:
                for picture in _pictures(browser, options["url"], options["out"], options["also"]):
                    self.stdout.write(str(picture))
            except Error as error:
                raise CommandError(f"{options['url']}: {error.message.splitlines()[0]}") from error
            finally:
                browser.close()


def _pictures(browser: Browser, url: str, out: Path, also: list[str]) -> Iterator[Path]:
    for look in LOOKS:
        for account in ACCOUNTS:
            context = browser.new_context(
                base_url=url, viewport={"width": look.width, "height": look.height}, reduced_motion="reduce"
            )
            cookies = {THEME_COOKIE: look.theme, settings.LANGUAGE_COOKIE_NAME: look.language}
            context.add_cookies(
                [{"name": name, "value": value, "url": url} for name, value in cookies.items()]
            )
            page = context.new_page()
            for path in [*_sign_in(page, account), *also]:
                page.goto(path, wait_until="networkidle")
                name = path.split("?")[0].strip("/").replace("/", "-") or "home"
                file = out / f"{name}.{account}.{look.name}.png"
                page.screenshot(path=file, full_page=True)
                yield file
            context.close()


def _sign_in(page: Page, account: str) -> list[str]:
    """Sign in and return the addresses of the menu."""
    from salesgoals.demo.load import PASSWORD

    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(f"{account}@demo.example")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(lambda url: "/accounts/login" not in url)
    links = page.locator("#navbar-menu a[href^='/']")
    return [str(links.nth(at).get_attribute("href")) for at in range(links.count())]
