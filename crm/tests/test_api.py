"""REST of CRM records: upsert, patch, delete, lists, bulk, and who may."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.models import Account, ChangedDay, Opportunity, OpportunityLine
from crm.tests.factories import make_account, make_opportunity, make_payment, send
from org.services import token_create
from org.tests.factories import make_person, make_unit, make_user

pytestmark = pytest.mark.django_db
JAN, FEB = dt.date(2026, 1, 5), dt.date(2026, 2, 5)
ROOT = "/api/v1/crm"


@pytest.fixture
def ann():
    return make_person("Ann", make_unit("East"))


@pytest.fixture
def caller(client):
    """Calls the API as a user of some roles: caller("admin")("get", "accounts")."""

    def of(*roles, person=None, scopes=None):
        user = make_user(f"{'-'.join(roles) or 'rep'}@example.com", person, *roles)
        headers = {}
        if scopes is not None:
            _token, plain = token_create(user=user, name="t", scopes=scopes, actor=None)
            headers = {"Authorization": f"Bearer {plain}"}
        else:
            client.force_login(user)

        def call(method, path, body=None, **more):
            more.setdefault("headers", {}).update(headers)
            if body is not None:
                more |= {"data": body, "content_type": "application/json"}
            return getattr(client, method)(path if path.startswith("http") else f"{ROOT}/{path}", **more)

        return call

    return of


@pytest.fixture
def integration(caller):
    return caller("admin", scopes=["crm"])


def deal(**fields):
    return {"stage": "won", "amount": "100.00", "closed_on": "2026-01-05", **fields}


def test_a_put_creates_then_replaces_and_answers_the_record(integration, ann):
    made = integration("put", "opportunities/erp/7", deal(owner=ann.employee_number, name="Fridges"))
    assert made.status_code == 201
    assert made.json()["amount"] == "100.00"
    assert made.json()["owner"] == ann.employee_number
    assert made.json()["account"] is None
    again = integration("put", "opportunities/erp/7", deal(amount="5"))
    assert again.status_code == 200
    assert again.json()["name"] == ""
    assert again.json()["owner"] is None


def test_what_was_read_may_be_sent_back_unchanged(integration, ann):
    splits = [{"person": ann.employee_number, "share_bp": 10_000}]
    integration("put", "products/erp/P", {"name": "Fridge", "product_line": "premium"})
    integration(
        "put", "opportunities/erp/7", deal(product="P", splits=splits, quote_sent_at="2026-01-01T10:00:00Z")
    )
    ChangedDay.objects.all().delete()
    read = integration("get", "opportunities/erp/7").json()
    answer = integration("post", "opportunities/bulk", {"source": "erp", "records": [read]}).json()
    assert answer["results"][0]["status"] == "unchanged"
    assert not ChangedDay.objects.exists()


def test_an_external_id_may_hold_slashes(integration):
    assert integration("put", "accounts/erp/a/b c", {"name": "Acme"}).status_code == 201
    assert integration("get", "accounts/erp/a/b c").json()["external_id"] == "a/b c"


@pytest.mark.parametrize(
    ("case", "body", "field"),
    [
        ("wrong stage", {"stage": "maybe"}, "stage"),
        ("unknown field", deal(amuont="1"), "amuont"),
        ("another external id in the body", deal(external_id="8"), "external_id"),
        ("not an object", ["x"], "body"),
    ],
)
def test_a_refused_record_is_a_problem_naming_the_field(integration, case, body, field):
    answer = integration("put", "opportunities/erp/7", body)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert not Opportunity.objects.exists()


def test_a_patch_changes_only_what_it_names(integration, ann):
    account = make_account(owner=ann, region="east")
    made = make_opportunity(account=account, won_on=JAN, loss_reason="", name="Fridges", external_id="7")
    answer = integration("patch", "opportunities/test/7", {"amount": "250.00"})
    assert answer.status_code == 200
    made.refresh_from_db()
    assert (made.amount_minor, made.name, made.account, made.closed_on) == (25_000, "Fridges", account, JAN)


def test_a_patched_amount_takes_the_line_of_a_single_product_along(integration):
    send("products", external_id="P", name="Fridge", product_line="premium")
    make_opportunity(product="P", external_id="7")
    assert integration("patch", "opportunities/test/7", {"amount": "250.00"}).status_code == 200
    assert OpportunityLine.objects.get().amount_minor == 25_000


def test_a_patch_works_though_the_account_was_deleted_meanwhile(integration):
    account = make_account(external_id="A")
    made = make_opportunity(account=account, external_id="7")
    integration("delete", "accounts/test/A")
    assert integration("patch", "opportunities/test/7", {"name": "New"}).status_code == 200
    made.refresh_from_db()
    assert made.account == account
    assert integration("put", "opportunities/test/8", deal(account="A")).status_code == 400


def test_a_patch_of_what_is_not_there_is_404_and_makes_nothing(integration):
    assert integration("patch", "accounts/erp/7", {"name": "Acme"}).status_code == 404
    assert not Account.objects.exists()


def test_a_deleted_record_is_gone_until_asked_for_and_comes_back_by_put(integration):
    make_account("Acme", external_id="7")
    assert integration("delete", "accounts/test/7").status_code == 204
    assert integration("get", "accounts/test/7").status_code == 404
    assert integration("get", "accounts").json()["results"] == []
    listed = integration("get", "accounts?include_deleted=1").json()["results"]
    assert [row["deleted"] for row in listed] == [True]
    assert integration("put", "accounts/test/7", {"name": "Acme"}).json()["deleted"] is False
    assert integration("delete", "accounts/test/8").status_code == 404


def test_a_bulk_answers_each_record_in_its_order(integration):
    records = [{"external_id": "1", "name": "A"}, {"external_id": "2"}, {"external_id": "3", "name": "C"}]
    answer = integration("post", "accounts/bulk", {"source": "erp", "records": records})
    assert answer.status_code == 200
    assert [(r["external_id"], r["status"]) for r in answer.json()["results"]] == [
        ("1", "created"),
        ("2", "error"),
        ("3", "created"),
    ]
    assert answer.json()["results"][1]["errors"][0]["field"] == "name"


def test_a_bulk_beyond_ten_thousand_is_refused_whole(integration):
    records = [{"external_id": str(n), "name": "A"} for n in range(10_001)]
    assert integration("post", "accounts/bulk", {"source": "erp", "records": records}).status_code == 400
    assert not Account.objects.exists()


def test_an_idempotency_key_does_the_work_once(integration):
    body = {"source": "erp", "records": [{"external_id": "1", "name": "A"}]}
    first = integration("post", "accounts/bulk", body, headers={"Idempotency-Key": "k"})
    second = integration("post", "accounts/bulk", body, headers={"Idempotency-Key": "k"})
    assert second.json() == first.json()
    assert second.json()["results"][0]["status"] == "created"
    other = integration("post", "accounts/bulk", {**body, "source": "x"}, headers={"Idempotency-Key": "k"})
    assert other.status_code == 422
    assert Account.objects.count() == 1


def test_pages_follow_each_other_to_the_end(integration):
    for n in range(5):
        make_account(f"A{n}")
    seen, path = [], "accounts?page_size=2"
    while path:
        page = integration("get", path).json()
        seen += [row["name"] for row in page["results"]]
        path = page["next"]
    assert seen == [f"A{n}" for n in range(5)]


def test_updated_since_tells_what_changed_after_a_moment(integration):
    old, new = make_account("Old"), make_account("New")
    Account.objects.filter(pk=old.pk).update(updated_at=new.updated_at - dt.timedelta(days=2))
    since = (new.updated_at - dt.timedelta(days=1)).isoformat()
    rows = integration("get", f"accounts?updated_since={since}").json()["results"]
    assert [row["name"] for row in rows] == ["New"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("stage=won", {"Won"}),
        ("outcome=open", {"Open"}),
        ("closed_from=2026-01-05&closed_until=2026-01-05", {"Won"}),
        ("closed_from=2026-01-06", {"Lost"}),
        ("q=los", {"Lost"}),
        ("q=acme won", {"Won"}),
        ("source=other", set()),
        ("region=east", {"Won"}),
        ("owner=nobody", set()),
    ],
)
def test_filters_of_deals(integration, query, names):
    make_opportunity(name="Won", won_on=JAN, account=make_account("Acme", region="east"))
    make_opportunity(name="Lost", lost_on=FEB)
    make_opportunity(name="Open")
    rows = integration("get", f"opportunities?{query}").json()["results"]
    assert {row["name"] for row in rows} == names


@pytest.mark.parametrize(
    ("query", "field"),
    [("colour=red", "colour"), ("outcome=maybe", "outcome"), ("updated_since=yesterday", "updated_since")],
)
def test_a_wrong_filter_is_refused_not_ignored(integration, query, field):
    answer = integration("get", f"opportunities?{query}")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_rep_sees_only_their_own_records_and_writes_none(caller, ann):
    make_opportunity(ann, name="Mine", external_id="1", won_on=JAN)
    make_opportunity(make_person("Ben"), name="Theirs", external_id="2", won_on=JAN)
    ChangedDay.objects.all().delete()
    rep = caller(person=ann)
    assert [row["name"] for row in rep("get", "opportunities").json()["results"]] == ["Mine"]
    assert rep("get", "opportunities/test/2").status_code == 404
    for method, body in (("put", deal()), ("patch", {"name": "x"}), ("delete", None)):
        assert rep(method, "opportunities/test/1", body).status_code == 403
    assert not ChangedDay.objects.exists()


def test_a_reading_token_may_not_write(caller):
    reader = caller("admin", scopes=["crm:read"])
    assert reader("get", "accounts").status_code == 200
    assert reader("put", "accounts/erp/1", {"name": "A"}).status_code == 403
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    "resource", ["accounts", "products", "leads", "opportunities", "activities", "payments"]
)
def test_every_resource_takes_its_own_documented_example(integration, resource, ann):
    from crm.api_docs import DOCS

    for number in ("1001", "1002"):
        make_person(f"P{number}", employee_number=number)
    send("accounts", external_id="acme", name="Acme")
    send("products", external_id="fridge-500", name="Fridge")
    make_opportunity(external_id="42")
    source = "test"
    answer = integration("put", f"{resource}/{source}/example", DOCS[resource].record)
    assert answer.status_code == 201, answer.json()
    described = set(DOCS[resource].shape().fields)
    assert set(answer.json()) == described


def test_a_page_of_thirty_deals_takes_as_many_queries_as_one_of_three(integration, ann):
    def read(size):
        with CaptureQueriesContext(connection) as queries:
            assert len(integration("get", f"opportunities?page_size={size}").json()["results"]) == size
        return len(queries)

    splits = [{"person": ann.employee_number, "share_bp": 10_000}]
    for n in range(30):
        make_opportunity(name=f"D{n}", splits=splits, account=make_account(f"A{n}"))
    read(1)  # the token's first use is noted
    assert read(30) == read(3)


def test_the_worker_is_woken_after_the_commit_and_a_dead_broker_breaks_nothing(
    integration, django_capture_on_commit_callbacks, monkeypatch
):
    sent = []

    def send_task(name, **_options):
        sent.append(name)
        raise OSError("no broker")

    monkeypatch.setattr("celery.current_app.send_task", send_task)
    with django_capture_on_commit_callbacks(execute=True):
        assert integration("put", "opportunities/erp/1", deal()).status_code == 201
        assert sent == []
    assert sent == ["metrics.tasks.sweep_outbox"]


def test_a_key_with_blanks_around_it_is_answered_as_it_is_stored(integration):
    made = integration("put", "accounts/erp/%207%09", {"name": "Acme"})
    assert (made.status_code, made.json()["external_id"]) == (201, "7")


def test_a_payment_names_its_deal_and_account(integration):
    made = make_opportunity(account=make_account(external_id="A"), external_id="7", won_on=JAN)
    make_payment(opportunity=made, external_id="1", amount="-5")
    read = integration("get", "payments/test/1").json()
    assert (read["opportunity"], read["account"], read["amount"]) == ("7", "A", "-5.00")


def test_the_document_describes_each_resource_by_itself(client):
    schema = client.get("/api/v1/schema/?format=json").json()
    paths = {path: ways for path, ways in schema["paths"].items() if path.startswith(ROOT)}
    for way in ("quality", "accounts/merge"):  # no resource, but what is wrong with them and makes them one
        del paths[f"{ROOT}/{way}"]
    assert len(paths) == 18
    ids = [way["operationId"] for ways in paths.values() for way in ways.values()]
    assert len(set(ids)) == len(ids) == 6 * 6
    put = paths[f"{ROOT}/payments/{{source}}/{{external_id}}"]["put"]
    body = put["requestBody"]["content"]["application/json"]
    assert body["schema"]["$ref"].endswith("/PaymentShapeRequest")
    [example] = body["examples"].values()
    assert example["value"]["opportunity"] == "42"
    told = {parameter["name"] for parameter in paths[f"{ROOT}/opportunities"]["get"]["parameters"]}
    assert {"stage", "updated_since", "include_deleted", "cursor", "page_size"} <= told
