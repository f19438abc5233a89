"""Proposals of a plan: who may see which, their lines, who may go on with them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from common.errors import NotFound
from org.models import Person, Role, User
from org.scope import Scope
from targets.models import (
    Calibration,
    CalibrationLine,
    CalibrationStatus,
    Plan,
    Target,
    TargetNote,
)
from targets.selectors.trees import SEGMENTS

_PEOPLE = ("proposer", "analysed_by", "decided_by", "published_by", "override_by")
_LINE_NAMES = (
    "target__plan", "target__parent", "target__metric", "target__unit", "target__person",
    *(f"target__{kind}" for kind in SEGMENTS),
    "joins_person", "joins_parent__unit", "joins_parent__metric",
)  # fmt: skip


def calibrations_visible(*, scope: Scope) -> QuerySet[Calibration]:
    """The proposals one may see: all; a manager's own and those that touch the own units; of anybody else
    the published ones that touch them."""
    lines = _lines_in(scope).order_by()
    counted = (
        lines.filter(calibration=OuterRef("pk")).values("calibration").annotate(n=Count("pk")).values("n")
    )
    rows = Calibration.objects.select_related("plan", *(f"{name}__person" for name in _PEOPLE))
    rows = rows.annotate(line_count=Coalesce(Subquery(counted), 0))
    if scope.sees_everything:
        return rows
    touching = Q(pk__in=lines.values("calibration"))
    if not scope.has(Role.MANAGER):
        return rows.filter(touching, status=CalibrationStatus.PUBLISHED)
    own = Q(proposer=scope.user_id) if scope.user_id else Q(pk=None)
    return rows.filter(own | (touching & ~Q(status=CalibrationStatus.DRAFT)))


def calibration_list(plan: Plan, *, scope: Scope, status: str = "") -> QuerySet[Calibration]:
    """The visible proposals of a plan, the newest first."""
    rows = calibrations_visible(scope=scope).filter(plan=plan)
    return rows.filter(status=status) if status else rows


def calibration_get(calibration_id: int, *, scope: Scope) -> Calibration:
    """A visible proposal; raises NotFound."""
    row = calibrations_visible(scope=scope).filter(pk=calibration_id).first()
    if row is None:
        raise NotFound(_("There is no such calibration."))
    return row


def calibration_lines(calibration: Calibration, *, scope: Scope) -> QuerySet[CalibrationLine]:
    """The visible lines of a proposal: the chosen ones first, then units before people."""
    lines = _lines_in(scope).filter(calibration=calibration).select_related(*_LINE_NAMES)
    return lines.order_by("-is_chosen", "target__person", "target__unit__name", "pk")


def chosen_targets(calibration: Calibration) -> list[Target]:
    """The targets that a proposal names itself, of joiners the one above."""
    lines = CalibrationLine.objects.filter(calibration=calibration, is_chosen=True)
    rows = lines.select_related("target__unit__parent", "joins_parent__unit__parent")
    return [target for line in rows if (target := line.target or line.joins_parent) is not None]


def is_sole_executive(user_id: int | None) -> bool:
    """Whether nobody else could decide: no other active account has the role."""
    others = User.objects.filter(is_active=True, role_grants__role=Role.EXECUTIVE).exclude(pk=user_id or 0)
    return not others.exists()


def notes_of(person: Person, *, unread: bool = False) -> QuerySet[TargetNote]:
    """What somebody has been told of targets, the newest first."""
    rows = TargetNote.objects.filter(person=person).select_related("plan", "target", "calibration")
    return rows.filter(read_at=None) if unread else rows


def _lines_in(scope: Scope) -> QuerySet[CalibrationLine]:
    """Lines of targets in scope; a joiner's by the target above."""
    rows = CalibrationLine.objects.all()
    if scope.unit_ids is None:
        return rows
    visible = Q(target__unit__in=scope.unit_ids) | Q(target=None, joins_parent__unit__in=scope.unit_ids)
    if scope.person_id is not None:
        visible |= Q(target__person=scope.person_id)
    return rows.filter(visible)


def lines_total(lines: Sequence[CalibrationLine]) -> tuple[list[int], list[int]]:
    """The months before and after of lines together: of the chosen ones, which are disjoint branches."""
    before = [sum(column) for column in zip(*(line.before for line in lines), strict=True)] or [0] * 12
    after = [sum(column) for column in zip(*(line.after for line in lines), strict=True)] or [0] * 12
    return before, after
