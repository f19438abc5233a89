"""Domain errors say what, where and why, and can be translated before they are filled in."""

from __future__ import annotations

import pytest

from common.errors import Conflict, DomainError, FieldError, Invalid, NotAllowed, NotFound, gettext_noop


def test_message_is_translated_before_its_parameters_are_filled_in():
    error = DomainError("%(left)s left", params={"left": 3})
    assert str(error) == "3 left"
    assert error.text({"%(left)s left": "还剩 %(left)s"}.get) == "还剩 3"


def test_message_without_parameters_may_hold_a_percent_sign():
    assert str(DomainError("20 % behind")) == "20 % behind"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (DomainError, "error"),
        (NotFound, "not_found"),
        (NotAllowed, "not_allowed"),
        (Conflict, "conflict"),
        (Invalid, "invalid"),
    ],
)
def test_each_outcome_has_its_code_and_is_a_domain_error(kind, code):
    assert kind("no").code == code
    assert kind("no", code="special").code == "special"
    assert isinstance(kind("no"), DomainError)


def test_invalid_input_of_one_field_lists_that_field():
    error = Invalid("at most %(n)s", field="name", params={"n": 9})
    assert [(e.field, e.text()) for e in error.errors] == [("name", "at most 9")]


def test_invalid_input_keeps_every_field_error():
    errors = [FieldError("a", "missing", "required"), FieldError("b", "too %(how)s", params={"how": "long"})]
    error = Invalid("refused", errors=errors)
    assert error.errors == tuple(errors)
    assert error.errors[1].text() == "too long"
    assert error.errors[1].text({"too %(how)s": "太 %(how)s"}.get) == "太 long"


def test_invalid_without_field_lists_nothing_and_is_a_value_error():
    assert Invalid("no").errors == ()
    assert isinstance(Invalid("no"), ValueError)


def test_marking_for_translation_changes_nothing():
    assert gettext_noop("text") == "text"
