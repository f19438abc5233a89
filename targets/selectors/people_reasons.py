"""Why a person has the amount they have, in a sentence with its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from metrics.models import Metric
from metrics.templatetags.figures import figure_text
from targets.calc.people import FACTORS
from targets.models import PersonFactor, SplitBase, Target
from targets.selectors.people_factors import PersonRow, TeamRows


def factor_label(name: str) -> str:
    """What a factor is called."""
    return {
        "base": _("base"),
        "capability": _("capability"),
        "ramp": _("ramp"),
        "potential": _("potential"),
        "tilt": _("tilt"),
        "availability": _("availability"),
    }[name]


def number_text(value: float, places: int = 2) -> str:
    """A factor as short as it can be said: 1.62, 1.2, 1."""
    return f"{value:,.{places}f}".rstrip("0").rstrip(".")


def told_of(
    team: TeamRows, row: PersonRow, amount: int, total: int, bound: Sequence[Any] | None
) -> dict[str, Any]:
    """What is kept of a row when a split is applied; ``bound`` is ("upper", amount) where one held."""
    return {
        "amount": amount,
        "share": amount / total if total else None,
        "base": team.settings.base,
        "factors": row.factors,
        "typed": [name for name in FACTORS if name in row.typed.values],
        "reason": row.typed.reason,
        "months": round(row.months),
        "accounts": row.evidence.accounts,
        "average": round(team.average_accounts, 1),
        "leans": [list(lean) for lean in row.leans],
        "bound": list(bound) if bound else None,
    }


def amount_reason(target: Target) -> str:
    """Why this amount, in a sentence; "" for the target of a unit, or a person's that no split has given.

    One query. The numbers are those of the day the split was applied.
    """
    factor = PersonFactor.objects.filter(target=target).first() if target.person_id else None
    return reason_text(factor.told, target.amount, target.metric) if factor and factor.told else ""


def reason_text(told: Mapping[str, Any], amount: int, metric: Metric) -> str:
    """The sentence of what was told, for who has ``amount`` now."""
    comma = pgettext("between the parts of a sentence", ", ")
    given = figure_text(told["amount"], metric)
    share = number_text(100 * (told["share"] or 0), 1)
    text = _("%(amount)s = %(share)s %% of the team: %(parts)s") % {
        "amount": given,
        "share": share,
        "parts": comma.join(_parts(told)),
    }
    bound = _bound_text(told.get("bound"), metric)
    text += (_("; %(bound)s") % {"bound": bound} if bound else "") + pgettext("ends a sentence", ".")
    if amount != told["amount"]:
        text += " " + _("Changed since by hand to %(amount)s.") % {"amount": figure_text(amount, metric)}
    return text


def _parts(told: Mapping[str, Any]) -> list[str]:
    factors = told["factors"]
    parts = [_ability(told), _ramp(factors["ramp"]), _base(told)]
    if factors["availability"] < 1:
        percent = number_text(100 * factors["availability"], 0)
        parts.append(_("there for %(percent)s %% of the year") % {"percent": percent})
    if factors["potential"] != 1:
        parts.append(_("potential × %(factor)s") % {"factor": number_text(factors["potential"])})
    if factors["tilt"] != 1:
        parts.append(_tilt(told))
    if told["typed"]:
        names = pgettext("between the parts of a sentence", ", ").join(
            factor_label(name) for name in told["typed"]
        )
        parts.append(_("by hand: %(names)s (%(reason)s)") % {"names": names, "reason": told["reason"]})
    return parts


def _ability(told: Mapping[str, Any]) -> str:
    factor = number_text(told["factors"]["capability"])
    if "capability" in told["typed"]:
        return _("%(factor)s times as capable as a newcomer") % {"factor": factor}
    if told["base"] == SplitBase.HISTORY:
        return _("ability is in the past results")
    months = told["months"]
    if not months:
        return _("no history, counted as a newcomer")
    if factor == "1":
        text = ngettext(
            "as capable as a newcomer (%(months)s month)",
            "as capable as a newcomer (%(months)s months)",
            months,
        )
        return text % {"months": months}
    text = ngettext(
        "%(factor)s times as capable as a newcomer (%(months)s month)",
        "%(factor)s times as capable as a newcomer (%(months)s months)",
        months,
    )
    return text % {"factor": factor, "months": months}


def _ramp(ramp: float) -> str:
    if ramp >= 1:
        return _("full ramp")
    return _("ramp %(percent)s %%") % {"percent": number_text(100 * ramp, 0)}


def _base(told: Mapping[str, Any]) -> str:
    factor = number_text(told["factors"]["base"])
    if "base" in told["typed"]:
        return _("base %(factor)s") % {"factor": factor}
    if told["base"] == SplitBase.ACCOUNTS:
        if not told["average"]:
            return _("the same base as everybody: nobody owns customers")
        values = {"accounts": told["accounts"], "average": number_text(told["average"], 1)}
        return _("%(accounts)s customers against %(average)s on average") % values
    if told["base"] == SplitBase.HISTORY:
        return _("%(factor)s times the average result of the last twelve months") % {"factor": factor}
    return _("the same base as everybody")


def _tilt(told: Mapping[str, Any]) -> str:
    leans = told["leans"]
    if len(leans) == 1 and "tilt" not in told["typed"]:
        [[name, factor]] = leans
        if round(told["factors"]["tilt"], 4) == round(factor, 4):
            return f"{name} × {number_text(factor)}"
        part = {"name": name, "factor": number_text(factor), "tilt": number_text(told["factors"]["tilt"])}
        return _("tilt × %(tilt)s (part of the customers in %(name)s × %(factor)s)") % part
    return _("tilt × %(tilt)s") % {"tilt": number_text(told["factors"]["tilt"])}


def _bound_text(bound: Sequence[Any] | None, metric: Metric) -> str:
    if not bound:
        return ""
    kind, amount = bound
    shown = {"amount": figure_text(amount, metric)}
    if kind == "locked":
        return _("locked at %(amount)s") % shown
    if kind == "upper":
        return _("at most %(amount)s set by hand") % shown
    return _("at least %(amount)s set by hand") % shown
