"""The first run: which of its five steps are done, seen in the data or said by an administrator."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from crm.models import Activity, Lead, Opportunity, Payment
from org.models import Assignment, AssignmentKind, Company, Person, SetupMark, SetupState, SetupStep
from org.policies import may_administer
from org.scope import Scope
from org.selectors import COMPANY_KEY
from targets.models import Plan, PlanStatus

ORDER = (SetupStep.COMPANY, SetupStep.PEOPLE, SetupStep.METRICS, SetupStep.FACTS, SetupStep.PLAN)
# The icon of each step, what it is for, and what one should know of it.
_TOLD: dict[str, tuple[str, str, str]] = {
    SetupStep.COMPANY: (
        "building",
        gettext_noop("In which currency targets are set, when the year begins, which days are worked."),
        gettext_noop(
            "Currency, time zone and fiscal year are fixed once saved: figures already counted would "
            "mean something else."
        ),
    ),
    SetupStep.PEOPLE: (
        "users",
        gettext_noop("Who sells and who leads, in which unit and from which day on."),
        gettext_noop(
            "One row a person. “North / Team 1” is a team below North; units that are not there yet "
            "are made. Managers see everything below their unit."
        ),
    ),
    SetupStep.METRICS: (
        "ruler-measure",
        gettext_noop("The three to five figures you steer by: what is won, and what leads there."),
        gettext_noop(
            "All others stay counted and can be shown again at any time, with definitions of your "
            "own, under Metrics."
        ),
    ),
    SetupStep.FACTS: (
        "database-import",
        gettext_noop("The deals behind every figure: from a table now, from your CRM from then on."),
        gettext_noop(
            "One row a deal, known by its number: load a newer table and the deals are updated. "
            "Visits, leads and payments come by the API."
        ),
    ),
    SetupStep.PLAN: (
        "target-arrow",
        gettext_noop("The year's target, spread over units, people and months."),
        gettext_noop(
            "Units get their share by their sellers, people by their days in the year, months by "
            "workdays: an even start to shape on the plan's page."
        ),
    ),
}


@dataclass(frozen=True)
class StepState:
    """A step as the list shows it; a skipped step whose data are there counts as done."""

    step: SetupStep
    number: int
    is_done: bool
    is_skipped: bool
    note: str = ""
    marked_by: str = ""
    marked_at: dt.datetime | None = None

    @property
    def title(self) -> str:
        return str(self.step.label)

    @property
    def text(self) -> str:
        return _(_TOLD[self.step][1])

    @property
    def hint(self) -> str:
        return _(_TOLD[self.step][2])

    @property
    def icon(self) -> str:
        return _TOLD[self.step][0]

    @property
    def url(self) -> str:
        return reverse("dashboards:setup_step", args=[self.step.value])

    @property
    def is_over(self) -> bool:
        """Nothing is left to do here."""
        return self.is_done or self.is_skipped


@dataclass(frozen=True)
class SetupProgress:
    """The five steps, and whether the list was put away; ``is_untouched``: no people and no facts yet."""

    steps: list[StepState]
    is_hidden: bool
    is_untouched: bool

    @property
    def done_count(self) -> int:
        return sum(step.is_done for step in self.steps)

    @property
    def bar_step(self) -> int:
        """The part that is over in steps of 5 % (for drawing only)."""
        return 100 * sum(step.is_over for step in self.steps) // len(self.steps)

    @property
    def is_finished(self) -> bool:
        return all(step.is_over for step in self.steps)

    @property
    def is_shown(self) -> bool:
        """Whether the home page still reminds of it."""
        return not (self.is_hidden or self.is_finished)

    @property
    def leads(self) -> bool:
        """Whether the home page has nothing to show yet, so that an administrator comes here first."""
        return self.is_untouched and self.is_shown

    @property
    def next_step(self) -> StepState | None:
        """The first step that is not over."""
        return next((step for step in self.steps if not step.is_over), None)

    def get(self, step: SetupStep) -> StepState:
        return next(each for each in self.steps if each.step == step)

    def before(self, step: StepState) -> StepState | None:
        return self.steps[step.number - 2] if step.number > 1 else None

    def after(self, step: StepState) -> StepState | None:
        """The next step that is not over, first of those behind this one."""
        behind = [each for each in self.steps[step.number :] if not each.is_over]
        left = [each for each in self.steps if not each.is_over and each.step != step.step]
        return next(iter(behind or left), None)


def setup_progress(*, scope: Scope, with_names: bool = False) -> SetupProgress | None:
    """How far the first run is, in one query, ``with_names`` of who skipped what in two.

    None for others than administrators (no query).
    """
    if not may_administer(scope):
        return None
    there = _there()
    states = {step: there[f"mark_{step}"] for step in SetupStep.values}
    marks = SetupMark.objects.select_related("marked_by") if with_names else ()
    by_step = {mark.step: mark for mark in marks}
    done = {
        SetupStep.COMPANY: there["is_set_up"],
        SetupStep.PEOPLE: there["has_people"],
        SetupStep.METRICS: states[SetupStep.METRICS] == SetupState.CONFIRMED or there["has_plan"],
        SetupStep.FACTS: there["has_facts"],
        SetupStep.PLAN: there["is_published"],
    }
    is_draft = there["has_plan"] and not there["is_published"]
    notes = {SetupStep.PLAN: _("A draft is waiting to be published.")} if is_draft else {}
    return SetupProgress(
        steps=[
            _state(step, number, bool(done[step]), states[step], notes.get(step, ""), by_step.get(step))
            for number, step in enumerate(ORDER, start=1)
        ],
        is_hidden=states[SetupStep.LIST] is not None,
        is_untouched=not (there["has_people"] or there["has_facts"]),
    )


def _there() -> dict[str, Any]:
    """What the data show and the marks say, in one query that stops at the first row of each table."""
    facts = [
        Exists(model._default_manager.filter(deleted_at=None))
        for model in (Opportunity, Lead, Activity, Payment)
    ]
    asked = {
        "has_people": Exists(Person.objects.filter(is_placeholder=False)),
        "has_facts": facts[0] | facts[1] | facts[2] | facts[3],
        "has_plan": Exists(Plan.objects.all()),
        "is_published": Exists(Plan.objects.filter(status=PlanStatus.PUBLISHED)),
        **{
            f"mark_{step}": Subquery(SetupMark.objects.filter(step=step).values("state")[:1])
            for step in SetupStep.values
        },
    }
    return Company.objects.annotate(**asked).values("is_set_up", *asked).get(pk=COMPANY_KEY)


def _state(
    step: SetupStep, number: int, is_done: bool, state: str | None, note: str, mark: SetupMark | None
) -> StepState:
    return StepState(
        step=step,
        number=number,
        is_done=is_done,
        is_skipped=not is_done and state == SetupState.SKIPPED,
        note=note,
        marked_by=str(mark.marked_by or "") if mark else "",
        marked_at=mark.marked_at if mark else None,
    )


def sellers_now(*, on: dt.date) -> list[str]:
    """The employee numbers of those who sell somewhere on a day, the longest here first."""
    stays = Assignment.objects.filter(kind=AssignmentKind.MEMBER, starts_on__lte=on, ends_on__gt=on)
    numbers = stays.order_by("person_id").values_list("person__employee_number", flat=True)
    return list(dict.fromkeys(numbers))
