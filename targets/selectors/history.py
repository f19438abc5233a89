"""The history of a target: who made, set, allocated, published and adjusted it, when and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from metrics.formats import PARTS_PER_MILLION
from metrics.models import Metric
from metrics.templatetags.figures import figure_text
from org.models import AuditEntry
from org.scope import Scope
from targets.models import CalibrationLine, Target
from targets.selectors.adjustments import calibrations_in_force, changed_months
from targets.selectors.strategy import ancestors_of
from targets.selectors.trees import SEGMENTS, targets_visible

_TARGET, _PLAN = Target._meta.label_lower, "targets.plan"
_PLAN_DEEDS = {
    "targets.plan.create": "flag",
    "targets.plan.copy": "copy",
    "targets.plan.submit": "eye",
    "targets.plan.publish": "lock",
}


@dataclass(frozen=True)
class Happening:
    """A moment of a target's history: an icon's name, what happened, its figures, and why."""

    at: dt.datetime
    icon: str
    words: str
    who: str = ""
    figures: str = ""
    reason: str = ""
    calibration_id: int | None = None


def target_history(target: Target, *, scope: Scope) -> list[Happening]:
    """What happened to a target, the newest first; as many queries as the tree has levels, and four.

    What was done to a target above is told without its amounts where that one is out of scope.
    """
    above = ancestors_of([target.pk])[target.pk]
    seen = set(targets_visible(scope=scope).filter(pk__in=above).values_list("pk", flat=True))
    happened = [*_of_target(target), *_of_above(target, above, seen), *_of_plan(target), *_adjusted(target)]
    return sorted(happened, key=lambda each: each.at, reverse=True)


def earlier_version(target: Target, *, scope: Scope) -> Target | None:
    """The same owner's target in the version that this plan was copied from, if one may see it."""
    if target.plan.based_on_id is None:
        return None
    same = {f"{kind}_id": getattr(target, f"{kind}_id") for kind in SEGMENTS}
    rows = targets_visible(scope=scope).filter(
        plan=target.plan.based_on_id,
        metric=target.metric_id,
        unit=target.unit_id,
        person=target.person_id,
        **same,
    )
    return rows.first()


def _entries(kind: str, ids: list[int]) -> Any:
    rows = AuditEntry.objects.filter(subject_type=kind, subject_id__in=[str(pk) for pk in ids])
    return rows.select_related("actor__person").order_by("-at")[:500]


def _of_target(target: Target) -> Iterator[Happening]:
    yield Happening(target.created_at, "plus", _("The target was made"))
    for entry in _entries(_TARGET, [target.pk]):
        before, after = entry.before or {}, entry.after or {}
        who, reason = _who(entry), entry.reason
        if entry.action == "targets.target.set":
            figures = _change(before.get("amount"), after.get("amount"), target.metric)
            yield Happening(entry.at, "pencil", _("Set by hand, and so locked"), who, figures, reason)
        elif entry.action == "targets.month.set":
            yield Happening(entry.at, "calendar", _("A month was set"), who, "", reason)
        elif entry.action == "targets.target.allocate":
            yield Happening(entry.at, "sitemap", _("Distributed among those below"), who, "", reason)
        elif entry.action == "targets.children.add":
            yield Happening(entry.at, "sitemap", _("Split"), who, "", reason)


def _of_above(target: Target, above: list[int], seen: set[int]) -> Iterator[Happening]:
    """What came from above: the share given by the parent, and changes further up that this one followed."""
    parent = above[0] if above else None
    for entry in _entries(_TARGET, above) if above else ():
        if entry.action == "targets.target.allocate" and entry.subject_id == str(parent):
            before = (entry.before or {}).get("children", {}).get(str(target.pk))
            after = (entry.after or {}).get("children", {}).get(str(target.pk))
            if after is not None and before != after:
                figures = _change(before, after, target.metric)
                words = _("Given its share of the target above")
                yield Happening(entry.at, "arrow-down", words, _who(entry), figures, entry.reason)
        elif entry.action in ("targets.target.set", "targets.target.allocate"):
            is_seen = int(entry.subject_id) in seen
            words = (
                _("A target above changed and this one followed: %(name)s") % {"name": entry.subject_name}
                if is_seen
                else _("A target above changed and this one followed")
            )
            yield Happening(entry.at, "arrow-down", words, _who(entry), "", entry.reason if is_seen else "")


def _of_plan(target: Target) -> Iterator[Happening]:
    words = {
        "targets.plan.create": _("The plan was made"),
        "targets.plan.copy": _("The plan was copied from the version before"),
        "targets.plan.submit": _("The plan was put up for review"),
        "targets.plan.publish": _("Published: from now on it only changes by calibration"),
    }
    for entry in _entries(_PLAN, [target.plan_id]):
        if entry.action in _PLAN_DEEDS:
            icon = _PLAN_DEEDS[entry.action]
            yield Happening(entry.at, icon, words[entry.action], _who(entry), "", entry.reason)


def _adjusted(target: Target) -> Iterator[Happening]:
    lines = CalibrationLine.objects.filter(target=target, calibration__in=calibrations_in_force())
    for line in lines.select_related("calibration__plan", "calibration__published_by__person"):
        row = line.calibration
        months = [
            f"{month.label}: {_text(before, target.metric)} → {_text(after, target.metric)}"
            for month, before, after in changed_months(line)
        ]
        words = _("Adjusted: %(title)s") % {"title": row.title}
        who, figures = _name(row.published_by), " · ".join(months)
        if row.published_at is not None:
            yield Happening(row.published_at, "adjustments", words, who, figures, row.reason, row.pk)


def _change(before: Any, after: Any, metric: Metric) -> str:
    if not isinstance(after, int):
        return ""
    if not isinstance(before, int):
        return _text(after, metric)
    return f"{_text(before, metric)} → {_text(after, metric)}"


def _text(value: int, metric: Metric) -> str:
    return figure_text(value / PARTS_PER_MILLION if metric.is_ratio else value, metric)


def _who(entry: AuditEntry) -> str:
    return _name(entry.actor)


def _name(user: Any) -> str:
    if user is None:
        return ""
    person = getattr(user, "person", None)
    return str(person.name if person is not None else user)
