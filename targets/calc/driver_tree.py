"""A driver tree: a figure that is the product or the sum of others, solved for whatever is not given.

Values are exact fractions in the units of their drivers (major currency units, counts, rates of one). What
is given stands; one unknown in a node follows exactly; where several are free, they grow from their present
values by one common factor, and the last of them closes the figure exactly.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from common.errors import DomainError, Invalid, gettext_noop

MOST_NODES = 60
# A common factor that is no fraction is cut to this precision; the last driver takes what that leaves.
_DIGITS = 10**6


class Operation(StrEnum):
    """How a node follows from its parts; a leaf is typed or measured."""

    LEAF = "leaf"
    PRODUCT = "product"
    SUM = "sum"


class Origin(StrEnum):
    """Where a value comes from."""

    GIVEN = "given"
    FOLLOWS = "follows"
    GROWN = "grown"
    KEPT = "kept"


@dataclass(frozen=True)
class Node:
    """A figure of the tree; ``parts`` are the keys of what it is made of."""

    key: str
    operation: Operation = Operation.LEAF
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Solution:
    """The value of every node and where it comes from."""

    values: dict[str, Fraction]
    origins: dict[str, Origin] = field(default_factory=dict)


class Contradiction(DomainError):  # noqa: N818  (an outcome, as in common.errors)
    """What was given does not fit together at ``node``: ``expected`` follows, ``given`` was given."""

    default_code = "contradiction"

    def __init__(self, node: str, expected: Fraction, given: Fraction) -> None:
        super().__init__(
            gettext_noop("What was given does not fit together: free one of the drivers."), field=node
        )
        self.node, self.expected, self.given = node, expected, given


class Undetermined(DomainError):  # noqa: N818
    """Too little is given: one of ``free`` and its present value are missing."""

    default_code = "undetermined"

    def __init__(self, free: Sequence[str]) -> None:
        super().__init__(
            gettext_noop("Give one more driver: these have neither a value nor a history."),
            field=free[0] if free else None,
        )
        self.free = tuple(free)


def tree_of(nodes: Iterable[Node]) -> dict[str, Node]:
    """The nodes by key, parts before what they make up.

    Raises ``Invalid``: a part that is missing, a figure with itself below it (``circular``), a part of two
    figures (``shared``), an operation without parts, more than 60 nodes.
    """
    known = {node.key: node for node in nodes}
    if len(known) > MOST_NODES:
        raise Invalid(gettext_noop("A driver tree has at most 60 figures."), code="size")
    owners: dict[str, str] = {}
    for node in known.values():
        if (node.operation is Operation.LEAF) == bool(node.parts):
            raise _wrong(gettext_noop("%(node)s needs parts, or none if it is a leaf."), node.key, "parts")
        for part in node.parts:
            if part not in known:
                raise _wrong(gettext_noop("%(node)s is not in the tree."), part, "missing")
            if part in owners:
                raise _wrong(gettext_noop("%(node)s is part of two figures."), part, "shared")
            owners[part] = node.key
    return _sorted(known)


def _sorted(known: Mapping[str, Node]) -> dict[str, Node]:
    """Parts first; refuses a figure that is below itself."""
    done: dict[str, Node] = {}
    for start in known:
        way: list[str] = []
        waiting = [(start, False)]
        while waiting:
            key, is_left = waiting.pop()
            if is_left:
                way.pop()
                done[key] = known[key]
            elif key in way:
                raise _wrong(gettext_noop("%(node)s would be a part of itself."), key, "circular")
            elif key not in done:
                way.append(key)
                waiting += [(key, True), *((part, False) for part in reversed(known[key].parts))]
    return done


def _wrong(message: str, key: str, code: str) -> Invalid:
    return Invalid(message, field=key, code=code, params={"node": key})


def solve(
    nodes: Iterable[Node], given: Mapping[str, Fraction], present: Mapping[str, Fraction] | None = None
) -> Solution:
    """The value of every figure, from those given and, where several are free, their present values.

    ``solve([Node("r", PRODUCT, ("c", "v")), Node("c"), Node("v")], {"r": 120, "v": 6})`` has c = 20. Raises
    ``Contradiction`` (which figure, what follows, what was given), ``Undetermined`` and, for a bad tree,
    ``Invalid``.
    """
    tree = tree_of(nodes)
    values = {key: Fraction(value) for key, value in given.items() if key in tree}
    origins = dict.fromkeys(values, Origin.GIVEN)
    before = {key: Fraction(value) for key, value in (present or {}).items() if key in tree}
    _fill_present(tree, before)
    while True:
        _follow(tree, values, origins)
        if len(values) == len(tree):
            return Solution(values, origins)
        if not _grow(tree, values, origins, before):
            _assume(tree, values, origins, before)


def _fill_present(tree: Mapping[str, Node], before: dict[str, Fraction]) -> None:
    """Present values of figures whose parts all have one."""
    for key, node in tree.items():
        if node.parts and all(part in before for part in node.parts):
            before.setdefault(key, _result(node, before))


def _result(node: Node, values: Mapping[str, Fraction]) -> Fraction:
    parts = [values[part] for part in node.parts]
    return sum(parts, Fraction(0)) if node.operation is Operation.SUM else math.prod(parts, start=Fraction(1))


def _follow(tree: Mapping[str, Node], values: dict[str, Fraction], origins: dict[str, Origin]) -> None:
    """Fill in whatever has only one unknown, until nothing more follows."""
    is_moving = True
    while is_moving:
        is_moving = False
        for key, node in tree.items():
            if not node.parts:
                continue
            unknown = [part for part in node.parts if part not in values]
            if not unknown:
                expected = _result(node, values)
                if key not in values:
                    values[key], origins[key] = expected, Origin.FOLLOWS
                    is_moving = True
                elif values[key] != expected:
                    raise Contradiction(key, expected, values[key])
            elif len(unknown) == 1 and key in values:
                values[unknown[0]] = _missing(node, unknown[0], values)
                origins[unknown[0]] = Origin.FOLLOWS
                is_moving = True


def _missing(node: Node, part: str, values: Mapping[str, Fraction]) -> Fraction:
    """The one part that makes the node what it is."""
    others = Node(node.key, node.operation, tuple(each for each in node.parts if each != part))
    rest = _result(others, values)
    if node.operation is Operation.SUM:
        return values[node.key] - rest
    if not rest:
        if values[node.key]:
            raise Contradiction(node.key, Fraction(0), values[node.key])
        return Fraction(0)
    return values[node.key] / rest


def _grow(
    tree: Mapping[str, Node],
    values: dict[str, Fraction],
    origins: dict[str, Origin],
    before: Mapping[str, Fraction],
) -> bool:
    """Let the free parts of one known figure grow by a common factor, all but the last, which follows."""
    for key, node in reversed(list(tree.items())):
        free = [part for part in node.parts if part not in values]
        if key not in values or len(free) < 2 or any(before.get(part, 0) <= 0 for part in free):
            continue
        factor = _common_factor(node, free, values, before)
        if factor is None:
            continue
        for part in free[:-1]:
            values[part], origins[part] = before[part] * factor, Origin.GROWN
        return True
    return False


def _common_factor(
    node: Node, free: Sequence[str], values: Mapping[str, Fraction], before: Mapping[str, Fraction]
) -> Fraction | None:
    known = [values[part] for part in node.parts if part in values]
    if node.operation is Operation.SUM:
        return (values[node.key] - sum(known)) / sum(before[part] for part in free)
    now = math.prod([*known, *(before[part] for part in free)], start=Fraction(1))
    if now <= 0 or values[node.key] <= 0:
        return None
    root = float(values[node.key] / now) ** (1 / len(free))
    return Fraction(round(root * _DIGITS), _DIGITS) or None


def _assume(
    tree: Mapping[str, Node],
    values: dict[str, Fraction],
    origins: dict[str, Origin],
    before: Mapping[str, Fraction],
) -> None:
    """Keep one leaf that nothing determines at its present value; refuse where none has one."""
    free = [key for key, node in tree.items() if key not in values and not node.parts]
    for key in free:
        if key in before:
            values[key], origins[key] = before[key], Origin.KEPT
            return
    raise Undetermined(free)
