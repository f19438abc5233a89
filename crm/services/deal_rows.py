"""From the read values of a deal to its row, its lines and its splits."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from common.errors import FieldError, gettext_noop
from common.money import WHOLE_BP
from crm.calc.fields import LINE, SPLIT, minor, read_parts
from crm.models import Stage
from crm.services.references import Errors, Linked, References
from crm.services.rows import Built, Line, Values, currency_of, day_of


def opportunity(values: Values, refs: References, errors: Errors) -> Built:
    """A deal with its lines and splits; a closed stage needs the day, an open one may not have it."""
    of_account = refs.link("accounts", values["account"], "account", errors)
    of_product = refs.link("products", values["product"], "product", errors)
    stage = _stage(values, refs, errors)
    currency = currency_of(values, refs, errors)
    amount = minor(values["amount"], currency, "amount", errors)
    lines: list[Line] = []
    if values["lines"]:
        lines = _lines(values, refs, errors, currency)
        _lines_check(lines, amount, errors)
    elif of_product is not None:
        own = refs.segment("product_line", values["product_line"], errors)
        lines = [(of_product.id, own or _line_of(of_product, refs), Decimal(1), amount)]
    row: dict[str, Any] = refs.owner_and_segments(values, errors, _largest(lines), of_product, of_account)
    splits = _splits(values, refs, errors) if values["splits"] else []
    closed_on = values["closed_on"]
    counted_on = closed_on or values["expected_close_on"] or values["opened_on"] or refs.today
    row["name"] = values["name"]
    row["account_id"] = of_account.id if of_account else None
    row["stage_id"] = stage.pk if stage else 0
    row["outcome"] = stage.outcome if stage else "open"
    row["amount_minor"] = amount
    row["currency"] = currency
    row["plan_amount_minor"] = 0 if errors else refs.plan_minor(amount, currency, counted_on, errors)
    for name in ("opened_on", "expected_close_on", "quote_sent_at", "quote_viewed_at", "loss_reason"):
        row[name] = values[name]
    row["closed_on"] = closed_on
    row["quote_sent_on"] = day_of(values["quote_sent_at"], refs)
    row["is_shared"] = is_shared(lines, splits, row)
    return Built(row, lines, splits)


def _stage(values: Values, refs: References, errors: Errors) -> Stage | None:
    stage = refs.stages.get(values["stage"].lower())
    closed_on = values["closed_on"]
    if stage is None:
        message = gettext_noop("“%(code)s” is not one of: %(known)s.")
        params = {"code": values["stage"], "known": ", ".join(refs.stages)}
        errors.append(FieldError("stage", message, "choice", params))
    elif stage.outcome != "open" and closed_on is None:
        message = gettext_noop("A closed deal needs the day it closed.")
        errors.append(FieldError("closed_on", message, "required"))
    elif stage.outcome == "open" and closed_on is not None:
        message = gettext_noop("An open deal has no closing day; choose a closed stage or leave it out.")
        errors.append(FieldError("closed_on", message, "open"))
    return stage


def _lines(values: Values, refs: References, errors: Errors, currency: str) -> list[Line]:
    parts = read_parts(LINE, values["lines"], "lines", errors)
    if errors:
        return []
    lines = []
    for at, part in enumerate(parts):
        name = f"lines[{at}]"
        of_line = refs.link("products", part["product"], f"{name}.product", errors)
        line = refs.segment("product_line", part["product_line"], errors) or _line_of(of_line, refs)
        quantity = _quantity(part["quantity"], f"{name}.quantity", errors)
        cents = minor(part["amount"], currency, f"{name}.amount", errors)
        lines.append((of_line.id if of_line else None, line, quantity, cents))
    return lines


def _lines_check(lines: list[Line], amount: int, errors: Errors) -> None:
    total = sum(line[3] for line in lines)
    if not errors and total != amount:
        message = gettext_noop("The lines sum to %(lines)s minor units, the amount is %(amount)s.")
        errors.append(FieldError("lines", message, "sum", {"lines": total, "amount": amount}))


def _line_of(product: Linked | None, refs: References) -> int:
    given = product.given.get("product_line_id") if product else None
    return given or refs.unspecified["product_line"]


def _largest(lines: list[Line]) -> Linked | None:
    """The product line of the largest line, for a deal that names none itself."""
    if not lines:
        return None
    return Linked(0, {"product_line_id": max(lines, key=lambda line: abs(line[3]))[1]})


def is_shared(lines: list[Line], splits: list[tuple[int, int]], row: dict[str, Any]) -> bool:
    """Whether the credit is not simply the owner's in the deal's own product line."""
    if splits and splits != [(row["owner_id"], WHOLE_BP)]:
        return True
    return any(line[1] != row["product_line_id"] for line in lines)


def _quantity(raw: Any, name: str, errors: Errors) -> Decimal:
    try:
        quantity = Decimal(str(raw)).quantize(Decimal("0.001"))
        if abs(quantity) < 10**11:
            return quantity
    except InvalidOperation:
        pass
    errors.append(FieldError(name, gettext_noop("This is not a quantity."), "quantity"))
    return Decimal(1)


def _splits(values: Values, refs: References, errors: Errors) -> list[tuple[int, int]]:
    before = len(errors)
    parts = read_parts(SPLIT, values["splits"], "splits", errors)
    if len(errors) > before:
        return []
    splits = [
        (refs.person(part["person"], f"splits[{at}].person", errors) or 0, part["share_bp"])
        for at, part in enumerate(parts)
    ]
    if len(errors) > before:
        return []
    if len({person for person, _bp in splits}) < len(splits):
        errors.append(FieldError("splits", gettext_noop("A person stands here twice."), "twice"))
    total = sum(bp for _person, bp in splits)
    if total != WHOLE_BP:
        message = gettext_noop("The shares sum to %(total)s basis points instead of 10000.")
        errors.append(FieldError("splits", message, "shares", {"total": total}))
    return splits
