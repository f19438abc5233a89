"""Water-filling on integers: one level for all who are free, floors and caps for the rest.

Source: variable fixing for the quadratic knapsack (Bitran & Hax 1981; Kiwiel 2008), in exact integers.
"""

from __future__ import annotations

from collections.abc import Sequence

from targets.calc.bounds import Infeasible


def bounded_shares(
    total: int, weights: Sequence[int], lower: Sequence[int], upper: Sequence[int | None]
) -> list[int]:
    """Shares x_i = clip(λ·w_i, lower_i, upper_i) that sum to ``total``, as integers within the bounds.

    A weight of 0 gets its floor. ``bounded_shares(1000, [5, 3, 1, 1], [0, 0, 200, 0], [350, None, None,
    None])`` is [350, 338, 200, 112]. Raises ``Infeasible``.
    """
    crossed = sum(max(0, low - high) for low, high in zip(lower, upper, strict=True) if high is not None)
    if crossed:
        raise Infeasible("crossed_bounds", crossed)
    tops = [high if weight else low for weight, low, high in zip(weights, lower, upper, strict=True)]
    if total < sum(lower):
        raise Infeasible("below_floors", sum(lower) - total)
    ceiling = 0
    for top in tops:
        if top is None:
            break
        ceiling += top
    else:
        if total > ceiling:
            raise Infeasible("above_caps" if any(weights) else "no_basis", total - ceiling)
    return _filled(total, weights, lower, tops)


def _filled(
    total: int, weights: Sequence[int], lower: Sequence[int], upper: Sequence[int | None]
) -> list[int]:
    """The shares of a problem known to be feasible.

    Each round fixes those beyond a bound on the side that is further out, which is never wrong for
    them; the level then moves toward the other side. The distance shrinks with every round that fixes
    few, so rounds grow with the logarithm of amounts and children.
    """
    shares = list(lower)
    free = [i for i, weight in enumerate(weights) if weight]
    left = total - sum(low for low, weight in zip(lower, weights, strict=True) if not weight)
    weight = sum(weights)
    while free:
        over = {i: top for i in free if (top := upper[i]) is not None and weights[i] * left > top * weight}
        under = {i: lower[i] for i in free if weights[i] * left < lower[i] * weight}
        if not over and not under:
            break
        excess = sum(weights[i] * left - top * weight for i, top in over.items())
        deficit = sum(low * weight - weights[i] * left for i, low in under.items())
        fixed = over if excess > deficit else under if deficit > excess else over | under
        for i, share in fixed.items():
            shares[i] = share
            left -= share
            weight -= weights[i]
        free = [i for i in free if i not in fixed]
    for i, share in zip(free, largest_remainder(left, [weights[i] for i in free]), strict=True):
        shares[i] = share
    return shares


def largest_remainder(total: int, weights: Sequence[int]) -> list[int]:
    """``total`` in proportion to positive weights, each within a unit of exact.

    Leftover units go to the largest remainders, then the larger weight, then the earlier position:
    ``largest_remainder(100, [1, 1, 1])`` is [34, 33, 33].
    """
    whole_weight = sum(weights)
    cut = [divmod(weight * total, whole_weight) for weight in weights]
    shares = [share for share, _ in cut]
    order = sorted(range(len(cut)), key=lambda i: (-cut[i][1], -weights[i], i))
    for i in order[: total - sum(shares)]:
        shares[i] += 1
    return shares
