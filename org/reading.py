"""What one reading request asks for again and again is read once: the company, the plan of the day.

Only while a page is read (GET): a request that writes must see its own writes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar, cast

T = TypeVar("T")

_answers: ContextVar[dict[Hashable, object] | None] = ContextVar("answers of this request", default=None)


@contextmanager
def one_reading() -> Iterator[None]:
    """Remember answers until the block ends."""
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


def remembered(key: Hashable, ask: Callable[[], T]) -> T:
    """The answer given before in this reading, else that of ``ask``; outside a reading always asks."""
    answers = _answers.get()
    if answers is None:
        return ask()
    if key not in answers:
        answers[key] = ask()
    return cast("T", answers[key])


def forget() -> None:
    """Ask anew from now on: something was written while reading (figures made on first sight)."""
    answers = _answers.get()
    if answers is not None:
        answers.clear()
