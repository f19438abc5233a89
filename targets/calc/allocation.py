"""Allocation: a total distributed over children by weight, within bounds, to the last minor unit.

Children are positions in lists: weights, lower, upper, locked and the answer share their order. A
negative total is the mirror image of the positive one, with lower ≤ amount ≤ upper all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from operator import index

from common.errors import Invalid, gettext_noop
from common.money import WHOLE_BP
from targets.calc.bounds import Bounds, Infeasible, Locks, caps, floors, locked_amounts, mirrored
from targets.calc.grid import controlled_round
from targets.calc.waterfill import bounded_shares
from targets.calc.weights import Number, exact_weights

__all__ = ["Infeasible", "allocate", "controlled_round", "cushioned_total", "reallocate"]

_MIRRORED_KINDS = {"below_floors": "above_caps", "above_caps": "below_floors"}


def allocate(
    total: int,
    weights: Sequence[Number],
    lower: Bounds = None,
    upper: Bounds = None,
    locked: Locks = None,
    quantum: int = 1,
    cushion_bp: int = 0,
) -> list[int]:
    """Amounts x_i = clip(λ·w_i, lower_i, upper_i) in minor units that sum to total × (1 + cushion) exactly.

    A lock wins over weight and bounds; a weight of 0 gets its floor (0 if none). Amounts are multiples of
    ``quantum`` but for the locked, the fixed and one odd remainder at the largest weight with room; where
    the bounds leave no such answer single units are used. ``allocate(1000, [4, 3, 3], locked={0: 500})``
    is [500, 250, 250]. Raises ``Infeasible``; ``Invalid`` for a bad weight, quantum or cushion.
    """
    fixed = locked_amounts(locked, len(weights))
    if total < 0:
        opposite = {i: -amount for i, amount in fixed.items()}
        bounds = mirrored(upper), mirrored(lower)
        with _mirrored_reasons():
            mirror = allocate(-total, weights, *bounds, opposite, quantum, cushion_bp)
        return [-amount for amount in mirror]
    if quantum < 1:
        raise Invalid(gettext_noop("Amounts are rounded to 1 or more."), field="quantum")
    exact, lows, highs = exact_weights(weights), floors(lower, len(weights)), caps(upper, len(weights))
    open_children = [i for i in range(len(weights)) if i not in fixed]
    rest = cushioned_total(total, cushion_bp) - sum(fixed.values())
    if rest < 0:
        raise Infeasible("locked_exceeds_total", -rest)
    if rest and fixed and not open_children:
        raise Infeasible("locked_below_total", rest)
    shares, low = [exact[i] for i in open_children], [lows[i] for i in open_children]
    spread = _spread(rest, shares, low, [highs[i] for i in open_children], quantum)
    amounts_of = fixed | dict(zip(open_children, spread, strict=True))
    return [amounts_of[i] for i in range(len(weights))]


def cushioned_total(total: int, cushion_bp: int) -> int:
    """What the children together get: the total plus the declared over-assignment, half to even.

    ``cushioned_total(100_000, 800)`` is 108_000.
    """
    if cushion_bp < 0:
        raise Invalid(gettext_noop("The over-assignment must not be negative."), field="cushion_bp")
    return round(Fraction(index(total) * (WHOLE_BP + cushion_bp), WHOLE_BP))


def reallocate(
    total: int,
    consumed: Sequence[int],
    weights: Sequence[Number],
    lower: Bounds = None,
    upper: Bounds = None,
    locked: Locks = None,
) -> tuple[list[int], list[int], int]:
    """Spread what is left of a total in mid-period, when someone joins, leaves or moves.

    ``consumed`` is each child's part so far (planned, or achieved) and never changes; a joiner's is 0, a
    leaver's weight is 0 and his floor void. Bounds and locks are those of the whole period. Answers
    (future amounts, whole = consumed + future, surplus): with more consumed than the total there is
    nothing to spread, and the surplus says by how much. Raises ``Infeasible`` like ``allocate``.

    ``reallocate(1000, [300, 100, 0], [1, 1, 1], [550, 0, 0])`` is ([250, 175, 175], [550, 275, 175], 0).
    """
    locks = locked_amounts(locked, len(weights))
    if total < 0:
        opposite = {i: -amount for i, amount in locks.items()}
        gone = [-amount for amount in consumed]
        with _mirrored_reasons():
            mirror = reallocate(-total, gone, weights, mirrored(upper), mirrored(lower), opposite)
        return [-amount for amount in mirror[0]], [-amount for amount in mirror[1]], -mirror[2]
    past = [index(amount) for amount in consumed]
    left = total - sum(past)
    if left < 0:
        return [0] * len(past), past, -left
    exact, count = exact_weights(weights), len(past)
    low = [
        max(0, bound - done) if weight else 0
        for bound, done, weight in zip(floors(lower, count), past, exact, strict=True)
    ]
    high = [
        None if bound is None else max(0, bound - done)
        for bound, done in zip(caps(upper, count), past, strict=True)
    ]
    future = allocate(left, exact, low, high, {i: max(0, amount - past[i]) for i, amount in locks.items()})
    return future, [done + more for done, more in zip(past, future, strict=True)], 0


@contextmanager
def _mirrored_reasons() -> Iterator[None]:
    """What was a floor in the mirror image is a cap, and the other way round."""
    try:
        yield
    except Infeasible as error:
        raise Infeasible(_MIRRORED_KINDS.get(error.kind, error.kind), error.gap) from None


def _spread(
    rest: int,
    weights: Sequence[int],
    lower: Sequence[int],
    upper: Sequence[int | None],
    quantum: int,
) -> list[int]:
    if quantum > 1:
        # Bounds are promises, round figures a courtesy: without an answer in quanta, units decide.
        in_quanta = _spread_in_quanta(rest, weights, lower, upper, quantum)
        if in_quanta is not None:
            return in_quanta
    return bounded_shares(rest, weights, lower, upper)


def _spread_in_quanta(
    rest: int,
    weights: Sequence[int],
    lower: Sequence[int],
    upper: Sequence[int | None],
    quantum: int,
) -> list[int] | None:
    """Shares in multiples of the quantum but for one odd remainder, or None if the bounds forbid it."""
    shares = list(lower)
    free = [i for i, weight in enumerate(weights) if weight and lower[i] != upper[i]]
    left = rest - sum(lower) + sum(lower[i] for i in free)
    steps, odd = divmod(left, quantum)
    highs = [upper[i] for i in free]
    try:
        cut = bounded_shares(
            steps,
            [weights[i] for i in free],
            [-(-lower[i] // quantum) for i in free],
            [None if high is None else high // quantum for high in highs],
        )
    except Infeasible:
        return None
    for i, share in zip(free, cut, strict=True):
        shares[i] = share * quantum
    for i in sorted(free, key=lambda i: (-weights[i], i)):
        high = upper[i]
        if high is None or shares[i] + odd <= high:
            shares[i] += odd
            return shares
    return None if odd else shares
