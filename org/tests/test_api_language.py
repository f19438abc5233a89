"""The API says what is wrong in the language its caller asks for, down to each field."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client

from org.services import token_create

pytestmark = pytest.mark.django_db
API = "/api/v1"
CHINESE, ENGLISH = "zh-CN,zh;q=0.9,en;q=0.5", "en-GB,en;q=0.9"
# Words that stay as they are in any language: names of fields and formats, values given or to choose from.
NAMES = re.compile(r"“[^”]*”|：.*|decade|colour|JSON|YYYY-MM-DD|CRM|GET|DELETE|[a-z]+_[a-z_]+")

DEAL = {"stage": "won", "amount": "10.00", "closed_on": "2026-06-02"}
PROBLEMS: list[tuple[str, str, str, Any, int]] = [
    ("no such unit", "get", "/org/units/hr/none", None, 404),
    ("no such address", "get", "/org/nothing", None, 404),
    ("a method that is not there", "delete", "/org/units", None, 405),
    ("no JSON", "put", "/org/units/hr/x", "{", 400),
    ("not an object", "put", "/org/units/hr/x", [1], 400),
    ("a missing field", "put", "/org/units/hr/x", {}, 400),
    ("no such field", "put", "/org/units/hr/x", {"name": "X", "colour": "red"}, 400),
    ("an unknown parent", "put", "/org/units/hr/x", {"name": "X", "parent": "nowhere"}, 400),
    ("an amount that is none", "put", "/crm/opportunities/s/1", DEAL | {"amount": "many"}, 400),
    ("a day that is none", "put", "/crm/opportunities/s/1", DEAL | {"closed_on": "tomorrow"}, 400),
    ("a stage nobody knows", "put", "/crm/opportunities/s/1", DEAL | {"stage": "luck"}, 400),
    ("an owner nobody knows", "put", "/crm/opportunities/s/1", DEAL | {"owner": "N0"}, 400),
    ("a won deal without its day", "put", "/crm/opportunities/s/1", DEAL | {"closed_on": None}, 400),
    ("no records", "post", "/crm/opportunities/bulk", {"source": "s"}, 400),
    ("no such period", "get", "/tracking/progress?period=decade", None, 400),
    ("a day to come", "get", "/tracking/progress?as_of=2999-01-01", None, 400),
    ("no such metric", "get", "/tracking/progress?metric=luck", None, 404),
    ("no such owner", "get", "/tracking/progress?owner=everybody", None, 400),
    ("no such grain", "get", "/metrics/actuals?metric=sales&grain=decade", None, 400),
    ("no such cut", "get", "/metrics/actuals?metric=sales&by=colour", None, 400),
    ("a page that is none", "get", "/crm/opportunities?cursor=nonsense", None, 400),
]


def asked(client: Client, method: str, path: str, body: Any, language: str):
    more = {} if body is None else {"content_type": "application/json"}
    if body is not None:
        more["data"] = body if isinstance(body, str) else json.dumps(body)
    return getattr(client, method)(f"{API}{path}", headers={"Accept-Language": language}, **more)


def sentences(problem: dict[str, Any]) -> list[str]:
    """Everything of a problem that people read."""
    return [problem["title"], problem["detail"], *(each["message"] for each in problem.get("errors", []))]


def foreign(text: str) -> list[str]:
    """Words of a Chinese sentence that are not Chinese and not names."""
    return re.findall(r"[A-Za-z]{2,}", NAMES.sub("", text))


@pytest.fixture
def api(cast) -> Client:
    _token, plain = token_create(user=cast.frank, name="test", scopes=["*"], actor=None)
    return Client(headers={"Authorization": f"Bearer {plain}"})


@pytest.mark.parametrize(("case", "method", "path", "body", "status"), PROBLEMS)
def test_a_problem_is_told_in_chinese_to_who_asks_in_chinese(api, case, method, path, body, status):
    answer = asked(api, method, path, body, CHINESE)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.headers["Content-Language"] == "zh-hans"
    for text in sentences(answer.json()):
        assert foreign(text) == [], text
        assert re.search(r"[\u4e00-\u9fff]", text), text


def test_strangers_and_wrong_scopes_are_refused_in_chinese_too(cast):
    _token, plain = token_create(user=cast.frank, name="test", scopes=["org:read"], actor=None)
    for headers, status in (({}, 401), ({"Authorization": f"Bearer {plain}"}, 403)):
        answer = asked(Client(headers=headers), "get", "/crm/accounts", None, CHINESE)
        assert answer.status_code == status
        assert [foreign(text) for text in sentences(answer.json())] == [[], []]


def test_each_record_of_a_batch_is_refused_in_the_callers_language(api):
    records = [{"external_id": "1", **DEAL, "amount": "many"}]
    told = {}
    for language in (CHINESE, ENGLISH):
        answer = asked(api, "post", "/crm/opportunities/bulk", {"source": "s", "records": records}, language)
        [result] = answer.json()["results"]
        told[language] = result["errors"][0]["message"]
    assert foreign(told[CHINESE]) == []
    assert foreign(told[ENGLISH]) != []


@pytest.mark.parametrize("language", [ENGLISH, "", "tlh"])
def test_who_asks_for_english_or_for_a_language_we_lack_gets_english(api, settings, language):
    problem = asked(api, "get", "/org/units/hr/none", None, language).json()
    assert problem["title"] == "Not found"


def test_codes_and_fields_stay_the_same_in_every_language(api):
    def machine_part(language: str) -> list[tuple[str, str]]:
        problem = asked(api, "put", "/crm/opportunities/s/1", DEAL | {"amount": "many"}, language).json()
        return [(each["field"], each["code"]) for each in problem["errors"]]

    assert machine_part(CHINESE) == machine_part(ENGLISH) != []
