"""The frame's small parts: icons, form fields, browser files, the menu."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.staticfiles import finders
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.translation import gettext_lazy as _

from salesgoals import navigation, vendor_files
from salesgoals.navigation import Entry, menu_for
from salesgoals.templatetags import icons

ROOT = Path(settings.BASE_DIR)


@pytest.fixture
def node_modules(tmp_path: Path, settings: Any) -> Path:
    """A small stand-in for what npm installs, so that these tests need no node."""
    files = {
        "@tabler/core/dist/css/tabler.min.css": "body{}",
        "@tabler/core/dist/css/tabler-flags.css": "not served",
        "@tabler/icons/icons/outline/flag.svg": '<svg width="24">\n  <path d="M1 1" />\n</svg>',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    settings.NODE_MODULES = tmp_path
    icons._drawing.cache_clear()
    yield tmp_path
    icons._drawing.cache_clear()


def rendered(text: str, **context: Any) -> str:
    return Template(text).render(Context(context))


def test_icon_is_drawn_inline_and_hidden_from_screen_readers(node_modules):
    drawn = rendered('{% load icons %}{% icon "flag" "me-1" %}')
    assert '<path d="M1 1"/>' in drawn
    assert 'class="icon me-1"' in drawn
    assert 'aria-hidden="true"' in drawn


@pytest.mark.parametrize("name", ["../../etc/passwd", "<script>", ""])
def test_icon_takes_names_only(node_modules, name):
    with pytest.raises(ValueError, match="no icon"):
        icons.icon(name)


def test_missing_icon_keeps_its_place_empty(node_modules):
    assert "</svg>" in icons.icon("no-such-icon")


def test_every_icon_that_templates_name_exists():
    folder = ROOT / "node_modules/@tabler/icons/icons/outline"
    if not folder.is_dir():
        pytest.skip("npm packages are not installed")
    folders = [ROOT / "templates", *(ROOT / room / "templates" for room in settings.ROOMS)]
    texts = [path.read_text() for place in folders for path in place.rglob("*.html")]
    used = {name for text in texts for name in re.findall(r'{%\s*icon\s+["\']([^"\']+)["\']', text)}
    used |= {entry.icon for entry in navigation._flat(navigation.ENTRIES)}
    assert used
    assert [name for name in sorted(used) if not (folder / f"{name}.svg").is_file()] == []


def test_only_named_files_of_packages_are_served(node_modules):
    found = finders.find("vendor/tabler.min.css")
    assert found == str(node_modules / "@tabler/core/dist/css/tabler.min.css")
    assert finders.find("vendor/tabler-flags.css") is None
    assert vendor_files.VendorFinder().find("vendor/../../package.json") == []
    listed = [name for name, _storage in vendor_files.VendorFinder().list(())]
    assert listed == ["tabler.min.css", "plotly.min.js"]


def test_full_plotly_comes_from_the_wheel_and_fits_the_small_one():
    with Path(finders.find("vendor/plotly.min.js")).open() as full:
        head = full.read(200)
    small = json.loads((ROOT / "package.json").read_text())["dependencies"]["plotly.js-cartesian-dist-min"]
    assert f"plotly.js v{small}\n" in head


class SampleForm(forms.Form):
    amount = forms.IntegerField(label="Amount", help_text="in cents")
    kind = forms.ChoiceField(label="Kind", choices=[("a", "A")])
    agree = forms.BooleanField(label="Agree", required=False)
    days = forms.MultipleChoiceField(
        label="Days", choices=[("mon", "Monday")], required=False, widget=forms.CheckboxSelectMultiple
    )


def test_form_fields_wear_their_classes_labels_and_errors():
    form = SampleForm({"amount": "x", "kind": "a", "days": ["mon"]})
    text = rendered('{% include "components/form_fields.html" with form=form %}', form=form)
    assert re.search(r'<input[^>]*name="amount"[^>]*class="form-control is-invalid"', text)
    assert re.search(r'<select[^>]*class="form-select"', text)
    assert re.search(r'<input type="checkbox"[^>]*class="form-check-input"', text)
    assert re.search(r'<legend class="form-label\s*">Days</legend>', text)
    assert re.search(
        r'<input type="checkbox" class="form-check-input" name="days"[^>]*value="mon" checked>', text
    )
    assert 'for="id_amount"' in text
    assert "Enter a whole number." in text
    assert "in cents" in text


@pytest.fixture
def entries(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = (
        Entry(_("Sign in"), "login", "account_login"),
        Entry(_("Admin"), "settings", "admin:index", frozenset({"admin"})),
        Entry(_("Schema"), "api", "schema"),
        Entry(_("More"), "settings", roles=frozenset({"boss"}), below=(Entry(_("Docs"), "api", "api_docs"),)),
    )
    monkeypatch.setattr(navigation, "ENTRIES", shown)


def menu(path: str, *roles: str, user: Any = None) -> list[tuple[str, bool]]:
    request = RequestFactory().get(path)
    request.user = user or SimpleNamespace(is_authenticated=True)
    request.row_scope = SimpleNamespace(roles=frozenset(roles))
    return [(item.url or item.label, item.is_active) for item in menu_for(request)]


def test_menu_shows_what_the_role_may_open(entries):
    assert menu("/elsewhere", "rep") == [("/accounts/login/", False), ("/api/v1/schema/", False)]
    assert ("/admin/", False) in menu("/elsewhere", "admin")


def test_menu_marks_the_place_one_is_in(entries):
    assert menu("/accounts/login/sso/", "rep") == [("/accounts/login/", True), ("/api/v1/schema/", False)]


def test_group_is_active_with_a_place_in_it_and_hidden_with_its_role(entries):
    assert ("More", True) in menu("/api/v1/docs/", "boss")
    assert "More" not in dict(menu("/api/v1/docs/", "rep"))


def test_menu_is_empty_before_signing_in(entries):
    assert menu("/", user=AnonymousUser()) == []


def test_icons_of_every_row_are_drawn_once_on_the_sheet():
    assert '<use href="#icon-eye"/>' in rendered('{% load icons %}{% icon "eye" %}')
    sheet = rendered("{% load icons %}{% icon_sheet %}")
    assert all(f'id="icon-{name}"' in sheet for name in icons.OFTEN)
