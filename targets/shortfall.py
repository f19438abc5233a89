"""Why a distribution does not fit, in words: who asks for what, and how much too much or too little it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from metrics.formats import PARTS_PER_MILLION
from metrics.models import Metric
from metrics.templatetags.figures import figure_text
from org.http import translated
from targets.calc.allocation import Infeasible, cushioned_total
from targets.calc.culprits import Claim, Culprit, culprits
from targets.models import Target
from targets.selectors import target_name
from targets.services import ChildAsk

# So many are named; the others are counted.
_NAMED = 5


@dataclass(frozen=True)
class Shortfall:
    """A sentence with the people and amounts, and for each cell at fault (``min-7``) what is wrong."""

    text: str
    cells: dict[str, str] = field(default_factory=dict)


def shortfall(error: Infeasible, target: Target, asks: Sequence[ChildAsk], cushion_bp: int) -> Shortfall:
    """Explain why these asks do not fit the target."""
    claims = [_claim(ask) for ask in asks]
    found = culprits(error.kind, claims)
    told = [_told(each, asks[each.position], target.metric) for each in found]
    cells = {
        f"{each.cell}-{asks[each.position].target.pk}": text for each, text in zip(found, told, strict=True)
    }
    rest = cushioned_total(target.amount, cushion_bp)
    if not error.kind.startswith("locked"):
        rest -= sum(claim.locked or 0 for claim in claims)
    sentence = _sentence(error.kind, len(found)) % {
        "names": _listed(told),
        "available": figure_text(rest, target.metric),
        "gap": figure_text(error.gap, target.metric),
    }
    return Shortfall(f"{error.text(translated)} {sentence}", cells)


def _claim(ask: ChildAsk) -> Claim:
    kept = ask.amount if ask.amount is not None else ask.target.amount
    return Claim(ask.weight, ask.lower, ask.upper, kept if ask.locked else None)


def _told(each: Culprit, ask: ChildAsk, metric: Metric) -> str:
    """One child's part of it: "Zhang San: at least 500,000"."""
    if each.cell == "weight":
        return _("%(name)s: weight 0") % {"name": target_name(ask.target)}
    texts = {
        "min": _("%(name)s: at least %(amount)s"),
        "max": _("%(name)s: at most %(amount)s"),
        "amount": _("%(name)s: locked at %(amount)s"),
    }
    amount = each.amount / PARTS_PER_MILLION if metric.is_ratio else each.amount
    return texts[each.cell] % {"name": target_name(ask.target), "amount": figure_text(amount, metric)}


def _listed(told: Sequence[str]) -> str:
    named = list(told[:_NAMED])
    if more := len(told) - len(named):
        named.append(ngettext("%(count)s more", "%(count)s more", more) % {"count": more})
    if len(named) < 2:
        return "".join(named)
    return _("%(first)s and %(last)s") % {"first": _(", ").join(named[:-1]), "last": named[-1]}


def _sentence(kind: str, count: int) -> str:
    if kind in ("below_floors", "locked_exceeds_total"):
        return ngettext(
            "%(names)s exceeds %(available)s by %(gap)s.",
            "%(names)s together exceed %(available)s by %(gap)s.",
            count,
        )
    if kind in ("above_caps", "locked_below_total"):
        return ngettext(
            "%(names)s falls short of %(available)s by %(gap)s.",
            "%(names)s together fall short of %(available)s by %(gap)s.",
            count,
        )
    if kind == "crossed_bounds":
        return _("%(names)s: above what is at most allowed, by %(gap)s.")
    return _("%(names)s. Give somebody a weight, so that %(gap)s has somebody to go to.")
