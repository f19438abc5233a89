"""Formulas of a split: a small arithmetic over named columns, read with Python's grammar and a white list.

Allowed are numbers, column names, + − × ÷, parentheses, ``min`` and ``max``. Everything else is refused
with the character where it stands. Reckoned in exact fractions: no float decides who gets a cent.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction

from common.errors import Invalid, gettext_noop

MAX_LENGTH = 200
_MOST = 10**12
# As typed on a Chinese keyboard, or copied from a document; one character for one, so that places stay.
_TYPED = str.maketrans("×÷（），＋－−＊／．", "*/(),+--*/.")
_MESSAGES = {
    "empty": gettext_noop("Write a formula, for example 0.7*history + 0.3*last_plan."),
    "long": gettext_noop("A formula has 200 characters at most."),
    "syntax": gettext_noop("The formula can't be read at character %(at)s."),
    "name": gettext_noop("There is no column “%(name)s” (character %(at)s). Columns: %(columns)s."),
    "operation": gettext_noop("Only + - * /, parentheses, min and max are reckoned here (character %(at)s)."),
    "number": gettext_noop("A number at character %(at)s is too large."),
    "arguments": gettext_noop("min and max need two values or more (character %(at)s)."),
    "division": gettext_noop("The formula divides by zero at character %(at)s."),
}


@dataclass(frozen=True)
class Formula:
    """A formula that was read; ``names`` are the columns it uses, in the order of their first use."""

    text: str
    names: tuple[str, ...]
    _tree: ast.expr

    def value(self, columns: Mapping[str, Fraction]) -> Fraction:
        """The formula's value for one row. Raises ``Invalid`` (code ``division``)."""
        return _value(self._tree, columns, self.text)


def formula_parsed(text: str, columns: Collection[str]) -> Formula:
    """Read a formula over these columns: ``formula_parsed("0.5*a + b", ["a", "b"]).names`` is ("a", "b").

    Raises ``Invalid`` (field ``formula``) that names the place.
    """
    plain = text.strip().translate(_TYPED)
    if not plain:
        raise _refused("empty")
    if len(plain) > MAX_LENGTH:
        raise _refused("long")
    try:
        tree = ast.parse(plain, mode="eval").body
    except SyntaxError as error:
        # Where the grammar still waits for something, the end is the place.
        raise _refused("syntax", at=min(error.offset or len(plain), len(plain))) from None
    except (ValueError, RecursionError, MemoryError):
        raise _refused("syntax", at=1) from None
    names: dict[str, None] = {}
    _check(tree, plain, columns, names)
    return Formula(plain, tuple(names), tree)


def _check(node: ast.expr, text: str, columns: Collection[str], names: dict[str, None]) -> None:
    """Refuse what isn't on the white list; note the columns used."""
    at = _place(node, text)
    match node:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div(), right=right):
            _check(left, text, columns, names)
            _check(right, text, columns, names)
        case ast.UnaryOp(op=ast.UAdd() | ast.USub(), operand=operand):
            _check(operand, text, columns, names)
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            if not abs(value) <= _MOST:
                raise _refused("number", at=at)
        case ast.Name(id=name):
            if name not in columns:
                raise _refused("name", at=at, name=name[:40], columns=", ".join(columns))
            names[name] = None
        case ast.Call(func=ast.Name(id="min" | "max"), args=args, keywords=[]):
            if len(args) < 2:
                raise _refused("arguments", at=at)
            for each in args:
                _check(each, text, columns, names)
        case _:
            raise _refused("operation", at=at)


def _value(node: ast.expr, columns: Mapping[str, Fraction], text: str) -> Fraction:
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            one, other = _value(left, columns, text), _value(right, columns, text)
            if isinstance(op, ast.Div):
                if not other:
                    raise _refused("division", at=_place(right, text))
                return one / other
            if isinstance(op, ast.Mult):
                return one * other
            return one + other if isinstance(op, ast.Add) else one - other
        case ast.UnaryOp(op=op, operand=operand):
            inner = _value(operand, columns, text)
            return -inner if isinstance(op, ast.USub) else inner
        case ast.Constant(value=value):
            return Fraction(str(value))
        case ast.Name(id=name):
            return columns[name]
        case ast.Call(func=ast.Name(id=name), args=args):
            values = [_value(each, columns, text) for each in args]
            return min(values) if name == "min" else max(values)
    raise _refused("operation", at=_place(node, text))


def _place(node: ast.expr, text: str) -> int:
    """The character, counted from 1, at which a part begins (the grammar counts bytes)."""
    return len(text.encode()[: node.col_offset].decode(errors="ignore")) + 1


def _refused(kind: str, **params: object) -> Invalid:
    return Invalid(_MESSAGES[kind], field="formula", code=kind, params=params)
