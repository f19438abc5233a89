"""REST of data quality: the page's findings, in scope, with settings that are taken or refused."""

from __future__ import annotations

import datetime as dt

import pytest

from crm.tests.factories import make_opportunity, make_payment

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/crm/quality"


def test_the_findings_are_those_of_the_own_scope(cast, client_of):
    for user in (cast.alice, cast.dave):
        make_opportunity(user.person, "300.00", expected_close_on=dt.date(2025, 1, 6))
        make_payment(user.person, "12.00")
    for user, count, amount in ((cast.bob, 1, "300.00"), (cast.frank, 2, "600.00")):
        answer = client_of(user).get(ADDRESS).json()
        rows = {row["check"]: row for row in answer["results"]}
        assert (rows["overdue"]["count"], rows["overdue"]["open"]) == (count, amount)
        assert rows["payment-without-deal"]["count"] == count
        assert ("no-owner" in rows) is (user is cast.frank)
        assert answer["next"] is None


def test_settings_are_taken_and_what_is_no_setting_is_refused(cast, client_of):
    client = client_of(cast.frank)
    assert client.get(ADDRESS, {"stale_days": "60", "untouched_days": "7"}).status_code == 200
    answer = client.get(ADDRESS, {"stale_days": "31", "cursor": "x"})
    assert answer.status_code == 400
    assert {error["field"]: error["code"] for error in answer.json()["errors"]} == {
        "stale_days": "choice",
        "cursor": "unknown",
    }
