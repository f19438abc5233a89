"""The guide's connector works as it is printed."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson
import pytest

from crm.models import Opportunity
from crm.services.connectors import Kind, Page, connection_save, kind_register
from crm.tests.connecting import forget_kind, pull
from tests.cast import Cast

DOC = Path(__file__).resolve().parents[2] / "docs" / "connectors.md"
NOW = dt.datetime(2026, 5, 2, 12, tzinfo=dt.UTC)


class _Shop:
    """Answers as the shop of the guide would."""

    def __init__(self) -> None:
        self.asked: list[dict[str, list[str]]] = []
        order = {"title": "Desk", "total": "10.00", "seller_email": "", "paid_on": None, "paid": False}
        self.orders = [{"id": key, "deleted": False, **order} for key in (1, 2, 3)]

    def get(self, url: str, headers: dict[str, str]) -> Any:
        assert headers == {"Authorization": "Bearer k"}
        query = parse_qs(urlsplit(url).query, keep_blank_values=True)
        self.asked.append(query)
        start = 2 * (int(query["page"][0]) - 1)
        said = {"orders": self.orders[start : start + 2], "more": len(self.orders) > start + 2}
        return SimpleNamespace(value=said, said_at=NOW)


def _minutes_before(moment: str, minutes: int) -> str:
    return (dt.datetime.fromisoformat(moment) - dt.timedelta(minutes=minutes)).isoformat()


def test_connector_of_the_guide_reads_pages_and_deletions(cast: Cast) -> None:
    [printed] = re.findall(r"```python\n(class ShopConnector.*?)```", DOC.read_text(), re.DOTALL)
    assert len(printed.splitlines()) <= 60
    names: dict[str, Any] = {
        "Page": Page, "orjson": orjson, "urlencode": urlencode, "_minutes_before": _minutes_before
    }  # fmt: skip
    exec(printed, names)  # noqa: S102
    shop = _Shop()
    context = SimpleNamespace(client=shop, source="shop")
    kind_register(
        Kind("shop", "Shop", "", lambda settings, keys, _c: names["ShopConnector"](settings, keys, context))
    )
    try:
        values = {"name": "Shop", "kind": "shop", "source": "shop", "settings": {"url": "https://shop"}}
        connection = connection_save(values=values, credentials={"api_key": "k"}, actor=None)
        assert pull(connection).counts["opportunities"] == {"created": 3}
        shop.orders[1]["deleted"] = True
        assert pull(connection).counts["opportunities"] == {"unchanged": 2, "deleted": 1}
    finally:
        forget_kind("shop")
    assert shop.asked[2]["changed_since"] == ["2026-05-02T11:55:00+00:00"]
    assert Opportunity.objects.filter(deleted_at=None).count() == 2


@pytest.mark.parametrize("word", ["crm.team", "res.users", "account.payment", "Retry-After"])
def test_guide_says_what_becomes_what(word: str) -> None:
    assert word in DOC.read_text()
