"""Phone numbers and web addresses as links: ``{% load crm_contacts %}{{ row.website|web_address }}``."""

from __future__ import annotations

import re

from django import template

from crm.calc import keys

register = template.Library()


@register.filter
def web_address(website: str) -> str:
    """Where a website's link leads, or "" where the text is no web address."""
    return keys.web_address(website)


@register.filter
def dialled(phone: str) -> str:
    """A phone number as a ``tel:`` link: digits and a leading plus, or "" for a text without digits."""
    digits = re.sub("[^0-9]", "", phone)
    plus = "+" if phone.strip().startswith(("+", "(+")) else ""
    return f"tel:{plus}{digits}" if digits else ""
