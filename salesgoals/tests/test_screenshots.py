"""The contact sheet of the pictures."""

from __future__ import annotations

from pathlib import Path

from salesgoals.management.commands.screenshots import contact_sheet


def test_the_contact_sheet_shows_each_picture_under_its_page():
    sheet = contact_sheet([Path("rep/home.1440-light-en.png"), Path("rep/home.390-dark-en.png")])
    assert sheet.count("<h2>rep: home</h2>") == 1
    assert 'href="rep/home.390-dark-en.png"' in sheet
    assert "<figcaption>1440-light-en</figcaption>" in sheet


def test_the_contact_sheet_of_nothing_is_a_page_too():
    assert "<img" not in contact_sheet([])
