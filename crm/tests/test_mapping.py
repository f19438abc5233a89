"""Foreign JSON as our records: places, words, amounts, days; what can't be read is told with its place."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import Invalid
from common.records import Refused
from crm.calc.fields import FIELDS
from crm.calc.json_paths import MISSING, json_read, leaves, path_check, path_find, path_of, records_in
from crm.calc.mapping import MAPPED, Gone, Mapping, Rule, mapping_json, mapping_read, record_map
from crm.calc.mapping_guess import mapping_guess

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
SCALARS = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | TEXTS
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)
PATHS = st.lists(TEXTS.filter(bool) | st.integers(0, 9), min_size=1, max_size=4).map(
    lambda steps: path_of((str(steps[0]), *steps[1:]))
)
WORDS = TEXTS.filter(lambda text: bool(text))


@given(JSON)
def test_every_leaf_is_found_at_the_path_it_is_listed_with(document):
    for steps, value in leaves(document):
        found = path_find(path_of(steps), document)
        assert found == value
        assert type(found) is type(value)


@given(JSON, st.text(max_size=30))
def test_any_text_is_a_path_or_refused_and_finds_something_or_nothing(document, text):
    try:
        path_check(text)
    except Refused:
        return
    path_find(text, document)


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_any_text_is_json_or_refused(text):
    with contextlib.suppress(Refused):
        json_read(text)


@st.composite
def mappings(draw):
    resource = draw(st.sampled_from(sorted(MAPPED)))
    names = [column.name for column in MAPPED[resource]]
    rules = {}
    for name in names:
        paths = tuple(draw(st.lists(PATHS, max_size=3)))
        constant = draw(TEXTS)
        table = draw(st.dictionaries(WORDS, TEXTS, max_size=3))
        rules[name] = Rule(paths or ("id",), constant, table)
    gone = Gone(draw(PATHS), tuple(draw(st.lists(WORDS, max_size=2)))) if draw(st.booleans()) else Gone()
    return Mapping(resource, rules, gone)


@given(mappings())
def test_mapping_survives_its_way_through_json(mapping):
    told = json.loads(json.dumps(mapping_json(mapping)))
    assert mapping_read(mapping.resource, told) == mapping


@given(mappings(), JSON)
def test_any_record_gives_values_or_errors_that_name_field_and_place(mapping, record):
    mapped = record_map(mapping, record, zone=SHANGHAI, home="CNY")
    names = {column.name for column in MAPPED[mapping.resource]}
    assert {*mapped.values} <= names
    for error in mapped.errors:
        assert error.field in names
        if isinstance(record, dict):
            assert error.params["path"] in ("", *mapping.rules[error.field].paths)
        assert error.text()


@given(JSON)
def test_any_sample_gives_a_mapping_that_finds_what_it_guessed(record):
    mapping = mapping_guess("opportunities", [record], stages={})
    for rule in mapping.rules.values():
        assert path_find(rule.paths[0], record) is not MISSING
    if isinstance(record, dict):
        record_map(mapping, record)


@given(st.decimals(-(10**12), 10**12, places=2))
def test_amount_arrives_to_the_cent(amount):
    rules = {"amount": Rule(("sum",))}
    for said in (f'{{"sum": {amount}}}', f'{{"sum": "{amount}"}}'):
        mapped = record_map(Mapping("payments", rules), json_read(said))
        assert mapped.errors == []
        assert Decimal(mapped.values["amount"]) == amount


@given(st.integers(1_001_894_400, 7_258_032_000))
def test_moment_is_the_same_as_text_seconds_and_milliseconds(since):
    at = dt.datetime.fromtimestamp(since, dt.UTC)
    rules = {"occurred_at": Rule(("at",))}
    seconds = int(at.timestamp())
    for said in (
        at.isoformat(),
        at.strftime("%Y-%m-%dT%H:%M:%S.123Z"),
        seconds,
        seconds * 1000,
        str(seconds),
    ):
        mapped = record_map(Mapping("activities", rules), {"at": said})
        assert mapped.values["occurred_at"] == at


DAYS = [
    ("a day", "2026-03-05", "2026-03-05"),
    ("a day in Chinese", "2026年3月5日", "2026-03-05"),
    ("run on", 20260305, "2026-03-05"),
    ("midnight in UTC names the day", "2026-03-05T00:00:00.000Z", "2026-03-05"),
    ("an evening in UTC is tomorrow in Shanghai", "2026-03-05T22:00:00Z", "2026-03-06"),
    ("the same as Salesforce writes it", "2026-03-05T22:00:00.000+0000", "2026-03-06"),
    ("a time without a zone is ours", "2026-03-05 22:00:00", "2026-03-05"),
    ("another zone's morning", "2026-03-05T09:00:00+09:00", "2026-03-05"),
    ("milliseconds at midnight", 1772668800000, "2026-03-05"),
    ("seconds in the evening", 1772748000, "2026-03-06"),
    ("day first, as told", "5/3/2026", "2026-03-05"),
]


@pytest.mark.parametrize(("case", "said", "day"), DAYS, ids=[each[0] for each in DAYS])
def test_day(case, said, day):
    rules = {"closed_on": Rule(("on",), answer="dmy")}
    mapped = record_map(Mapping("opportunities", rules), {"on": said}, zone=SHANGHAI)
    assert str(mapped.values["closed_on"]) == day


def test_day_named_at_midnight_in_utc_is_not_the_day_before_in_america():
    rules = {"closed_on": Rule(("on",))}
    mapped = record_map(Mapping("opportunities", rules), {"on": "2026-03-05T00:00:00Z"}, zone=NEW_YORK)
    assert str(mapped.values["closed_on"]) == "2026-03-05"


FOUND = [
    ("first path that holds something", {"b": "x", "c": "y"}, "x"),
    ("empty and null are passed over", {"a": "", "b": None, "c": "y"}, "y"),
    ("null where nothing else is", {"b": None}, None),
    ("constant where nothing is", {}, "always"),
]


@pytest.mark.parametrize(("case", "record", "value"), FOUND, ids=[each[0] for each in FOUND])
def test_fallbacks(case, record, value):
    constant = "always" if case.startswith("constant") else ""
    mapping = Mapping("opportunities", {"name": Rule(("a", "b", "c"), constant)})
    assert record_map(mapping, record).values == {"name": value}


def test_field_that_a_record_does_not_tell_is_not_told():
    assert record_map(Mapping("opportunities", {"name": Rule(("a",))}), {}).values == {}


def test_words_are_theirs_whatever_their_case_and_star_is_all_others():
    rule = Rule(("s",), table={"Closed Won": "won", "*": "engaging"})
    mapping = Mapping("opportunities", {"stage": rule})
    said = [record_map(mapping, {"s": word}).values["stage"] for word in ("closed  won", "CLOSED WON", "new")]
    assert said == ["won", "won", "engaging"]


def test_amount_brings_its_currency_unless_that_is_mapped():
    said = {"sum": "€ 1,200.50", "cur": "usd"}
    alone = Mapping("payments", {"amount": Rule(("sum",))})
    both = Mapping("payments", {"amount": Rule(("sum",)), "currency": Rule(("cur",))})
    assert record_map(alone, said).values == {"amount": "1200.50", "currency": "EUR"}
    assert record_map(both, said).values == {"amount": "1200.50", "currency": "USD"}


def test_noise_of_binary_reckoning_is_no_money():
    mapping = Mapping("payments", {"amount": Rule(("sum",))})
    for said in (10.1 * 3, json_read("30.299999999999997"), "30.30"):
        assert Decimal(record_map(mapping, {"sum": said}).values["amount"]) == Decimal("30.3")


def test_every_field_that_can_be_mapped_is_one_of_a_record():
    for resource, columns in MAPPED.items():
        known = {*FIELDS[resource], "external_id", "account_name"}
        assert {column.name for column in columns} <= known - {"lines", "splits"}


WRONG = [
    ("no amount", "amount", "sum", {"sum": "many"}, "“many” is not an amount."),
    ("several values", "amount", "sum", {"sum": {"v": 1}}, "{…} stands here, not a single value"),
    ("a list", "amount", "sum", {"sum": [1]}, "[…] stands here"),
    ("no day", "received_on", "on", {"on": "soon"}, "“soon” is not a day"),
    ("two days", "received_on", "on", {"on": "5/3/2026"}, "can be two days"),
]


@pytest.mark.parametrize(("case", "name", "path", "record", "said"), WRONG, ids=[each[0] for each in WRONG])
def test_error_says_field_place_and_what_was_found(case, name, path, record, said):
    mapped = record_map(Mapping("payments", {name: Rule((path,))}), record)
    [error] = mapped.errors
    assert (error.field, error.params["path"]) == (name, path)
    assert said in error.text()


GONE = [
    ({"deleted": True}, (), True),
    ({"deleted": False}, (), False),
    ({"deleted": "false"}, (), False),
    ({"deleted": "2026-03-05T10:00:00Z"}, (), True),
    ({"deleted": None}, (), False),
    ({}, (), False),
    ({"deleted": "deal.Removed"}, ("deal.removed",), True),
    ({"deleted": "deal.updated"}, ("deal.removed",), False),
]


@pytest.mark.parametrize(("record", "words", "is_gone"), GONE)
def test_mark_of_deletion(record, words, is_gone):
    mapping = Mapping("payments", {"external_id": Rule(("id",))}, Gone("deleted", words))
    assert record_map(mapping, {"id": 1} | record).is_deleted is is_gone


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"fields": {"nonsense": {"paths": ["a"]}}}, "nonsense"),
        ({"fields": {"external_id": {"paths": ["a["]}}}, "external_id"),
        ({"fields": {"external_id": {"paths": ["length(a)"]}}}, "external_id"),
        ({"fields": {"external_id": {"paths": ["[a, b]"]}}}, "external_id"),
        ({"fields": {"external_id": {"paths": "a"}}}, "external_id"),
        ({"fields": {"external_id": {}}}, "external_id"),
        ({"fields": {"external_id": {"paths": ["a"], "answer": "dmy"}}}, "external_id"),
        ({"fields": {"external_id": {"paths": ["a"]}}}, "received_on"),
        ({"fields": {"received_on": {"paths": ["a"]}}}, "external_id"),
        ({"fields": {"external_id": {"paths": ["a"]}}, "deleted": {"path": "a["}}, "deleted"),
        ({"fields": []}, "mapping"),
        ([], "mapping"),
    ],
)
def test_mapping_that_cannot_be_used_says_where(told, field):
    with pytest.raises(Invalid) as refused:
        mapping_read("payments", told)
    assert field in [error.field for error in refused.value.errors]


@pytest.mark.parametrize(
    ("document", "path", "count"),
    [
        ({"id": 1}, "", 1),
        ([{"id": 1}, {"id": 2}], "", 2),
        ({"d": {"l": [{}, {}, {}]}}, "d.l", 3),
        ([], "", 0),
    ],
)
def test_records_are_one_or_a_list_at_a_place(document, path, count):
    assert len(records_in(document, path)) == count


@pytest.mark.parametrize(("document", "path"), [({}, "a"), ({"a": 1}, "a"), ("text", ""), (None, "")])
def test_no_records_are_told(document, path):
    with pytest.raises(Refused, match="no record"):
        records_in(document, path)


def test_path_searches_lists_of_custom_fields():
    record = {"fields": [{"id": 3, "value": "x"}, {"id": 7, "value": "won"}]}
    assert path_find("fields[?id==`7`].value | [0]", record) == "won"
    assert path_find("fields[?id==`8`].value | [0]", record) is MISSING
