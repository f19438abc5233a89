"""The audit log speaks in words."""

import re
from pathlib import Path

from django.conf import settings

from org.templatetags.deeds import _words, deed

ROOMS = "|".join(settings.ROOMS)
ACTION = re.compile(rf'(?:action=|audit\(|, )"((?:{ROOMS})\.[a-z_]+\.[a-z_]+)"')


def test_every_deed_that_is_recorded_has_words():
    recorded = {
        action
        for room in settings.ROOMS
        for path in (Path(settings.BASE_DIR) / room / "services").rglob("*.py")
        for action in ACTION.findall(path.read_text())
    }
    assert len(recorded) > 20
    assert recorded - set(_words()) == set()


def test_a_deed_without_words_shows_its_own_name():
    assert deed("org.unit.move") == "unit moved"
    assert deed("plugin.thing.done") == "plugin.thing.done"
