"""What a calibration does to each owner: what is achieved and left of the year, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.conf import settings

from metrics.models import Metric
from metrics.selectors import period_sums
from org.scope import Scope
from org.selectors import company_today
from targets.models import Calibration, CalibrationLine, Plan


@dataclass(frozen=True)
class Effect:
    """Achieved so far, and the year's target before and after; stored units of the metric."""

    metric: Metric
    actual: int
    before: int
    after: int

    @property
    def completion_before(self) -> float | None:
        return self.actual / self.before if self.before > 0 else None

    @property
    def completion_after(self) -> float | None:
        return self.actual / self.after if self.after > 0 else None

    @property
    def left_before(self) -> int:
        return max(0, self.before - self.actual)

    @property
    def left_after(self) -> int:
        return max(0, self.after - self.actual)


def effects_of(plan: Plan, lines: Sequence[CalibrationLine], *, scope: Scope) -> dict[int, Effect]:
    """The effect on the owner of each line (by its place); of whole additive targets. Two queries a metric.

    A target of a segment is left out: what its owner achieved elsewhere does not count for it.
    """
    span = (plan.starts_on, max(plan.starts_on, min(plan.ends_on, company_today())))
    wanted: dict[tuple[Metric, str], dict[int, int]] = {}
    for at, line in enumerate(lines):
        target = line.target
        if target is None or not line.is_additive or _has_segment(target):
            continue
        kind, owner = ("persons", target.person_id) if target.person_id else ("units", target.unit_id)
        wanted.setdefault((target.metric, kind), {})[at] = owner or 0
    effects: dict[int, Effect] = {}
    for (metric, kind), owners in wanted.items():
        asked: dict[str, Any] = {kind: sorted(set(owners.values()))}
        frame = period_sums([metric], scope=scope, windows=[span], **asked)
        sums = {
            int(owner): int(value) for owner, value in zip(frame["owner_id"], frame["numerator"], strict=True)
        }
        for at, owner in owners.items():
            line = lines[at]
            effects[at] = Effect(metric, sums.get(owner, 0), sum(line.before), sum(line.after))
    return effects


def _has_segment(target: Any) -> bool:
    return bool(target.product_line_id or target.region_id or target.customer_type_id)


@dataclass(frozen=True)
class EffectTable:
    """What a higher room says of a calibration: a title, heads and rows of texts."""

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]


def effect_tables(
    calibration: Calibration, lines: Sequence[CalibrationLine], *, scope: Scope
) -> list[EffectTable]:
    """What rooms above add: each may name callables in ``EFFECTS`` of its ``calibration_effects``."""
    tables: list[EffectTable] = []
    for room in settings.ROOMS:
        if find_spec(f"{room}.calibration_effects"):
            for effect in import_module(f"{room}.calibration_effects").EFFECTS:
                tables += effect(calibration, lines, scope=scope)
    return tables
