"""Saved filters: kept, renamed, made the default, deleted. They are a preference, so no audit entry."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.db import transaction

from common.errors import Invalid, NotFound, gettext_noop
from org.calc.queries import filter_query
from org.models import SavedFilter, User

MOST = 30


@lru_cache(maxsize=1)
def filtered_lists() -> dict[str, Any]:
    """Lists whose filters can be saved, by the name of their address; rooms name theirs in ``lists.py``."""
    rooms = [room for room in settings.ROOMS if find_spec(f"{room}.lists")]
    return {page: words for room in rooms for page, words in import_module(f"{room}.lists").LISTS.items()}


@transaction.atomic
def saved_filter_keep(
    *, user: User, page: str, name: str, query: str, is_default: bool = False
) -> SavedFilter:
    """Keep the filters of a list under a name; one of that name holds these from now on.

    Raises Invalid for an unknown list, no or too long a name, no filters, and more than 30 for one list.
    """
    if page not in filtered_lists():
        raise Invalid(gettext_noop("The filters of this list can't be saved."), field="page")
    mine = _locked(user, page)
    name, kept = _name(name), _query(query)
    found = mine.filter(name=name).first()
    if found is None and mine.count() >= MOST:
        message = gettext_noop("A list has at most %(max)s saved filters; delete one first.")
        raise Invalid(message, field="name", params={"max": MOST})
    if is_default:
        mine.update(is_default=False)
    saved = found or SavedFilter(user=user, page=page, name=name)
    saved.query, saved.is_default = kept, is_default or saved.is_default
    saved.save()
    return saved


@transaction.atomic
def saved_filter_rename(*, user: User, pk: int, name: str) -> SavedFilter:
    """Give an own saved filter another name; raises NotFound, and Invalid for a name that is taken."""
    saved = _own(user, pk)
    name = _name(name)
    if SavedFilter.objects.filter(user=user, page=saved.page, name=name).exclude(pk=pk).exists():
        message = gettext_noop("You have a saved filter “%(name)s” for this list already.")
        raise Invalid(message, field="name", params={"name": name})
    saved.name = name
    saved.save(update_fields=["name"])
    return saved


@transaction.atomic
def saved_filter_default(*, user: User, pk: int, is_default: bool) -> SavedFilter:
    """Let the list open with an own saved filter, or no longer; raises NotFound."""
    saved = _own(user, pk)
    _locked(user, saved.page).update(is_default=False)
    saved.is_default = is_default
    saved.save(update_fields=["is_default"])
    return saved


@transaction.atomic
def saved_filter_delete(*, user: User, pk: int) -> SavedFilter:
    """Delete an own saved filter; raises NotFound. Returns what it was."""
    saved = _own(user, pk)
    SavedFilter.objects.filter(pk=pk).delete()
    return saved


def _own(user: User, pk: int) -> SavedFilter:
    saved: SavedFilter | None = SavedFilter.objects.filter(user=user, pk=pk).first()
    if saved is None:
        raise NotFound(gettext_noop("There is no such saved filter."))
    return saved


def _locked(user: User, page: str) -> Any:
    """The user's saved filters of a list; their account is locked, so that two at once count each other."""
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    return SavedFilter.objects.filter(user=user, page=page)


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > 60 or "\x00" in name:
        raise Invalid(gettext_noop("Give a name of 1 to 60 characters."), field="name")
    return name


def _query(query: str) -> str:
    try:
        kept = filter_query(query)
    except ValueError:
        kept = ""
    if not kept or len(kept) > 2000:
        raise Invalid(gettext_noop("Choose filters or an order first, then save them."), field="query")
    return kept
