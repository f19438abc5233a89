"""Words somebody typed: every one of them, in any column, the row's own or one beside it."""

from __future__ import annotations

import pytest

from crm.models import Opportunity
from crm.selectors.words import rows_with_words
from crm.tests.factories import make_account, make_opportunity
from org.tests.factories import make_person

pytestmark = pytest.mark.django_db
COLUMNS = ("name", "external_id", "account__name", "owner__name")


@pytest.fixture
def deals():
    ann = make_person("Ann Fox")
    make_opportunity(ann, name="Fridges", external_id="X-1", account=make_account("上海电器"))
    make_opportunity(make_person("Ben Fox"), name="Washers", external_id="X-2")
    return Opportunity.objects.order_by("external_id")


@pytest.mark.parametrize(
    ("case", "text", "names"),
    [
        ("nothing typed narrows nothing", "  ", ["Fridges", "Washers"]),
        ("the own name, whatever its case", "FRIDGE", ["Fridges"]),
        ("the number in the source", "x-2", ["Washers"]),
        ("the account beside it", "电器", ["Fridges"]),
        ("the owner beside it", "fox", ["Fridges", "Washers"]),
        ("every word, each anywhere", "ben wash", ["Washers"]),
        ("one word missing", "ben fridges", []),
        ("no account is no reason to be found", "None", []),
    ],
)
def test_rows_hold_every_word(deals, case, text, names):
    assert [deal.name for deal in rows_with_words(deals, text, *COLUMNS)] == names


def test_order_and_other_filters_stay(deals):
    found = rows_with_words(deals.filter(external_id="X-2").reverse(), "fox", *COLUMNS)
    assert [deal.name for deal in found] == ["Washers"]
