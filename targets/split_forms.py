"""What is typed to split a target by a basis, read from a form or from the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _

from common.errors import FieldError, Invalid
from targets.models import Target
from targets.selectors.splits import FORMULA, METHODS, Basis, SplitAsk

_MOST = Decimal(10) ** 12


def split_read(data: Mapping[str, Any], children: Sequence[Target], last: SplitAsk | None) -> SplitAsk:
    """The split a form asks for: ``method``, ``formula``, ``tilt``, ``potential-7`` of child 7.

    Without a method it is the last one, else by history. Raises Invalid with each potential not readable.
    """
    if not data.get("method"):
        return last or SplitAsk(Basis.HISTORY)
    errors: list[FieldError] = []
    potentials = dict(last.potentials) if last else {}
    for child in children:
        raw = data.get(f"potential-{child.pk}")
        if raw is not None:
            potentials[child.pk] = _potential(str(raw), f"potential-{child.pk}", errors)
    if errors:
        raise Invalid(_("Some cells can't be read."), errors=errors)
    return SplitAsk(
        method_of(data["method"], "method"),
        str(data.get("formula", "")).strip(),
        bool(data.get("tilt")),
        {pk: value for pk, value in potentials.items() if value},
    )


def method_of(value: Any, field: str) -> str:
    """A column or "formula"; raises Invalid."""
    if value not in [*(basis.value for basis in Basis), FORMULA]:
        names = ", ".join(str(method) for method in METHODS)
        raise Invalid(_("Split by one of: %(names)s."), field=field, params={"names": names})
    return str(value)


def potential_of(value: Any, field: str) -> Decimal:
    """A potential of zero or more; raises Invalid."""
    errors: list[FieldError] = []
    amount = _potential(str(value), field, errors)
    if errors:
        raise Invalid(errors[0].message, field=field)
    return amount


def _potential(raw: str, name: str, errors: list[FieldError]) -> Decimal:
    text = raw.replace(",", "").replace("，", "").strip()
    if not text:
        return Decimal(0)
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not 0 <= value < _MOST:
        errors.append(FieldError(name, _("A potential is a number of zero or more."), "potential"))
        return Decimal(0)
    return value.quantize(Decimal("0.000001")).normalize()
