"""REST of this room: amounts are texts, a preview writes nothing, what does not fit says by how much."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.models import Segment
from org.models import AuditEntry
from org.tests.factories import make_unit
from targets.models import Target
from targets.services import plan_publish, target_amount_set
from targets.tests.factories import again, make_child, make_plan, root_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def director(cast, client_of):
    client = client_of(cast.carol)

    def call(method, path, body=None):
        answer = getattr(client, method)(f"/api/v1/targets/{path}", body, content_type="application/json")
        return answer.status_code, answer.json()

    return call


@pytest.fixture
def root(cast):
    return target_amount_set(target=root_of(make_plan()), amount=100_000, actor=None)


def test_a_plan_made_filled_distributed_sliced_and_published(cast, director):
    status, plan = director("post", "plans", {"name": "P", "fiscal_year": 2026, "metrics": ["sales"]})
    assert (status, plan["version"], plan["status"]) == (201, 1, "draft")
    body = {"metric": "sales", "amount": "1000.01"}
    _status, [top] = director("post", f"plans/{plan['id']}/targets", body)
    children = [{"owner": {"unit": cast.east.pk}, "weight": 2}, {"owner": {"unit": cast.west.external_id}}]
    asked = {"children": children, "apply": True}
    _status, answer = director("post", f"{top['id']}/allocate", asked)
    assert [child["amount"] for child in answer["children"]] == ["666.67", "333.34"]
    assert (answer["sum"], answer["gap"]) == ("1000.01", "0.00")
    for grain, count in (("quarter", 4), ("month", 12), ("day", 365)):
        _status, slices = director("get", f"{top['id']}/slices?grain={grain}")
        assert len(slices["results"]) == count
        assert sum(round(float(row["amount"]) * 100) for row in slices["results"]) == 100_001
    status, published = director("post", f"plans/{plan['id']}/publish")
    assert (status, published["status"]) == (200, "published")
    assert director("post", f"plans/{plan['id']}/targets", body)[0] == 409


def test_a_preview_adds_no_child(root, cast, director):
    before = AuditEntry.objects.count()
    asked = {"children": [{"owner": {"unit": cast.east.pk}}], "cushion_bp": 500}
    status, answer = director("post", f"{root.pk}/allocate", asked)
    assert (status, answer["wanted"], answer["over_assigned"]) == (200, "1050.00", "50.00")
    assert not Target.objects.filter(parent=root).exists()
    assert AuditEntry.objects.count() == before


def test_bounds_that_do_not_fit_say_by_how_much_in_money(root, cast, director):
    asked = {"children": [{"owner": {"unit": cast.east.pk}, "max": "400.00"}], "apply": True}
    status, problem = director("post", f"{root.pk}/allocate", asked)
    assert (status, problem["errors"][0]["code"]) == (400, "above_caps")
    assert "600.00" in problem["detail"]
    assert not Target.objects.filter(parent=root).exists()


@pytest.mark.parametrize(
    "child",
    [{"locked": "false"}, {"weight": "NaN"}, {"min": "1e99"}, {"amount": "x"}, {"owner": {"unit": 0}}, {}],
)
def test_a_child_that_cannot_be_read_is_refused(root, cast, director, child):
    asked = {"children": [{"owner": {"unit": cast.east.pk}, **child}, {"owner": {"unit": cast.east.pk}}]}
    assert director("post", f"{root.pk}/allocate", asked)[0] == 400


def test_a_split_by_two_dimensions_at_once_is_refused(root, cast, director):
    make_child(root, cast.east)
    code = Segment.objects.filter(kind="customer_type", is_placeholder=False).values_list("code", flat=True)[
        0
    ]
    status, problem = director("post", f"{root.pk}/allocate", {"children": [{"customer_type": code}]})
    assert (status, problem["errors"][0]["field"]) == (400, "members")
    assert Target.objects.filter(parent=root).count() == 1


def test_a_published_plan_is_not_distributed_anew(root, cast, director):
    make_child(root, cast.east, 100_000)
    plan_publish(plan=root.plan, actor=None)
    asked = {"children": [{"owner": {"unit": cast.east.pk}, "weight": 5}], "apply": True}
    assert director("post", f"{root.pk}/allocate", asked)[0] == 409
    assert again(root).children.get().weight == 1


def test_distributing_asks_at_most_two_queries_a_child(root, cast, director):
    counts = []
    for count in (3, 30):
        units = [make_unit(f"U{count}-{at}", cast.root) for at in range(count)]
        asked = {"children": [{"owner": {"unit": unit.pk}} for unit in units]}
        with CaptureQueriesContext(connection) as queries:
            assert director("post", f"{root.pk}/allocate", asked)[0] == 200
        counts.append(len(queries))
    assert counts[1] <= counts[0] + 2 * 27
