"""Catalogues: nothing marked is missed, nothing translated is lost, nothing wrong passes the check."""

from __future__ import annotations

import gettext
from pathlib import Path

import polib
import pytest

from salesgoals import translations

PYTHON = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext
title = _("Team target")
def f(n):
    # Translators: shown under the chart
    a = _("behind plan")
    return a, ngettext("%(n)d deal", "%(n)d deals", n), pgettext("month", "May"), "not marked"
"""
TEMPLATE = """
{% load i18n %}
<div>
    <p title="{% translate "Close" %}">it's {{ x|default:_("none") }}</p>
  {% blocktranslate count counter=n trimmed %}
      {{ counter }} rep
  {% plural %}
      {{ counter }} reps
  {% endblocktranslate %}
        {% blocktranslate %}Hello {{ name }}{% endblocktranslate %}
</div>
"""
PLURALS = "nplurals=1; plural=0;"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "room/tests").mkdir(parents=True)
    (tmp_path / "room/models.py").write_text(PYTHON)
    (tmp_path / "room/tests/test_x.py").write_text('_("only in a test")')
    (tmp_path / "templates/room").mkdir(parents=True)
    (tmp_path / "templates/room/page.html").write_text(TEMPLATE)
    return tmp_path


@pytest.fixture
def po(tree: Path) -> Path:
    path = translations.catalogue_path(tree / "locale", "zh-hans")
    translations.update(path, gathered(tree), plural_forms=PLURALS)
    return path


def gathered(tree: Path) -> dict[translations.Key, translations.Message]:
    return translations.messages_in(tree, ["room", "templates"])


def translate(path: Path, **by_text: str) -> None:
    """Translate every entry of a catalogue, by ``by_text`` or to a default that keeps the placeholders."""
    catalogue = polib.pofile(str(path))
    for entry in catalogue:
        if entry.msgid_plural:
            entry.msgstr_plural = {0: by_text.get(entry.msgid, entry.msgid_plural)}
        else:
            entry.msgstr = by_text.get(entry.msgid, entry.msgid)
    catalogue.save()


def test_texts_of_code_and_templates_are_gathered_with_plurals_and_contexts(tree):
    found = gathered(tree)
    assert {key: message.plural for key, message in found.items()} == {
        ("", "Team target"): "",
        ("", "behind plan"): "",
        ("", "%(n)d deal"): "%(n)d deals",
        ("month", "May"): "",
        ("", "Close"): "",
        ("", "none"): "",
        ("", "%(counter)s rep"): "%(counter)s reps",
        ("", "Hello %(name)s"): "",
    }
    assert found["", "Close"].files == {"templates/room/page.html"}
    assert found["", "behind plan"].comments == {"Translators: shown under the chart"}


def test_extracting_again_keeps_translations_and_drops_what_is_gone(tree, po):
    translate(po, Close="关闭")
    (tree / "room/models.py").write_text('_("New text")')
    translations.update(po, gathered(tree), plural_forms=PLURALS)
    entries = {entry.msgid: entry.msgstr for entry in polib.pofile(str(po))}
    assert entries["Close"] == "关闭"
    assert entries["New text"] == ""
    assert "Team target" not in entries


def test_complete_catalogue_has_no_faults(tree, po):
    translate(po)
    assert translations.faults(po, gathered(tree)) == []


def test_catalogue_that_does_not_exist_is_a_fault(tree):
    path = translations.catalogue_path(tree / "locale", "zh-hans")
    assert translations.faults(path, gathered(tree)) == ["there is no django.po for zh_Hans"]


def test_each_kind_of_fault_is_told(tree, po):
    translate(po, **{"Hello %(name)s": "你好", "%(n)d deal": "单", "Close": ""})
    catalogue = polib.pofile(str(po))
    catalogue.find("none").flags.append("fuzzy")
    catalogue.append(polib.POEntry(msgid="Old words", msgstr="旧"))
    catalogue.remove(catalogue.find("Team target"))
    catalogue.save()
    assert sorted(translations.faults(po, gathered(tree))) == [
        "fuzzy: 'none'",
        "missing: 'Team target' (room/models.py)",
        "no longer used: 'Old words'",
        "other placeholders: '%(n)d deal' / '单'",
        "other placeholders: 'Hello %(name)s' / '你好'",
        "untranslated: 'Close'",
    ]


def test_compiled_catalogue_speaks(tree, po):
    translate(po, Close="关闭", **{"%(n)d deal": "%(n)d 单"})
    (mo,) = translations.compile_all(tree / "locale")
    with mo.open("rb") as file:
        spoken = gettext.GNUTranslations(file)
    assert spoken.gettext("Close") == "关闭"
    assert spoken.ngettext("%(n)d deal", "%(n)d deals", 3) % {"n": 3} == "3 单"
