"""What the children of a target can be split by: every basis with figures, shares, the weights it gives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.errors import Invalid
from org.scope import Scope
from targets.calc.bounds import Infeasible
from targets.calc.formula import formula_parsed
from targets.calc.splits import basis_shares, formula_values, percent_weights
from targets.models import SplitBasis, Target
from targets.selectors.bases import (
    Window,
    accounts_and_heads,
    history_sums,
    history_windows,
    last_amounts,
    plan_before,
)
from targets.selectors.strategy import strategy_tilts
from targets.selectors.trees import target_name


class Basis(StrEnum):
    """What a split can go by; the values are the columns' names in a formula."""

    HISTORY = "history"
    HISTORY_24 = "history_24"
    LAST_PLAN = "last_plan"
    ACCOUNTS = "accounts"
    ACCOUNT_REVENUE = "account_revenue"
    HEADCOUNT = "headcount"
    POTENTIAL = "potential"


FORMULA = "formula"
METHODS = {
    Basis.HISTORY: gettext_lazy("History, 12 months"),
    Basis.HISTORY_24: gettext_lazy("History, 24 months"),
    Basis.LAST_PLAN: gettext_lazy("Last plan"),
    Basis.ACCOUNTS: gettext_lazy("Number of customers"),
    Basis.ACCOUNT_REVENUE: gettext_lazy("Customers' yearly revenue"),
    Basis.HEADCOUNT: gettext_lazy("Sellers"),
    Basis.POTENTIAL: gettext_lazy("Potential, typed"),
    FORMULA: gettext_lazy("Formula"),
}


@dataclass(frozen=True)
class SplitAsk:
    """By which column or formula, leaning on the strategy or not; ``potentials`` are typed, by child id."""

    method: str = Basis.HISTORY
    formula: str = ""
    is_tilted: bool = False
    potentials: Mapping[int, Decimal] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The formula over the columns: a single column is one, too."""
        return self.formula if self.method == FORMULA else str(self.method)


@dataclass(frozen=True)
class SplitColumn:
    """A basis with each child's figure and share; ``note`` says of what time or where it comes from."""

    basis: Basis
    note: str
    values: Sequence[int | Decimal]
    shares: Sequence[Fraction]

    @property
    def is_empty(self) -> bool:
        return not any(self.shares)


@dataclass(frozen=True)
class SplitFigures:
    """The columns, each child's tilt and weight (in percent), and who has nothing of the basis asked for."""

    columns: list[SplitColumn]
    tilts: list[Decimal]
    weights: list[Decimal]
    no_basis: list[Target]


def split_figures(target: Target, children: Sequence[Target], ask: SplitAsk, *, scope: Scope) -> SplitFigures:
    """The weights of these children by what is asked, with every basis to look at.

    Raises Invalid for a formula that can't be reckoned, Infeasible (``no_basis``) where nobody has anything.
    As many queries for a thousand children as for one.
    """
    columns = split_columns(target, children, ask.potentials, scope=scope)
    tilts = split_tilts(target, children)
    weights, bare = split_weights(columns, tilts, ask)
    return SplitFigures(columns, tilts, weights, [children[at] for at in bare])


def split_tilts(target: Target, children: Sequence[Target]) -> list[Decimal]:
    """How far the plan's strategy leans towards each child."""
    tilts = strategy_tilts(target.plan)
    return [tilts.of(child) for child in children]


def split_weights(
    columns: Sequence[SplitColumn], tilts: Sequence[Decimal], ask: SplitAsk
) -> tuple[list[Decimal], list[int]]:
    """The weights asked for, and which children (by position) have nothing to go by."""
    if ask.method not in METHODS:
        raise Invalid(_("Choose by what to split."), field="basis")
    formula = formula_parsed(ask.text, [basis.value for basis in Basis])
    shares = {column.basis.value: column.shares for column in columns}
    for column in columns:
        if column.basis in formula.names and column.is_empty:
            if ask.method != FORMULA:
                raise Infeasible("no_basis", 1)
            raise Invalid(
                _("Nobody has anything in the column “%(name)s”: leave it out."),
                field="formula",
                code="no_basis",
                params={"name": column.basis.value},
            )
    values = formula_values(formula, shares)
    return percent_weights(values, tilts if ask.is_tilted else None), [
        at for at, value in enumerate(values) if not value
    ]


def split_columns(
    target: Target, children: Sequence[Target], potentials: Mapping[int, Decimal], *, scope: Scope
) -> list[SplitColumn]:
    """Every basis with the children's figures."""
    short, long = history_windows(target.plan)
    of_year, of_two = history_sums(target, children, [short, long], scope=scope)
    before = plan_before(target.plan)
    accounts, revenue, heads = accounts_and_heads(target, children, scope=scope)
    currency = target.plan.currency
    told: list[tuple[Basis, str, Sequence[int | Decimal]]] = [
        (Basis.HISTORY, _span(short), of_year),
        (Basis.HISTORY_24, _span(long), of_two),
        (Basis.LAST_PLAN, str(before) if before else "", last_amounts(before, target, children)),
        (Basis.ACCOUNTS, _("owned by who sells there"), accounts),
        (Basis.ACCOUNT_REVENUE, _("accounts in %(currency)s") % {"currency": currency}, revenue),
        (Basis.HEADCOUNT, "", heads),
        (Basis.POTENTIAL, "", [potentials.get(child.pk, Decimal(0)) for child in children]),
    ]
    return [SplitColumn(basis, note, values, basis_shares(values)) for basis, note, values in told]


def split_last(target: Target) -> SplitAsk | None:
    """By what the target was split last."""
    kept = SplitBasis.objects.filter(target=target).first()
    if kept is None:
        return None
    potentials = {int(pk): Decimal(text) for pk, text in kept.potentials.items()}
    return SplitAsk(kept.method, kept.formula, kept.is_tilted, potentials)


def names_of(children: Sequence[Target]) -> str:
    """Names in a sentence, the first ten."""
    shown = ", ".join(target_name(child) for child in children[:10])
    return shown + (" …" if len(children) > 10 else "")


def _span(window: Window) -> str:
    first, last = window[0], window[1] - dt.timedelta(days=1)
    return " – ".join(formats.date_format(day, "YEAR_MONTH_FORMAT") for day in (first, last))
