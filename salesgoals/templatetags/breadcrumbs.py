"""``{% breadcrumbs "org:person_list" _("People") person.name %}``: the way from the home page to this one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _

register = template.Library()


@register.inclusion_tag("components/breadcrumbs.html")
def breadcrumbs(*path: Any, above: Iterable[Any] = ()) -> dict[str, Any]:
    """Pairs of address and label, then the label of this page, which is no link.

    An address is a route's name without arguments, or begins with "/". ``above`` are objects with ``url`` and
    ``name`` that stand before this page: the units over a unit. An even number of values is a way without the
    page itself, for pages whose heading we don't write.
    """
    crumbs = [(reverse("dashboards:home"), _("Home"))]
    for address, label in zip(path[::2], path[1::2], strict=False):
        crumbs.append((address if address.startswith("/") else reverse(address), str(label)))
    crumbs += [(each.url, each.name) for each in above]
    return {"crumbs": crumbs, "here": path[-1] if len(path) % 2 else ""}
