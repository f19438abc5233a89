"""``{{ entry.action|deed }}``: the audit log in words, which each room keeps in its ``deeds.py``."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django import template
from django.conf import settings

register = template.Library()


@register.filter
def deed(action: str) -> str:
    """What was done, in words; the action's own name where nobody has named it."""
    return str(_words().get(action, action))


@lru_cache(maxsize=1)
def _words() -> dict[str, Any]:
    rooms = [room for room in settings.ROOMS if find_spec(f"{room}.deeds")]
    return {action: words for room in rooms for action, words in import_module(f"{room}.deeds").DEEDS.items()}
