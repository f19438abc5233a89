"""Which moves between stages don't fit the order of the pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# From a stage to the stages it may not have been left for.
Moves = Mapping[int, frozenset[int]]
SKIPPED = 2


@dataclass(frozen=True)
class Step:
    """A stage of the pipeline: its key, and whether a deal in it is open, won or lost."""

    key: int
    outcome: str


def stage_jumps(steps: Sequence[Step], skipped: int = SKIPPED) -> Moves:
    """The forward moves that leave out ``skipped`` open stages or more; ``steps`` stand in pipeline order.

    Winning comes after the last open stage wherever the won stage stands in the list. Losing is no jump: a
    deal may be lost from anywhere.

    >>> order = [Step(1, "open"), Step(2, "open"), Step(3, "open"), Step(4, "won"), Step(5, "lost")]
    >>> stage_jumps(order)
    {1: frozenset({4})}
    """
    path = [step.key for step in steps if step.outcome == "open"]
    won = frozenset(step.key for step in steps if step.outcome == "won")
    jumps = {}
    for at, key in enumerate(path):
        far = frozenset(path[at + skipped + 1 :])
        if len(path) - at - 1 >= skipped:
            far |= won
        if far:
            jumps[key] = far
    return jumps


def stage_reopenings(steps: Sequence[Step]) -> Moves:
    """The moves out of a won stage into one that isn't.

    >>> stage_reopenings([Step(1, "open"), Step(4, "won"), Step(5, "lost")])
    {4: frozenset({1, 5})}
    """
    others = frozenset(step.key for step in steps if step.outcome != "won")
    return {step.key: others for step in steps if step.outcome == "won" and others}
