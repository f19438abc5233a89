"""The grid of a target's children: distributed, merged with what others saved, and kept while one types."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.errors import Conflict, DomainError, NotAllowed
from metrics.templatetags.figures import figure_text
from org.http import page_required, translated
from org.scope import Scope
from targets import policies, selectors, services
from targets.calc.allocation import Infeasible
from targets.forms import Amounts, GridInput, grid_read
from targets.grid_form import TypedCells, grid_merge, typed_cells
from targets.http import target_back
from targets.models import Target
from targets.plan_page import plan_context
from targets.shortfall import shortfall

# So often what others save between reading and writing is merged again before the page is refused.
_ATTEMPTS = 3


@require_POST
@page_required()
def target_allocate(request: HttpRequest, target_id: int) -> HttpResponse:
    """Distribute by the posted grid: a preview inside the page, or saved with ``apply``."""
    scope: Scope = request.row_scope  # type: ignore[attr-defined]
    for attempt in range(_ATTEMPTS):
        target = selectors.target_get(target_id, scope=scope)
        _demand_split(scope, target)
        post = _Post(request, target, scope)
        try:
            return post.answer()
        except Conflict as error:
            if not post.has_bases or attempt + 1 == _ATTEMPTS:
                return post.refused(error)
    raise AssertionError


class _Post:
    """One try at a posted grid, against the children as they stand now."""

    def __init__(self, request: HttpRequest, target: Target, scope: Scope) -> None:
        self.request, self.target, self.scope = request, target, scope
        self.typed: dict[str, Any] = request.POST.dict()
        self.is_applying = "apply" in request.POST
        self.has_bases = False
        # Before the children are read: what changes after it is noticed when the distribution is saved.
        self.token = services.seen_token(target)
        self.children = [row.target for row in selectors.children_grid(target, scope=scope).rows]
        self.amounts = Amounts(target.metric, target.plan.currency)
        self.asked: GridInput | None = None

    def answer(self) -> HttpResponse:
        """The page that follows; raises Conflict when somebody saved meanwhile."""
        seen_at = self.request.POST.get("seen_at")
        try:
            self.asked = grid_read(self.typed, self.children, self.amounts)
            merged = grid_merge(self.typed, self.target, self.asked, self.amounts)
            if merged is not None:
                self.has_bases, seen_at, self.asked = True, self.token, merged.asked
                self._took(merged.typed)
                self.typed["questions"] = merged.questions
                if merged.is_open:
                    return self._question()
            preview = services.target_allocate(
                target=self.target,
                children=self.asked.children,
                cushion_bp=self.asked.cushion_bp,
                apply=self.is_applying,
                actor=self.request.user,  # type: ignore[arg-type]
                seen_at=seen_at if self.is_applying else None,
            )
        except Conflict:
            raise
        except DomainError as error:
            return self.refused(error)
        return self._applied() if preview.applied else self._preview(preview.amounts)

    def refused(self, error: DomainError) -> HttpResponse:
        """The page again, with what was typed, why it does not work, and the cells at fault marked."""
        self._keep()
        text = error.text(translated)
        if isinstance(error, Infeasible) and self.asked is not None:
            found = shortfall(error, self.target, self.asked.children, self.asked.cushion_bp)
            text, self.typed["faults"] = found.text, found.cells
        else:
            self.typed["faults"] = faults = _faults(error)
            text = " ".join([text, *_named(faults, {child.pk: child for child in self.children})])
        messages.error(self.request, text)
        return self._page(422)

    def _question(self) -> HttpResponse:
        self._keep()
        messages.warning(
            self.request,
            _("Somebody else changed the same cells meanwhile. Choose what counts; nothing is lost."),
        )
        return self._page(409)

    def _preview(self, amounts: list[int]) -> HttpResponse:
        self._keep()
        for child, amount in zip(self.children, amounts, strict=True):
            self.typed[f"amount-{child.pk}"] = self.amounts.write(amount)
        messages.info(self.request, _("This is a preview: nothing is saved until you distribute."))
        return self._page(200)

    def _applied(self) -> HttpResponse:
        data = self.request.POST
        known = [child.pk for child in self.children]
        shown = {int(name[5:]) for name in data if name.startswith("base-") and name[5:].isdecimal()}
        services.grid_draft_discard(
            target=self.target,
            user=self.request.user,  # type: ignore[arg-type]
            children=None if data.get("restored") else typed_cells(data, known).changed,
        )
        messages.success(self.request, _("Distributed; the children sum to the target."))
        was = data.get("base-target", "")
        if was.lstrip("-").isdecimal() and int(was) != self.target.amount:
            texts = [figure_text(value, self.target.metric) for value in (self.target.amount, int(was))]
            message = _("The target itself became %(now)s meanwhile (it was %(was)s): that was distributed.")
            messages.warning(self.request, message % {"now": texts[0], "was": texts[1]})
        if shown - set(known):
            messages.warning(self.request, _("Somebody removed children meanwhile; they got nothing."))
        return target_back(self.target, self.request.GET.get("page", ""))

    def _keep(self) -> None:
        """What was typed stays as a draft, as it was typed: without scripts too."""
        found = typed_cells(self.request.POST, [child.pk for child in self.children])
        # Before a draft is restored the page does not show it: a cell left alone says nothing about it.
        shown = found.shown if self.request.POST.get("restored") else ()
        _draft_kept(self.request, self.target, found, shown)

    def _took(self, texts: Mapping[str, str | None]) -> None:
        for name, text in texts.items():
            if text is None:
                self.typed.pop(name, None)
            else:
                self.typed[name] = text

    def _page(self, status: int) -> HttpResponse:
        context = plan_context(self.request, self.target.plan, self.target, self.typed)
        return render(self.request, "targets/plan.html", context, status=status)


@require_POST
@page_required()
def grid_draft(request: HttpRequest, target_id: int) -> HttpResponse:
    """Keep what is typed in a grid, and say who else is at it; open pages come by every minute."""
    scope: Scope = request.row_scope  # type: ignore[attr-defined]
    target = selectors.target_get(target_id, scope=scope)
    is_frozen = target.plan.status not in policies.OPEN
    _demand_split(scope, target, frozen=is_frozen)
    user: Any = request.user
    if not is_frozen:
        children = selectors.targets_visible(scope=scope).filter(parent=target).values_list("pk", flat=True)
        found = typed_cells(request.POST, list(children))
        _draft_kept(request, target, found, found.shown)
    editors = selectors.grid_editors(target, user=user, scope=scope)
    context = {"editors": editors, "is_frozen": is_frozen, "plan": target.plan}
    return render(request, "targets/_grid_state.html", context, status=409 if is_frozen else 200)


@require_POST
@page_required()
def grid_draft_discard(request: HttpRequest, target_id: int) -> HttpResponse:
    """Forget one's own draft of a grid."""
    scope: Scope = request.row_scope  # type: ignore[attr-defined]
    target = selectors.target_get(target_id, scope=scope)
    services.grid_draft_discard(target=target, user=request.user)  # type: ignore[arg-type]
    messages.success(request, _("Discarded: the grid shows what is saved."))
    return target_back(target, request.GET.get("page", ""))


def _draft_kept(request: HttpRequest, target: Target, found: TypedCells, shown: Collection[int]) -> None:
    services.grid_draft_save(
        target=target,
        user=request.user,  # type: ignore[arg-type]
        changed=found.changed,
        shown=shown,
        rest=found.rest if "base-cushion" in request.POST else None,
    )


def _demand_split(scope: Scope, target: Target, *, frozen: bool = False) -> None:
    """Raise NotAllowed unless the scope may split the target, or might if its plan were not ``frozen``."""
    if not policies.may_split(scope, target) and not (frozen and policies.may_split_once_open(scope, target)):
        raise NotAllowed(_("Your role does not allow this."))


def _faults(error: DomainError) -> dict[str, str]:
    return {
        each.field: each.text(translated) for each in getattr(error, "errors", ()) if each.field is not None
    }


def _named(faults: Mapping[str, str], children: Mapping[int, Target]) -> list[str]:
    """Each fault with the child it is about."""
    told = []
    for field, text in faults.items():
        child = children.get(int(field.rpartition("-")[2])) if field.rpartition("-")[2].isdecimal() else None
        told.append(f"{selectors.target_name(child)}: {text}" if child else text)
    return told[:10]
