"""The posted grid of a target's children beside what its page showed and what stands now: merged or asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from common.errors import FieldError, Invalid
from targets.calc.merging import ChildCells, cells_merged, merged
from targets.forms import Amounts, GridInput
from targets.models import Target
from targets.selectors import target_name
from targets.services import ChildAsk
from targets.services.drafts import ROW_FIELDS

CELLS = ("weight", "min", "max", "amount")


def weight_text(weight: Decimal) -> str:
    return f"{weight.normalize():f}"


def cushion_text(cushion_bp: int) -> str:
    """The over-assignment in percent, as typed."""
    return f"{cushion_bp / 100:g}"


def base_text(child: Target, amounts: Amounts) -> str:
    """A child's cells in one text that travels with the page: weight|min|max|locked|amount."""
    bounds = amounts.write(child.lower_amount), amounts.write(child.upper_amount)
    return "|".join(
        [weight_text(child.weight), *bounds, "1" if child.is_locked else "", amounts.write(child.amount)]
    )


def base_read(text: str, amounts: Amounts) -> ChildCells | None:
    """The cells of a ``base_text``; None where it is none."""
    parts = text.split("|")
    if len(parts) != 5:
        return None
    weight, low, high, locked, amount = parts
    try:
        lower, upper = (amounts.read(part) if part else None for part in (low, high))
        return ChildCells(Decimal(weight), lower, upper, amounts.read(amount) if locked else None)
    except (Invalid, InvalidOperation):
        return None


@dataclass(frozen=True)
class Question:
    """A cell that somebody else changed too, as texts; an empty amount follows the weights.

    ``choice`` is "mine" where that was chosen already, "" while nothing was.
    """

    key: str
    name: str
    label: str
    base: str
    mine: str
    theirs: str
    choice: str = ""


@dataclass(frozen=True)
class MergedGrid:
    """What to distribute by, the cells that both sides changed, and the texts of cells that became others."""

    asked: GridInput
    questions: list[Question]
    typed: dict[str, str | None]

    @property
    def is_open(self) -> bool:
        """Whether somebody has to choose first."""
        return any(not question.choice for question in self.questions)


def grid_merge(
    data: Mapping[str, Any], target: Target, asked: GridInput, amounts: Amounts
) -> MergedGrid | None:
    """Mine over what stands now, from the base values that were posted; None where none were.

    Raises Invalid for an answer to a question that can't be read.
    """
    bases = {
        ask.target.pk: base_read(str(data.get(f"base-{ask.target.pk}", "")), amounts)
        for ask in asked.children
    }
    if not any(bases.values()):
        return None
    merge = _Merge(data, amounts)
    children = [merge.child(ask, bases[ask.target.pk]) for ask in asked.children]
    cushion = merge.cushion(target, asked.cushion_bp)
    if merge.errors:
        raise Invalid(_("Some answers can't be read."), errors=merge.errors)
    return MergedGrid(GridInput(children, cushion), merge.questions, merge.typed)


class _Merge:
    """One pass over a posted grid, collecting questions and what became of cells."""

    def __init__(self, data: Mapping[str, Any], amounts: Amounts) -> None:
        self.data, self.amounts = data, amounts
        self.questions: list[Question] = []
        self.typed: dict[str, str | None] = {}
        self.errors: list[FieldError] = []

    def child(self, ask: ChildAsk, base: ChildCells | None) -> ChildAsk:
        """The ask with what others changed meanwhile."""
        if base is None:
            return ask
        child = ask.target
        kept = ask.amount if ask.amount is not None else child.amount
        mine = ChildCells(ask.weight, ask.lower, ask.upper, kept if ask.locked else None)
        theirs = ChildCells(
            child.weight, child.lower_amount, child.upper_amount, child.amount if child.is_locked else None
        )
        found, conflicts = cells_merged(base, mine, theirs)
        for cell in conflicts:
            sides = [self._text(cell, getattr(side, cell)) for side in (base, mine, theirs)]
            question = Question(f"{cell}-{child.pk}", target_name(child), _label(cell), *sides)
            chosen = self._chosen(question)
            if chosen is not None:
                found = replace(found, **{cell: self._read(question, chosen)})
        for cell in CELLS:
            if getattr(found, cell) != getattr(mine, cell):
                self._put(cell, child, getattr(found, cell))
        locked = found.amount is not None
        return ChildAsk(child, found.weight, found.min, found.max, locked, found.amount)

    def cushion(self, target: Target, mine: int) -> int:
        """The over-assignment, merged like a cell."""
        was = str(self.data.get("base-cushion", ""))
        if not was.isdecimal():
            return mine
        cell = merged([int(was)], [mine], [target.cushion_bp])
        if cell.is_conflict:
            texts = [cushion_text(value) for value in (int(was), mine, target.cushion_bp)]
            question = Question("cushion", "", _("Declared over-assignment"), *texts)
            chosen = self._chosen(question)
            if chosen is not None:
                return self._percent(chosen)
        elif cell.amounts != (mine,):
            self.typed["cushion"] = cushion_text(cell.amounts[0])
        return cell.amounts[0]

    def _chosen(self, question: Question) -> str | None:
        """The text chosen for a cell, None while none is. The question stays while mine differs."""
        key = question.key
        choice = self.data.get(f"choose-{key}", "")
        # Who chose between other values than those standing now is asked again.
        if self.data.get(f"asked-{key}") != question.theirs or choice not in ("mine", "theirs", "other"):
            self.questions.append(question)
            return None
        if choice == "theirs":
            return question.theirs
        text = question.mine if choice == "mine" else str(self.data.get(f"other-{key}", "")).strip()
        self.questions.append(replace(question, mine=text, choice="mine"))
        return text

    def _read(self, question: Question, text: str) -> Any:
        cell = question.key.partition("-")[0]
        try:
            if cell != "weight":
                return self.amounts.read(text) if text else None
            weight = Decimal(text)
            if weight.is_finite() and 0 <= weight < 10**11:
                return weight.quantize(Decimal("0.000001"))
            raise InvalidOperation
        except Invalid as error:
            self.errors.append(FieldError(question.key, error.message, error.code, error.params))
        except InvalidOperation:
            self.errors.append(FieldError(question.key, _("A weight is a number of zero or more."), "weight"))
        return None if cell != "weight" else Decimal(0)

    def _percent(self, text: str) -> int:
        try:
            points = Decimal(text.rstrip("%")) * 100
        except InvalidOperation:
            points = Decimal(-1)
        if not points.is_finite() or points != points.to_integral_value() or not 0 <= points <= 5000:
            message = _("The over-assignment is between 0 and 50 %.")
            self.errors.append(FieldError("cushion", message, "cushion"))
            return 0
        self.typed["cushion"] = cushion_text(int(points))
        return int(points)

    def _put(self, cell: str, child: Target, value: Any) -> None:
        # Who follows the weights shows what it has until the next distribution.
        shown = child.amount if cell == "amount" and value is None else value
        self.typed[f"{cell}-{child.pk}"] = self._text(cell, shown)
        if cell == "amount":
            self.typed[f"locked-{child.pk}"] = None if value is None else "on"

    def _text(self, cell: str, value: Any) -> str:
        return weight_text(value) if cell == "weight" else self.amounts.write(value)


def _label(cell: str) -> str:
    return {"weight": _("Weight"), "min": _("At least"), "max": _("At most"), "amount": _("Amount")}[cell]


@dataclass(frozen=True)
class TypedCells:
    """What of a posted grid differs from what its page showed: by child, and of the grid as a whole."""

    changed: dict[int, dict[str, str]]
    shown: set[int]
    rest: dict[str, str]


def typed_cells(data: Mapping[str, Any], children: Sequence[int]) -> TypedCells:
    """The cells worth keeping as a draft; amounts that only follow the weights are none."""
    changed: dict[int, dict[str, str]] = {}
    shown = set()
    for child in children:
        base = str(data.get(f"base-{child}", "")).split("|")
        if len(base) != 5:
            continue
        shown.add(child)
        row = {name: str(data[f"{name}-{child}"])[:200] for name in ROW_FIELDS if f"{name}-{child}" in data}
        weight, low, high, locked, amount = base
        was = {"weight": weight, "min": low, "max": high}
        is_locked = bool(row.get("locked"))
        is_other = any(row.get(name, text).strip() != text for name, text in was.items())
        if is_other or is_locked != bool(locked) or (is_locked and row.get("amount", "").strip() != amount):
            changed[child] = row
    rest = {}
    if str(data.get("base-cushion", "")).isdecimal() and data.get("cushion") != cushion_text(
        int(data["base-cushion"])
    ):
        rest = {name: str(data.get(name, ""))[:40] for name in ("cushion", "base-cushion")}
    return TypedCells(changed, shown, rest)
