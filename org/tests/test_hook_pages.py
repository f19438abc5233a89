"""The pages of webhooks, used as an administrator uses them."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from org.models import HookDelivery, HookEndpoint
from org.services import secret_of
from org.tests.factories import make_delivery, make_hook
from org.tests.receiver import receiving

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(cast, client_of):
    return client_of(cast.frank)


def page(client, route, /, *args, **data):
    url = reverse(f"org:{route}", args=args)
    answer = client.post(url, data, follow=True) if data else client.get(url)
    return answer.content.decode()


def queries(client, url):
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_endpoint_is_made_tested_turned_on_used_and_deleted(admin, settings):
    settings.HOOK_NETWORKS = ["127.0.0.0/8"]
    assert "Nobody is told yet" in page(admin, "hook_list")
    with receiving() as receiver:
        text = page(admin, "hook_create", name="ERP", url=receiver.url, kinds=["deal.won", "alert.raised"])
        endpoint = HookEndpoint.objects.get()
        assert "not tested" in text
        assert "Turn on" not in text
        assert secret_of(endpoint) in text
        receiver.status = 500
        assert "The test did not arrive: It answered with an error." in page(
            admin, "hook_test", endpoint.pk, x=1
        )
        receiver.status = 200
        text = page(admin, "hook_test", endpoint.pk, x=1)
        assert "The test has arrived." in text
        assert "Turn on" in text
        assert "The endpoint is on." in page(admin, "hook_switch", endpoint.pk, is_active="yes")
    assert "deal won, alert raised" in page(admin, "hook_list").replace(
        "alert raised, deal won", "deal won, alert raised"
    )
    assert "The endpoint is deleted." in page(admin, "hook_delete", endpoint.pk, x=1)
    assert not HookDelivery.objects.exists()


def test_endpoint_that_was_not_tested_says_so_when_turned_on(admin):
    endpoint = make_hook()
    assert "Send a test first" in page(admin, "hook_switch", endpoint.pk, is_active="yes")
    endpoint.refresh_from_db()
    assert not endpoint.is_active


def test_private_address_is_refused_at_its_field(admin):
    text = page(admin, "hook_create", name="ERP", url="https://169.254.169.254/", kinds=["deal.won"])
    assert "private ones are not called" in text
    assert not HookEndpoint.objects.exists()


def test_message_shows_what_is_sent_and_goes_out_again(admin):
    delivery = make_delivery(make_hook(is_active=True), name="<Kitchen>")
    HookDelivery.objects.update(state="failed", attempts=10, excerpt="<b>no</b>", status_code=500)
    text = page(admin, "hook_message", delivery.pk)
    assert "&lt;Kitchen&gt;" in text
    assert "<b>no</b>" not in text
    assert "goes out again within seconds" in page(admin, "hook_replay", delivery.pk, x=1)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("waiting", 0)
    HookEndpoint.objects.update(is_active=False)
    assert "once the endpoint is on" in page(admin, "hook_replay", delivery.pk, x=1)


def test_log_names_what_each_message_is_about(admin):
    endpoint = make_hook("https://8.8.8.8/", "alert.raised", is_active=True)
    make_delivery(endpoint, unit={"name": "East team"})
    make_delivery(endpoint, name="Kitchen")
    make_delivery(endpoint, message="It works.")
    text = page(admin, "hook_detail", endpoint.pk)
    assert "East team" in text
    assert "Kitchen" in text


def test_log_is_filtered_and_paged(admin):
    endpoint = make_hook(is_active=True)
    for _each in range(30):
        make_delivery(endpoint)
    done = make_delivery(endpoint)
    HookDelivery.objects.filter(pk=done.pk).update(state="done")
    address = reverse("org:hook_detail", args=[endpoint.pk])
    assert admin.get(address).content.decode().count("/replay/") == 25
    assert admin.get(address + "?page=2").content.decode().count("/replay/") == 6
    assert admin.get(address + "?state=done").content.decode().count("/replay/") == 1


def test_pages_take_as_many_queries_for_thirty_rows_as_for_three(admin):
    endpoint = make_hook(is_active=True)
    addresses = [reverse("org:hook_list"), reverse("org:hook_detail", args=[endpoint.pk])]
    counts = []
    for rows in (3, 27):
        for at in range(rows):
            make_delivery(endpoint)
            make_hook(name=f"Other {at}")
        counts.append([queries(admin, address) for address in addresses])
    assert counts[0] == counts[1]
