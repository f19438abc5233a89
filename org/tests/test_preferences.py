"""What people choose for themselves: kept with the account, carried to every browser."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from common.errors import Invalid
from org.models import AuditEntry, User
from org.selectors import default_period
from org.services import preferences_save

pytestmark = pytest.mark.django_db
CHOSEN = {"theme": "dark", "language": "zh-hans", "density": "compact", "period": "year"}


def sign_in(user: User) -> Client:
    """Another browser, through the real sign-in."""
    browser = Client()
    browser.post(reverse("account_login"), {"login": user.email, "password": "secret-enough"})
    return browser


def test_only_what_is_given_changes(alice):
    preferences_save(user=alice, theme="dark", period="week")
    preferences_save(user=alice, density="compact")
    alice.refresh_from_db()
    assert (alice.theme, alice.density, alice.period, alice.language) == ("dark", "compact", "week", "")
    assert alice.has_shortcuts


@pytest.mark.parametrize(
    ("name", "value"),
    [("theme", "neon"), ("language", "tlh"), ("density", "crammed"), ("period", "day"), ("density", "")],
)
def test_unknown_choice_is_refused_and_nothing_is_kept(alice, name, value):
    with pytest.raises(Invalid):
        preferences_save(user=alice, **{"has_shortcuts": False, name: value})
    alice.refresh_from_db()
    assert alice.has_shortcuts
    assert getattr(alice, name) != value


def test_preferences_follow_to_another_browser(alice, client_of):
    answer = client_of(alice).post(reverse("org:preferences"), CHOSEN, follow=True)
    assert "已保存" in answer.content.decode()  # in the language just chosen
    page = sign_in(alice).get(reverse("org:preferences")).content.decode()
    for text in ('lang="zh-hans"', 'data-bs-theme="dark"', 'data-density="compact"'):
        assert text in page
    alice.refresh_from_db()
    assert default_period(alice) == "year"
    assert not alice.has_shortcuts  # a box left empty


def test_language_as_the_browser_says_forgets_the_cookie(alice, client_of):
    browser = client_of(alice)
    browser.post(reverse("org:preferences"), CHOSEN)
    browser.post(reverse("org:preferences"), CHOSEN | {"language": ""})
    answer = browser.get(reverse("org:preferences"), headers={"Accept-Language": "en"})
    assert 'lang="en"' in answer.content.decode()


def test_switches_of_the_frame_are_kept_with_the_account(alice, client_of):
    browser = client_of(alice)
    assert browser.post(reverse("org:theme_keep"), {"theme": "dark"}).status_code == 204
    browser.post(reverse("set_language"), {"language": "zh-hans", "next": "/"})
    alice.refresh_from_db()
    assert (alice.theme, alice.language) == ("dark", "zh-hans")
    assert not AuditEntry.objects.filter(actor=alice).exists()


def test_language_nobody_speaks_here_is_not_kept(alice, client_of):
    assert client_of(alice).post(reverse("set_language"), {"language": "tlh"}).status_code == 302
    alice.refresh_from_db()
    assert alice.language == ""


def test_theme_of_the_device_is_set_by_a_script_of_ours_before_the_first_paint(alice, client_of):
    browser = client_of(alice)
    browser.post(reverse("org:preferences"), CHOSEN | {"theme": "system", "language": "en"})
    page = browser.get(reverse("org:preferences")).content.decode()
    head = page[: page.index("</head>")]
    assert "theme_first.js" in head
    assert "data-follows-device" in page
    assert 'content="light dark"' in head


def test_pages_of_figures_open_with_the_first_period_and_the_address_wins(alice, client_of):
    preferences_save(user=alice, period="quarter")
    browser = client_of(alice)
    assert browser.get("/").context["choice"].grain == "quarter"
    assert browser.get("/?period=week").context["choice"].grain == "week"


def test_period_of_a_stranger_is_the_month():
    assert default_period(object()) == "month"


def test_profile_is_the_name(alice, client_of):
    client_of(alice).post(reverse("org:profile"), {"first_name": " Alice ", "last_name": "B"})
    alice.refresh_from_db()
    assert str(alice) == "Alice B"
