"""How an amount is cut among the people and product lines of a shared deal, to the last minor unit."""

from __future__ import annotations

from collections.abc import Sequence

from common.money import split_minor

Key = tuple[int, int]


def proportional(amount: int, weights: Sequence[int]) -> list[int]:
    """An amount in minor units cut in proportion to whole weights, by largest remainder; sums exactly.

    Weights may be negative (a discount line). Weights that sum to zero say nothing: then the parts are equal.
    A negative amount is cut as the mirror of the positive one.

    >>> proportional(100, [2, 1])
    [67, 33]
    >>> proportional(90, [100, -10])
    [100, -10]
    """
    total = sum(weights)
    if amount == total:
        return list(weights)
    if total == 0:
        weights, total = [1] * len(weights), len(weights)
    if total < 0:
        weights, total = [-weight for weight in weights], -total
    sign = -1 if amount < 0 else 1
    cut = [divmod(abs(amount) * weight, total) for weight in weights]
    parts = [whole for whole, _rest in cut]
    order = sorted(range(len(cut)), key=lambda at: (-cut[at][1], -weights[at], at))
    for at in order[: abs(amount) - sum(parts)]:
        parts[at] += 1
    return [sign * part for part in parts]


def credit_parts(
    amount: int, lines: Sequence[tuple[int, int]], shares: Sequence[tuple[int, int]]
) -> dict[Key, int]:
    """An amount cut by person and product line, exactly: {(person, product line): minor units}.

    ``lines`` are (product line, amount in the deal's currency), ``shares`` (person, basis points summing to
    10 000). The amount is first cut to the persons, then each person's part to the lines in proportion, so
    that each person's credit and the whole are exact.

    >>> credit_parts(100, [(7, 100)], [(1, 6000), (2, 4000)])
    {(1, 7): 60, (2, 7): 40}
    """
    credits: dict[Key, int] = {}
    weights = [weight for _line, weight in lines]
    for (person, _bp), part in zip(shares, split_minor(amount, [bp for _p, bp in shares]), strict=True):
        for (line, _weight), cut in zip(lines, proportional(part, weights), strict=True):
            credits[person, line] = credits.get((person, line), 0) + cut
    return credits
