"""``manage.py screenshots``: pictures of a running demo company, by role, page, size, theme and language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from salesgoals.browse import EVERY_LOOK, Look, chromium_path, opened, walk

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ACCOUNTS = ("rep", "manager", "director", "finance", "admin")
# Each theme and language, at the desk and on a phone; --every-look takes the other four pairs too.
LOOKS = (
    Look(1440, "light", "en"),
    Look(1440, "dark", "zh-hans"),
    Look(390, "light", "zh-hans"),
    Look(390, "dark", "en"),
)
# Forms and pages about one's own account: --all shows them too.
LESSER = ("_create", "_edit", "_assignments", "org:profile", "org:preferences", "account_", "mfa_")
STYLE = """
body { font: 14px system-ui; margin: 2rem; }
section { display: flex; flex-wrap: wrap; gap: 1rem; align-items: start; }
figure { margin: 0; width: 15rem; }
img { width: 100%; max-height: 20rem; object-fit: cover; object-position: top; border: 1px solid #ccc; }
"""


class Command(BaseCommand):
    """Sign in as each demo account, follow the links and take a picture of each page."""

    help = "Take pictures of the pages of a running site (start ./run first) into screenshots/."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", default=settings.SITE_URL)
        parser.add_argument("--out", type=Path, default=settings.BASE_DIR / "screenshots")
        parser.add_argument("--as", nargs="*", dest="accounts", default=ACCOUNTS, choices=ACCOUNTS)
        parser.add_argument("--every-look", action="store_true", help="all eight, not four, ways to look")
        parser.add_argument("--all", action="store_true", help="forms and pages of one's account too")
        parser.add_argument(
            "--also", nargs="*", default=[], metavar="PATH", help="further pages, like /?period=year"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        from playwright.sync_api import Error, sync_playwright

        path = chromium_path()
        if path is None:
            raise CommandError("Chromium is not installed.")
        out: Path = options["out"]
        taken = []
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            try:
                for look in EVERY_LOOK if options["every_look"] else LOOKS:
                    for account in options["accounts"]:
                        for picture in _pictures(browser, look, account, options):
                            self.stdout.write(str(picture))
                            taken.append(picture.relative_to(out))
            except Error as error:
                raise CommandError(f"{options['url']}: {error.message.splitlines()[0]}") from error
            finally:
                browser.close()
        (out / "index.html").write_text(contact_sheet(taken))
        self.stdout.write(str(out / "index.html"))


def _pictures(browser: Browser, look: Look, account: str, options: dict[str, Any]) -> Iterator[Path]:
    folder: Path = options["out"] / account
    folder.mkdir(parents=True, exist_ok=True)
    with opened(browser, options["url"], look, account) as page:
        for route, _path, _answer in walk(page, set()):
            if options["all"] or not any(part in route for part in LESSER):
                yield _picture(page, folder / f"{route.replace(':', '-')}.{look}.png")
        for path in options["also"]:
            page.goto(path)
            name = path.strip("/?").replace("/", "-").replace("?", "-") or "home"
            yield _picture(page, folder / f"{name}.{look}.png")


def _picture(page: Page, file: Path) -> Path:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=file, full_page=True)
    return file


def contact_sheet(pictures: Iterable[Path]) -> str:
    """A page that shows all pictures small, by account and page; each opens in full."""
    groups: dict[str, list[Path]] = {}
    for picture in pictures:
        groups.setdefault(f"{picture.parent}: {picture.name.partition('.')[0]}", []).append(picture)
    parts = [
        f"<h2>{escape(title)}</h2><section>{''.join(map(_figure, files))}</section>"
        for title, files in sorted(groups.items())
    ]
    head = f'<meta charset="utf-8"><title>SalesGoals</title><style>{STYLE}</style>'
    return f'<!DOCTYPE html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>'


def _figure(file: Path) -> str:
    look = escape(file.name.split(".")[1])
    link = escape(file.as_posix())
    image = f'<img src="{link}" alt="{escape(file.stem)}" loading="lazy">'
    return f'<figure><a href="{link}">{image}</a><figcaption>{look}</figcaption></figure>'
