"""Where a value stands in foreign JSON: paths in the part of JMESPath that only finds.

``a.b[0].c``, ``"close date"``, ``fields[?id=='7'].value | [0]``. Functions and expressions that build new
values are refused: they could make much out of little.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from common.errors import gettext_noop
from common.records import Refused

LONGEST_PATH = 200
DEEPEST = 100
MOST_LISTED = 300
# What stands for a place that is not there, unlike one that holds null.
MISSING = object()
_FINDS = frozenset(
    (
        *("field", "subexpression", "index_expression", "index", "slice", "projection", "value_projection"),
        *("filter_projection", "flatten", "comparator", "literal", "pipe", "current", "identity"),
        *("and_expression", "or_expression", "not_expression"),
    )
)
_PLAIN_STEP = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
Step = str | int


def json_read(text: str | bytes) -> Any:
    """A JSON document with exact numbers (no float); raises Refused for what is none or nested too deeply.

    >>> json_read('{"amount": 0.10}')
    {'amount': Decimal('0.10')}
    """
    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        place = {"line": getattr(error, "lineno", 1), "column": getattr(error, "colno", 1)}
        message = gettext_noop("This is not JSON: see line %(line)s, column %(column)s.")
        raise Refused(message, "json", **place) from None
    if _depth_exceeds(value, DEEPEST):
        raise Refused(gettext_noop("This JSON is nested more than %(max)s deep."), "depth", max=DEEPEST)
    return value


def path_check(path: str) -> str:
    """The path itself; raises Refused, saying why, when it is none."""
    _compiled(path)
    return path


def path_find(path: str, document: Any) -> Any:
    """What stands at a path; ``MISSING`` where there is no such place.

    >>> path_find("deal.lines[1].sum", {"deal": {"lines": [{"sum": 1}, {"sum": 2}]}})
    2
    """
    tree, expression = _compiled(path)
    steps = _steps(tree)
    if steps is None:
        found = expression.search(document)
        return MISSING if found is None else found
    here = document
    for step in steps:
        if isinstance(step, str):
            here = here.get(step, MISSING) if isinstance(here, Mapping) else MISSING
        else:
            inside = isinstance(here, list) and -len(here) <= step < len(here)
            here = here[step] if inside else MISSING
        if here is MISSING:
            break
    return here


def path_of(steps: tuple[Step, ...]) -> str:
    """The path of steps through objects and lists, names in quotes where they need them.

    >>> path_of(("deal", "lines", 0, "net sum")), path_of(())
    ('deal.lines[0]."net sum"', '@')
    """
    told = ""
    for step in steps:
        if isinstance(step, int):
            told += f"[{step}]"
            continue
        name = step if _PLAIN_STEP.fullmatch(step) else json.dumps(step, ensure_ascii=False)
        told += f".{name}" if told else name
    return told or "@"


def leaves(document: Any, most: int = MOST_LISTED) -> list[tuple[tuple[Step, ...], Any]]:
    """The single values of a document with the steps to each, of every list the first element only.

    >>> leaves({"a": {"b": 1}, "c": [{"d": 2}, {"d": 3}]})
    [(('a', 'b'), 1), (('c', 0, 'd'), 2)]
    """
    found = []
    for leaf in _leaves(document, ()):
        found.append(leaf)
        if len(found) == most:
            break
    return found


def records_in(document: Any, path: str) -> list[Any]:
    """The records of a document: at ``path`` ("" is the whole), one or a list. Raises Refused: none there.

    >>> records_in({"data": [{"id": 1}]}, "data"), records_in({"id": 1}, "")
    ([{'id': 1}], [{'id': 1}])
    """
    found = path_find(path, document) if path else document
    if isinstance(found, Mapping):
        return [found]
    if isinstance(found, list):
        return found
    message = gettext_noop("There is no record or list of records at “%(path)s”.")
    raise Refused(message, "records", path=path or "@")


@lru_cache(maxsize=1000)
def _compiled(path: str) -> tuple[Mapping[str, Any], Any]:
    if len(path) > LONGEST_PATH:
        message = gettext_noop("A path has at most %(max)s characters.")
        raise Refused(message, "path", max=LONGEST_PATH)
    message = gettext_noop('“%(path)s” is not a path such as deal.amount or lines[0]."net sum".')
    try:
        expression = jmespath.compile(path)
    except (JMESPathError, ValueError, RecursionError):
        raise Refused(message, "path", path=path[:60]) from None
    if not all(kind in _FINDS for kind in _kinds(expression.parsed)):
        reason = gettext_noop("“%(path)s” calculates; a path may only find.")
        raise Refused(reason, "path", path=path[:60])
    return expression.parsed, expression


def _kinds(tree: Mapping[str, Any]) -> Iterator[str]:
    yield tree["type"]
    if tree["type"] != "slice":  # its children are numbers
        for child in tree["children"]:
            yield from _kinds(child)


def _steps(tree: Mapping[str, Any]) -> list[Step] | None:
    """The names and positions of a path that leads to one place; None for one that searches."""
    kind = tree["type"]
    if kind in ("field", "index"):
        return [tree["value"]]
    if kind in ("current", "identity"):
        return []
    if kind not in ("subexpression", "index_expression"):
        return None
    found: list[Step] = []
    for child in tree["children"]:
        steps = _steps(child)
        if steps is None:
            return None
        found += steps
    return found


def _leaves(value: Any, steps: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, (*steps, name))
    elif isinstance(value, list):
        if value:
            yield from _leaves(value[0], (*steps, 0))
    else:
        yield steps, value


def _depth_exceeds(value: Any, most: int) -> bool:
    level = [value]
    for _depth in range(most + 1):
        level = [
            inner
            for each in level
            if isinstance(each, (dict, list))
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True


def _no_number(text: str) -> Any:
    raise ValueError(text)
