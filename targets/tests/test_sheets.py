"""A plan out as a workbook and back: what was typed comes in, what was not stays, what can't be is told."""

from __future__ import annotations

import datetime as dt
import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from common.errors import Conflict, Invalid
from org.models import AuditEntry
from org.scope import scope_for
from targets.models import PlanSheet, SheetState, Target
from targets.services import plan_publish, target_amount_set, target_month_set
from targets.services.sheets import sheet_apply, sheet_try, sheet_write
from targets.services.sheets.layout import FIRST_ROW, NAME_ROW
from targets.tests.factories import again, make_child, make_plan, root_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(cast):
    """120,000.00 over twelve months; 70,000.00 of it to the east, the rest to the west."""
    plan = make_plan()
    root = target_amount_set(target=root_of(plan), amount=12_000_000, actor=None)
    make_child(root, cast.east, 7_000_000)
    make_child(again(root), cast.west, 5_000_000)
    return plan


@pytest.fixture
def everything(cast):
    """The scope of an executive."""
    return scope_for(cast.carol, on=dt.date(2026, 1, 5))


class Edited:
    """A workbook as somebody edits it: cells of a sheet by target and machine name."""

    def __init__(self, content: bytes) -> None:
        self.book = openpyxl.load_workbook(io.BytesIO(content))
        self.sheet = self.book.worksheets[0]
        self.place = {cell.value: cell.column for cell in self.sheet[NAME_ROW + 1]}

    def cell(self, target, name):
        for row in range(FIRST_ROW + 1, self.sheet.max_row + 1):
            if self.sheet.cell(row, self.place["key"]).value == str(target.pk):
                return self.sheet.cell(row, self.place[name])
        raise AssertionError(f"{target} is not in the sheet")

    def put(self, target, **values):
        for name, value in values.items():
            self.cell(target, name).value = value
        return self

    @property
    def bytes(self) -> bytes:
        file = io.BytesIO()
        self.book.save(file)
        return file.getvalue()


def child_of(plan, unit):
    return Target.objects.select_related("plan", "metric", "parent").get(plan=plan, unit=unit)


def tried(plan, edited, scope):
    return sheet_try(plan=plan, file_name="plan.xlsx", content=edited.bytes, scope=scope, actor=None)


def test_workbook_has_live_formulas_protected_keys_and_a_sheet_that_checks(plan, cast, everything):
    edited = Edited(sheet_write(plan, scope=everything))
    root, east = root_of(plan), child_of(plan, cast.east)
    assert edited.cell(root, "year").value.startswith("=SUM(")
    assert edited.cell(root, "children").value.startswith("=SUMIF(")
    assert edited.cell(east, "children").value is None
    assert edited.cell(east, "change").value.startswith("=")
    assert edited.sheet.protection.sheet
    assert not edited.cell(east, "m01").protection.locked
    assert edited.cell(east, "key").protection.locked
    assert edited.cell(east, "owner").protection.locked
    assert edited.sheet.column_dimensions["A"].hidden
    check = edited.book.worksheets[-1]
    assert "COUNTIF" in check["C5"].value
    assert "✓" in check["E5"].value


@pytest.mark.parametrize("name", ["=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "http://example.com"])
def test_names_are_texts_and_never_formulas_or_links(plan, cast, everything, name):
    east = child_of(plan, cast.east)
    type(east.unit).objects.filter(pk=east.unit_id).update(name=name)
    cell = Edited(sheet_write(plan, scope=everything)).cell(east, "owner")
    assert (cell.value, cell.data_type, cell.hyperlink) == (name, "s", None)


def test_untouched_workbook_changes_nothing(plan, everything):
    sheet = tried(plan, Edited(sheet_write(plan, scope=everything)), everything)
    assert (sheet.changes, sheet.problems, sheet.rows_read, sheet.rows_missing) == ([], [], 3, 0)
    with pytest.raises(Invalid, match="changes nothing"):
        sheet_apply(sheet=sheet, mine=(), follow=False, actor=None)


def test_typed_month_comes_in_exactly_and_is_kept_from_later_distribution(plan, cast, everything):
    east = child_of(plan, cast.east)
    before = east.months
    edited = Edited(sheet_write(plan, scope=everything)).put(east, m01=1234.56)
    sheet = tried(plan, edited, everything)
    assert again(east).months == before
    assert sheet_apply(sheet=sheet, mine=(), follow=False, actor=None, reason="Trade fair") == 1
    east = again(east)
    assert east.months == [123_456, *before[1:]]
    assert east.amount == sum(east.months)
    assert east.is_locked
    entry = AuditEntry.objects.get(action="targets.sheet.apply")
    assert (entry.reason, entry.after["targets"]) == ("Trade fair", {str(east.pk): east.amount})


def test_typed_year_is_spread_over_its_months_and_may_be_followed_below(plan, cast, everything):
    east = child_of(plan, cast.east)
    team = make_child(east, cast.borealis)
    target_amount_set(target=again(east), amount=7_000_000, actor=None)
    edited = Edited(sheet_write(plan, scope=everything)).put(again(east), year=84_000)
    sheet = tried(plan, edited, everything)
    sheet_apply(sheet=sheet, mine=(), follow=True, actor=None)
    east, team = again(east), again(team)
    assert east.amount == sum(east.months) == 8_400_000
    assert (team.amount, team.months) == (east.amount, east.months)


@pytest.mark.parametrize(
    ("case", "typed", "month"),
    [
        ("with separators", "1,234.50", 123_450),
        ("in ten thousands", "1.2万", 1_200_000),
        ("in brackets", "(300)", -30_000),
        ("noise of a spreadsheet's reckoning", 0.1 + 0.2, 30),
    ],
)
def test_amounts_are_read_as_people_write_them(plan, cast, everything, case, typed, month):
    east = child_of(plan, cast.east)
    sheet = tried(plan, Edited(sheet_write(plan, scope=everything)).put(east, m02=typed), everything)
    assert sheet.problems == []
    assert sheet.changes[0]["mine"][2] == month


@pytest.mark.parametrize(
    ("case", "typed", "column", "text"),
    [
        ("a word", {"m03": "plenty"}, "m03", "not an amount"),
        ("half a cent", {"m03": 1.005}, "m03", "decimals"),
        ("nothing", {"m03": None}, "m03", "type 0"),
        ("a year against its months", {"m03": 5, "year": 7}, "year", "Keep one"),
        ("a key of nobody", {"key": "999999"}, "", "no target of the plan"),
    ],
)
def test_what_cannot_be_read_is_told_by_line_and_column_and_loses_nothing(
    plan, cast, everything, case, typed, column, text
):
    east, west = child_of(plan, cast.east), child_of(plan, cast.west)
    edited = Edited(sheet_write(plan, scope=everything)).put(west, m01=1)
    line = edited.cell(east, "m03").row
    letter = edited.cell(east, column).column_letter if column else ""
    sheet = tried(plan, edited.put(east, **typed), everything)
    [problem] = sheet.problems
    assert (problem["line"], problem["column"]) == (line, letter)
    assert text in problem["text"]
    assert [change["target"] for change in sheet.changes] == [west.pk]


def test_what_somebody_else_changed_meanwhile_is_asked_about_and_never_lost(plan, cast, everything):
    east, west = child_of(plan, cast.east), child_of(plan, cast.west)
    edited = Edited(sheet_write(plan, scope=everything)).put(east, m01=1).put(west, m01=2)
    target_month_set(target=east, month=4, amount=50_000, actor=None)
    theirs = again(east).months
    sheet = tried(plan, edited, everything)
    assert {row["target"]: row["is_conflict"] for row in sheet.changes}[east.pk]
    sheet_apply(sheet=sheet, mine=(), follow=False, actor=None)
    assert again(east).months == theirs
    assert again(west).months[0] == 200

    again_tried = tried(plan, edited, everything)
    sheet_apply(sheet=again_tried, mine={east.pk}, follow=False, actor=None)
    assert again(east).months[0] == 100


def test_a_change_after_the_trial_was_shown_refuses_it_whole(plan, cast, everything):
    east, west = child_of(plan, cast.east), child_of(plan, cast.west)
    edited = Edited(sheet_write(plan, scope=everything)).put(east, m01=1).put(west, m01=2)
    sheet = tried(plan, edited, everything)
    target_month_set(target=east, month=4, amount=50_000, actor=None)
    with pytest.raises(Conflict, match="Upload the file again"):
        sheet_apply(sheet=sheet, mine=(), follow=False, actor=None)
    assert again(west).months[0] != 200
    assert PlanSheet.objects.get().state == SheetState.TRIED


def test_a_trial_is_taken_over_once(plan, cast, everything):
    edited = Edited(sheet_write(plan, scope=everything)).put(child_of(plan, cast.east), m01=1)
    sheet = tried(plan, edited, everything)
    sheet_apply(sheet=sheet, mine=(), follow=False, actor=None)
    with pytest.raises(Conflict, match="decided already"):
        sheet_apply(sheet=sheet, mine=(), follow=False, actor=None)


@pytest.mark.parametrize(
    ("case", "content", "text"),
    [
        ("a text", b"Owner,Year\nEast,5", "no XLSX"),
        (
            "a broken archive",
            b"PK\x03\x04rubbish",
            "neither a CSV table nor an XLSX workbook|can't be opened",
        ),
    ],
)
def test_other_files_are_refused(plan, everything, case, content, text):
    with pytest.raises(Invalid, match=text):
        sheet_try(plan=plan, file_name="x.xlsx", content=content, scope=everything, actor=None)


def test_workbook_of_another_plan_and_a_frozen_plan_are_refused(plan, everything):
    content = sheet_write(plan, scope=everything)
    with pytest.raises(Invalid, match="another plan"):
        sheet_try(plan=make_plan(2027), file_name="x.xlsx", content=content, scope=everything, actor=None)
    plan_publish(plan=plan, actor=None)
    with pytest.raises(Conflict, match="frozen"):
        sheet_try(plan=plan, file_name="x.xlsx", content=content, scope=everything, actor=None)


def test_a_ratio_goes_out_as_a_fraction_and_comes_back_in_millionths(cast, everything):
    plan = make_plan(2026, "win_rate")
    root = target_amount_set(target=root_of(plan, "win_rate"), amount=350_000, actor=None)
    edited = Edited(sheet_write(plan, scope=everything))
    assert edited.cell(root, "m01").value == 0.35
    sheet = tried(plan, edited.put(root, m01=1 / 3), everything)
    assert sheet.changes[0]["mine"][1] == 333_333


def test_manager_takes_along_and_brings_back_what_is_theirs_alone(plan, cast, client_of):
    """Bob leads the team: he sees it, sets its people, but not the team's own target."""
    east = child_of(plan, cast.east)
    team = make_child(east, cast.borealis, 7_000_000)
    scope = scope_for(cast.bob, on=team.plan.starts_on)
    edited = Edited(sheet_write(plan, scope=scope))
    assert [row[0].value for row in edited.sheet.iter_rows(min_row=FIRST_ROW + 1)] == [str(team.pk)]
    sheet = sheet_try(
        plan=plan, file_name="x.xlsx", content=edited.put(team, m01=1).bytes, scope=scope, actor=cast.bob
    )
    assert "not yours to set" in sheet.problems[0]["text"]
    assert sheet.changes == []
    assert client_of(cast.carol).get(reverse("targets:sheet_trial", args=[sheet.pk])).status_code == 200
    assert client_of(cast.dave).get(reverse("targets:sheet_trial", args=[sheet.pk])).status_code == 404


def test_from_the_page_out_and_back(plan, cast, client_of):
    director, east = client_of(cast.carol), child_of(plan, cast.east)
    page = reverse("targets:plan_sheet", args=[plan.pk])
    assert director.get(page).status_code == 200
    file = director.get(reverse("targets:plan_sheet_file", args=[plan.pk]))
    assert file["Content-Disposition"].endswith('.xlsx"')
    edited = Edited(file.content).put(east, m01=99_999)
    answer = director.post(page, {"file": SimpleUploadedFile("plan.xlsx", edited.bytes)}, follow=True)
    sheet = PlanSheet.objects.get()
    assert "1 target would change." in answer.content.decode()
    decide = reverse("targets:sheet_decide", args=[sheet.pk, "apply"])
    assert director.post(decide, {"reason": "As agreed"}).status_code == 302
    assert again(east).months[0] == 9_999_900
    assert "taken over" in director.get(page).content.decode()


def test_a_file_that_is_none_is_told_at_the_field(plan, cast, client_of):
    page = reverse("targets:plan_sheet", args=[plan.pk])
    answer = client_of(cast.carol).post(page, {"file": SimpleUploadedFile("plan.xlsx", b"hello")})
    assert "This is no XLSX workbook." in answer.content.decode()
    assert not PlanSheet.objects.exists()
