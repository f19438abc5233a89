"""A target split by person: factors into weights, weights into amounts, and what was typed remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from common.errors import FieldError, Invalid
from metrics.models import Metric
from metrics.templatetags.figures import figure_text
from org.models import User
from org.services import audit_record
from targets.calc.allocation import Infeasible
from targets.calc.people import FACTORS, SplitSettings
from targets.models import PersonFactor, PersonSplit, Plan, Target
from targets.selectors.people_factors import TeamRows, TypedFactors, people_rows
from targets.selectors.people_reasons import told_of
from targets.selectors.trees import NAMED, SEGMENTS, target_name
from targets.services.allocating import ChildAsk, target_allocate

Row = PersonSplit | PersonFactor
_KEY = ("metric_id", "unit_id", "person_id", *(f"{kind}_id" for kind in SEGMENTS))
LEAST_TILT, MOST_TILT, MOST_FACTOR = 0.1, 5, 100
MAX_CUSHION_BP = 5_000


@dataclass(frozen=True)
class PersonBounds:
    """At least, at most (stored units), and whether the amount is kept (``amount``, or what there is)."""

    lower: int | None = None
    upper: int | None = None
    locked: bool = False
    amount: int | None = None


@dataclass(frozen=True)
class PeopleAsk:
    """What is asked of a split; ``typed`` and ``bounds`` by child, the others keep what they have."""

    settings: SplitSettings
    tilts: Mapping[int, float] = field(default_factory=dict)
    typed: Mapping[int, TypedFactors] = field(default_factory=dict)
    bounds: Mapping[int, PersonBounds] = field(default_factory=dict)
    cushion_bp: int = 0


@dataclass(frozen=True)
class PeopleSplit:
    """The people with their factors, and the amount proposed for each child of the target by id.

    ``problem`` says what doesn't fit; then there are no amounts.
    """

    team: TeamRows
    asks: list[ChildAsk]
    amounts: dict[int, int]
    problem: str = ""


def people_split(*, target: Target, ask: PeopleAsk) -> PeopleSplit:
    """What the split would give, nothing saved; raises Invalid for factors that can't be."""
    _ask_checked(ask)
    team, asks = _asked(target, ask)
    try:
        preview = target_allocate(
            target=target, children=asks, cushion_bp=ask.cushion_bp, apply=False, actor=None
        )
    except Infeasible as error:
        return PeopleSplit(team, asks, {}, infeasible_text(error, asks, target.metric))
    amounts = {each.target.pk: amount for each, amount in zip(asks, preview.amounts, strict=True)}
    return PeopleSplit(team, asks, amounts)


@transaction.atomic
def people_split_apply(
    *, target: Target, ask: PeopleAsk, actor: User | None, seen_at: str | None = None
) -> PeopleSplit:
    """Give everybody what the split proposes, and remember settings, typed factors and why.

    Children that are units keep their amounts. Raises Invalid (who and how much doesn't fit, a factor without
    a reason), Conflict for a frozen plan or a change by somebody else since ``seen_at``.
    """
    if not target.is_additive:
        raise Invalid(_("A ratio isn't shared: everybody has the same."))
    split = people_split(target=target, ask=ask)
    if split.problem:
        raise Invalid(split.problem, field="bounds")
    units_locked = {each.target.pk: each.target.is_locked for each in split.asks if not each.target.person_id}
    target_allocate(
        target=target,
        children=split.asks,
        cushion_bp=ask.cushion_bp,
        apply=True,
        actor=actor,
        seen_at=seen_at,
    )
    # A unit kept its amount in this split; whether it is locked otherwise is its own.
    for is_locked in (True, False):
        same = [pk for pk, was in units_locked.items() if was is is_locked]
        if same:
            Target.objects.filter(pk__in=same).update(is_locked=is_locked)
    _remember(target, ask, split, actor)
    audit_record(
        actor=actor,
        action="targets.people.split",
        subject=target,
        after={
            "settings": asdict(ask.settings),
            "tilts": {str(pk): value for pk, value in ask.tilts.items()},
            "typed": {
                row.name: {name: str(value) for name, value in row.typed.values.items()}
                | {"reason": row.typed.reason}
                for row in split.team.rows
                if row.typed.values
            },
        },
    )
    return split


def infeasible_text(error: Infeasible, asks: Sequence[ChildAsk], metric: Metric) -> str:
    """What doesn't fit: whose bounds, and how much is missing."""
    gap = figure_text(error.gap, metric)
    if error.kind == "crossed_bounds":
        crossed = [
            _bounded(each, metric)
            for each in asks
            if each.lower is not None and each.upper is not None and each.lower > each.upper
        ]
        return _("At least is above at most: %(people)s.") % {"people": ", ".join(crossed)}
    texts = {
        "below_floors": _("“At least” asks for %(gap)s more than there is: lower %(people)s."),
        "above_caps": _("“At most” leaves %(gap)s that nobody may carry: raise %(people)s."),
        "locked_exceeds_total": _("The locked amounts are %(gap)s more than the target: unlock %(people)s."),
        "locked_below_total": _("Everybody is locked, and %(gap)s is left: unlock one of %(people)s."),
        "no_basis": _("Nobody has a weight above 0, and %(gap)s is left: look at %(people)s."),
    }
    concerned = {
        "below_floors": [each for each in asks if each.lower],
        "above_caps": [each for each in asks if each.upper is not None and not each.locked],
        "locked_exceeds_total": [each for each in asks if each.locked],
        "locked_below_total": [each for each in asks if each.locked],
        "no_basis": [each for each in asks if not each.locked],
    }.get(error.kind, list(asks))
    people = ", ".join(_bounded(each, metric) for each in concerned[:5])
    if len(concerned) > 5:
        people += " " + _("and %(count)s more") % {"count": len(concerned) - 5}
    return texts.get(error.kind, "%(gap)s %(people)s") % {"gap": gap, "people": people}


def people_factors_copy(plan: Plan, copy: Plan) -> None:
    """Give a copied plan the same splits and factors; its targets are found by owner and segments."""
    if not PersonSplit.objects.filter(target__plan=plan).exists():
        return
    places = {row[1:]: row[0] for row in Target.objects.filter(plan=copy).values_list("pk", *_KEY)}

    def moved(row: Row) -> bool:
        row.pk, row.target_id = None, places.get(tuple(getattr(row.target, name) for name in _KEY), 0)
        return bool(row.target_id)

    splits = PersonSplit.objects.filter(target__plan=plan).select_related("target")
    PersonSplit.objects.bulk_create([row for row in splits if moved(row)])
    factors = PersonFactor.objects.filter(target__plan=plan).select_related("target")
    PersonFactor.objects.bulk_create([row for row in factors if moved(row)])


def _asked(target: Target, ask: PeopleAsk) -> tuple[TeamRows, list[ChildAsk]]:
    team = people_rows(
        [target],
        settings={target.pk: ask.settings},
        typed=ask.typed,
        tilts={target.pk: ask.tilts},
    )[target.pk]
    people = {row.target.pk: row for row in team.rows}
    children = Target.objects.filter(parent=target).select_related("plan", "parent", *NAMED)
    asks = []
    for child in children.order_by("position", "pk"):
        row = people.get(child.pk)
        if row is None:
            asks.append(ChildAsk(child, child.weight, locked=True))
            continue
        kept = PersonBounds(child.lower_amount, child.upper_amount, child.is_locked)
        bounds = ask.bounds.get(child.pk, kept)
        asks.append(ChildAsk(child, row.weight, bounds.lower, bounds.upper, bounds.locked, bounds.amount))
    return team, asks


def _ask_checked(ask: PeopleAsk) -> None:
    errors = [
        FieldError(f"tilt-{pk}", _("A tilt is between 0.1 and 5."), "tilt")
        for pk, value in ask.tilts.items()
        if not LEAST_TILT <= value <= MOST_TILT
    ]
    for pk, typed in ask.typed.items():
        for name, value in typed.values.items():
            if not 0 <= value <= MOST_FACTOR:
                errors.append(FieldError(f"{name}-{pk}", _("A factor is between 0 and 100."), "factor"))
    if errors:
        raise Invalid(_("Some factors can't be."), errors=errors)


def _remember(target: Target, ask: PeopleAsk, split: PeopleSplit, actor: User | None) -> None:
    unreasoned = [row.name for row in split.team.rows if row.typed.values and not row.typed.reason.strip()]
    if unreasoned:
        raise Invalid(
            _("Say why the factors of %(people)s are others than computed.")
            % {"people": ", ".join(unreasoned)},
            field="reason",
        )
    settings = asdict(ask.settings)
    values: dict[str, Any] = {
        name: Decimal(str(value)) if isinstance(value, float) else value for name, value in settings.items()
    }
    values |= {"tilts": {str(pk): value for pk, value in ask.tilts.items()}, "applied_by": actor}
    PersonSplit.objects.update_or_create(target=target, defaults=values)
    asks = {each.target.pk: each for each in split.asks}
    total = sum(split.amounts.values())
    rows = [
        PersonFactor(
            target=row.target,
            reason=row.typed.reason.strip() if row.typed.values else "",
            told=told_of(
                split.team,
                row,
                split.amounts[row.target.pk],
                total,
                _bound(asks[row.target.pk], split.amounts[row.target.pk]),
            ),
            **{name: row.typed.values.get(name) for name in FACTORS},
        )
        for row in split.team.rows
    ]
    PersonFactor.objects.filter(target__parent=target).delete()
    PersonFactor.objects.bulk_create(rows)


def _bound(ask: ChildAsk, amount: int) -> tuple[str, int] | None:
    """The bound that decided an amount."""
    if ask.locked:
        return ("locked", amount)
    if ask.upper is not None and amount >= ask.upper:
        return ("upper", ask.upper)
    if ask.lower is not None and amount <= ask.lower:
        return ("lower", ask.lower)
    return None


def _bounded(ask: ChildAsk, metric: Metric) -> str:
    """A person with their bounds, as an error names them."""
    if ask.locked:
        kept = ask.amount if ask.amount is not None else ask.target.amount
        return f"{target_name(ask.target)} ({figure_text(kept, metric)})"
    bounds = [figure_text(bound, metric) for bound in (ask.lower, ask.upper) if bound is not None]
    return f"{target_name(ask.target)} ({' – '.join(bounds)})" if bounds else target_name(ask.target)
