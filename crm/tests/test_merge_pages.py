"""The pages of merging: side by side, what it does to the figures, from data quality, undone."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.models import Account, FollowUp, Lead, RecordMerge
from crm.tests.factories import make_account, make_activity, make_lead, make_opportunity, make_payment

pytestmark = pytest.mark.django_db
JAN, FEB = dt.date(2026, 1, 5), dt.date(2026, 2, 5)
MERGE = "crm:account_merge"


@pytest.fixture
def twins(cast):
    owner = cast.alice.person
    rows = [
        make_account("Acme Ltd", owner=owner, industry="retail", country="China"),
        make_account("ACME", owner=owner, industry="tools"),
    ]
    for row, day, amount in zip(rows, (FEB, JAN), ("800.00", "500.00"), strict=True):
        make_opportunity(owner, amount, account=row, won_on=day, name=f"Deal of {row.name}")
    return rows


def page(client, *rows, **query):
    answer = client.get(reverse(MERGE), {"id": [row.pk for row in rows], **query})
    assert answer.status_code == 200
    return answer.content.decode()


def post(client, into, *others, follow=False, **chosen):
    fields = {f"f_{name}": row.pk for name, row in chosen.items()}
    ids = [row.pk for row in (into, *others)]
    return client.post(reverse(MERGE), {"id": ids, "into": into.pk, **fields}, follow=follow)


def test_contradictions_are_marked_and_the_fuller_record_is_proposed(cast, client_of, twins):
    body = page(client_of(cast.alice), *twins)
    rows = {line.partition("</th>")[0].strip(): line for line in body.split('<th scope="row">')[1:]}
    marked = {label.partition("<svg")[0].split("{")[0].strip() for label in rows if "different" in label}
    assert {label.split(" ")[0] for label in marked} == {"Industry"}
    assert f'name="into" value="{twins[0].pk}" checked' in body
    assert f'name="f_industry" value="{twins[0].pk}" checked' in body


def test_the_page_says_what_turns_from_new_into_repeat_business_before_it_does(cast, client_of, twins):
    body = page(client_of(cast.alice), *twins)
    assert "1 won deal of ¥800.00 turns from new into repeat business" in " ".join(body.split())
    other = make_account("Acme", owner=cast.alice.person)
    assert "New and repeat business stay" in page(client_of(cast.alice), twins[0], other)


def test_amounts_and_counts_out_of_scope_are_not_told(cast, client_of, twins):
    make_opportunity(cast.dave.person, "9999.00", account=twins[0], won_on=FEB, name="Australis deal")
    body = page(client_of(cast.alice), *twins)
    assert "Australis" not in body
    deals = body.partition('<th scope="row">Deals</th>')[2].partition("</tr>")[0]
    assert deals.count('<td class="text-secondary">1</td>') == 2


def test_what_was_chosen_stays_and_the_way_back_is_on_the_page(cast, client_of, twins):
    client = client_of(cast.alice)
    body = post(client, twins[0], twins[1], industry=twins[1], follow=True).content.decode()
    assert Account.objects.get(pk=twins[0].pk).industry == "tools"
    made = RecordMerge.objects.get()
    assert reverse("crm:merge_undo", args=[made.pk]) in body
    assert "2 accounts are one now." in body
    moved = client.get(reverse("crm:account_detail", args=[twins[1].pk]))
    assert moved.headers["Location"] == reverse("crm:account_detail", args=[twins[0].pk])
    client.post(reverse("crm:merge_undo", args=[made.pk]))
    assert Account.objects.filter(deleted_at=None).count() == 2
    assert client.get(reverse("crm:account_detail", args=[twins[1].pk])).status_code == 200


def test_a_merged_record_leads_nobody_out_of_their_sight(cast, client_of, twins):
    post(client_of(cast.alice), *twins)
    assert client_of(cast.dave).get(reverse("crm:account_detail", args=[twins[1].pk])).status_code == 404


def test_a_choice_that_is_refused_is_shown_again_with_the_reason(cast, client_of, twins):
    middle = make_account("Middle", owner=cast.alice.person, parent=twins[1])
    low = make_account("Low", owner=cast.alice.person, parent=middle)
    answer = post(client_of(cast.alice), low, twins[1], name=twins[1])
    body = answer.content.decode()
    assert answer.status_code == 422
    assert "“Middle” belongs to one of these accounts" in body
    assert f'name="into" value="{low.pk}" checked' in body
    assert f'name="f_name" value="{twins[1].pk}" checked' in body
    assert not RecordMerge.objects.exists()


def test_what_changed_while_one_looked_is_not_merged(cast, client_of, twins):
    client = client_of(cast.alice)
    ids = {"id": [row.pk for row in twins], "into": twins[0].pk, "seen_at": "2026-01-01T00:00:00Z"}
    answer = client.post(reverse(MERGE), ids)
    assert answer.status_code == 422
    assert "has changed since you looked" in answer.content.decode()


def test_data_quality_leads_to_the_group_and_merges_exact_duplicates_at_once(cast, client_of, twins):
    owner = cast.alice.person
    exact = [make_account("Bright Ltd", owner=owner), make_account("BRIGHT", owner=owner, industry="retail")]
    differs = make_account("Bright Co., Ltd.", owner=owner, industry="tools")
    client = client_of(cast.bob)
    listed = client.get(reverse("crm:quality_rows", args=["duplicate-account"])).content.decode()
    assert listed.count("Compare and merge") == 2
    assert f'{reverse(MERGE)}?like={exact[0].pk}"' in listed
    compared = client.get(reverse(MERGE), {"like": exact[0].pk}).content.decode()
    assert compared.count('name="into"') == 3
    client.post(reverse("crm:account_merge_exact"), {"like": exact[0].pk})
    assert set(Account.objects.filter(name_key="bright", deleted_at=None)) == {exact[1], differs}
    answer = client.post(reverse("crm:account_merge_exact"), {"like": twins[0].pk})
    assert answer.headers["Location"] == f"{reverse(MERGE)}?like={twins[0].pk}"
    assert RecordMerge.objects.count() == 1


def test_an_executive_is_offered_no_merging_of_other_peoples_accounts(cast, client_of):
    for _twice in range(2):
        make_account("Australis Ltd", owner=cast.dave.person)
    listed = client_of(cast.carol).get(reverse("crm:quality_rows", args=["duplicate-account"]))
    body = listed.content.decode()
    assert "Australis Ltd" in body
    assert "Compare and merge" not in body


def test_doubles_are_found_by_their_looks_and_by_name(cast, client_of, twins):
    client, url = client_of(cast.alice), reverse("crm:account_merge_with", args=[twins[0].pk])
    make_account("Something else", owner=cast.alice.person)
    make_account("Acme of Australis", owner=cast.dave.person)
    alike = client.get(url).content.decode()
    assert f'name="id" value="{twins[1].pk}"' in alike
    assert "Something else" not in alike
    found = client.get(url, {"q": "else"}, headers={"HX-Request": "true"}).content.decode()
    assert "Something else" in found
    assert "<html" not in found
    assert "Australis" not in client.get(url, {"q": "Acme"}).content.decode()


def test_leads_say_that_they_count_once(cast, client_of):
    client = client_of(cast.alice)
    leads = [make_lead(cast.alice.person, name="Li Wei", phone="021 6552 9988") for _twice in range(2)]
    url = reverse("crm:lead_merge")
    body = client.get(url, {"id": [lead.pk for lead in leads]}).content.decode()
    assert "the same lead counted twice" in body
    client.post(url, {"id": [lead.pk for lead in leads], "into": leads[0].pk})
    assert Lead.objects.get(deleted_at=None) == leads[0]


@pytest.mark.parametrize("query", ["", "?id=x", "?like=x", "?like=99999999", "?id=99999999999999999999"])
def test_nonsense_in_the_address_is_not_found(cast, client_of, query):
    assert client_of(cast.alice).get(reverse(MERGE) + query).status_code == 404


def test_one_record_alone_leads_to_the_search_for_its_double(cast, client_of):
    alone = make_account("Alone", owner=cast.alice.person)
    answer = client_of(cast.alice).get(reverse(MERGE), {"like": alone.pk})
    assert answer.headers["Location"] == reverse("crm:account_merge_with", args=[alone.pk])


def test_records_with_much_on_them_take_as_many_queries_as_with_little(cast, client_of, twins):
    client, owner = client_of(cast.alice), cast.alice.person

    def queries():
        with CaptureQueriesContext(connection) as captured:
            page(client, *twins)
        return len(captured)

    def make(count):
        for row in twins * count:
            deal = make_opportunity(owner, account=row, won_on=FEB)
            make_activity(owner, account=row)
            make_payment(owner, account=row, opportunity=deal)
            make_lead(owner, account=row)
            FollowUp.objects.create(account=row, person=owner, need="Need")

    make(1)
    queries()
    few = queries()
    make(9)
    assert queries() == few <= 22
