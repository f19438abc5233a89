"""Builders of calibrations, taken as far along their way as a test needs; made through the services."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from targets.models import Calibration, Plan, Target
from targets.services import (
    CalibrationAsk,
    JoinerAsk,
    MonthsAsk,
    Standing,
    calibration_analyse,
    calibration_decide,
    calibration_floor_override,
    calibration_propose,
    calibration_publish,
    calibration_save,
    lines_of,
    months_by_factor,
    plan_floors_set,
    target_amount_set,
)
from targets.tests.factories import again, make_child, make_plan, publish, root_of

STEPS = ("draft", "proposed", "analysed", "approved", "published")


def make_ask(**fields: Any) -> CalibrationAsk:
    """What a proposal says."""
    said = {
        "title": "Rival cut prices",
        "trigger": "market",
        "evidence": "Prices −30 %",
        "reason": "Price war",
    }
    return CalibrationAsk(**(said | fields))


def make_calibration(
    *targets: Target,
    factor: str = "0.8",
    first: int = 5,
    last: int = 6,
    keep_bp: int | None = 10_000,
    until: str = "published",
    months: Sequence[Sequence[int]] = (),
    joiners: Sequence[JoinerAsk] = (),
    effective_on: dt.date | None = None,
    proposer: Any = None,
    **said: Any,
) -> Calibration:
    """A calibration of these targets, by a factor (June and July × 0.8) or to ``months``."""
    plan: Plan = targets[0].plan
    standing = Standing.load(plan, [target.metric_id for target in targets])
    asks = [
        MonthsAsk(target, months[at])
        if months
        else MonthsAsk(
            target,
            months_by_factor(
                target, standing.months(target), first=first, last=last, factor=factor, keep_bp=keep_bp
            ),
        )
        for at, target in enumerate(targets)
    ]
    lines = lines_of(standing, asks, joiners)
    row = calibration_save(plan=plan, ask=make_ask(**said), lines=lines, actor=proposer)
    return walk(row, until, effective_on=effective_on, actor=proposer)


def walk(
    row: Calibration,
    until: str,
    *,
    effective_on: dt.date | None = None,
    actor: Any = None,
    override: str = "",
) -> Calibration:
    """Take a draft along to a state."""
    if override:
        row = calibration_floor_override(calibration=row, reason=override, actor=actor)
    for step in STEPS[1 : STEPS.index(until) + 1]:
        if step == "proposed":
            row = calibration_propose(calibration=row, actor=actor)
        elif step == "analysed":
            row = calibration_analyse(calibration=row, text="Agreed", actor=actor)
        elif step == "approved":
            row = calibration_decide(calibration=row, approve=True, note="Go", actor=actor)
        else:
            row = calibration_publish(calibration=row, effective_on=effective_on, actor=actor)
    return row


def published_tree(
    cast: Any, amount: int = 120_000, fiscal_year: int = 2026
) -> tuple[Target, Target, Target, Target]:
    """A published plan: the company over its two divisions; the first over its team and alice.

    Half of the company's amount is the first division's, all of it alice's.
    """
    root = target_amount_set(target=root_of(make_plan(fiscal_year)), amount=amount, actor=None)
    division = make_child(root, cast.east, amount // 2)
    make_child(root, cast.west, amount - amount // 2)
    team = make_child(division, cast.borealis, amount // 2)
    quota = make_child(team, cast.alice.person, amount // 2)
    publish(root.plan)
    return again(root), again(division), again(team), again(quota)


def loosen(plan: Plan) -> None:
    """Let calibrations of a plan go as far down as they like."""
    plan_floors_set(plan=plan, year_bp=0, quarter_bp=0, actor=None)
