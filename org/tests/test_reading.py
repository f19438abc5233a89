"""What is read once while a page is made, and when it is asked anew."""

from __future__ import annotations

import threading

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from org.http import RowScopeMiddleware
from org.models import Company
from org.reading import forget, one_reading, remembered
from org.selectors import company_get
from org.services import company_save


class Counter:
    """Answers 1, 2, 3 … so that an answer tells how often it was asked for."""

    def __init__(self, answer: object = ...) -> None:
        self.asked = 0
        self.answer = answer

    def __call__(self) -> object:
        self.asked += 1
        return self.asked if self.answer is ... else self.answer


def test_a_reading_asks_once_for_each_key():
    ask = Counter()
    with one_reading():
        assert [remembered("company", ask), remembered("company", ask), remembered("plan", ask)] == [1, 1, 2]


def test_that_there_is_nothing_is_remembered_too():
    ask = Counter(None)
    with one_reading():
        assert remembered("run", ask) is remembered("run", ask) is None
    assert ask.asked == 1


def test_outside_a_reading_every_question_is_asked():
    ask = Counter()
    assert [remembered("company", ask), remembered("company", ask)] == [1, 2]


def test_nothing_is_remembered_from_one_reading_to_the_next():
    ask = Counter()
    for wanted in (1, 2):
        with one_reading():
            assert remembered("company", ask) == wanted
    assert remembered("company", ask) == 3


def test_a_reading_that_fails_ends_all_the_same():
    ask = Counter()

    def fail() -> None:
        with one_reading():
            remembered("company", ask)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert remembered("company", ask) == 2


def test_a_question_that_fails_is_asked_again():
    def fail() -> int:
        raise LookupError

    with one_reading():
        with pytest.raises(LookupError):
            remembered("company", fail)
        assert remembered("company", lambda: 7) == 7


def test_a_reading_inside_another_has_its_own_answers():
    ask = Counter()
    with one_reading():
        remembered("company", ask)
        with one_reading():
            assert remembered("company", ask) == 2
        assert remembered("company", ask) == 1


def test_after_forgetting_everything_is_asked_anew():
    ask = Counter()
    with one_reading():
        remembered("company", ask)
        forget()
        assert [remembered("company", ask), remembered("company", ask)] == [2, 2]
    forget()  # outside a reading there is nothing to forget


def test_two_requests_at_once_share_no_answers():
    ask, told = Counter(), []

    def other() -> None:
        with one_reading():
            told.append(remembered("company", ask))

    with one_reading():
        remembered("company", ask)
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        assert (told, remembered("company", ask)) == ([2], 1)


@pytest.mark.django_db
def test_the_company_is_read_once_a_page(django_assert_num_queries):
    with one_reading(), django_assert_num_queries(1):
        assert company_get() is company_get()


def _asked(method: str, answer) -> None:
    """A request through the middleware that begins a reading."""
    request = RequestFactory().generic(method, "/")
    request.user = None
    RowScopeMiddleware(answer)(request)


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_request_that_writes_sees_its_own_writes(method):
    seen = []

    def write(_request) -> HttpResponse:
        company_get()
        company_save(name="Renamed", actor=None)
        seen.append(company_get().name)
        return HttpResponse()

    _asked(method, write)
    assert seen == ["Renamed"]


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_page_has_one_company_even_if_it_is_renamed_meanwhile(method):
    seen = []

    def read(_request) -> HttpResponse:
        before = company_get().name
        Company.objects.update(name="Renamed")
        seen.append(company_get().name == before)
        return HttpResponse()

    _asked(method, read)
    assert seen == [True]
    assert company_get().name == "Renamed"
