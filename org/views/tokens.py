"""The page of API tokens: one's own; an administrator sees everybody's."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from common.errors import DomainError
from org.forms import TokenForm
from org.http import Column, PageRequest, form_errors, page_required, paginate
from org.policies import may_administer
from org.selectors import token_list
from org.services import holdable_scopes, sandbox_text, token_create, token_revoke

WHOSE = Column(gettext_lazy("Whose"))
TOKENS = (
    Column(gettext_lazy("What for")),
    WHOSE,
    Column(gettext_lazy("Scopes")),
    Column(gettext_lazy("Last used")),
    Column(gettext_lazy("Made")),
    Column(gettext_lazy("Expires")),
    Column(gettext_lazy("Actions"), is_hidden=True),
)


@never_cache
@page_required()
def token_page(request: PageRequest) -> HttpResponse:
    """The tokens; a new one's text is shown in the answer that made it and never again."""
    holdable = holdable_scopes(request.row_scope.roles)
    form, plain = TokenForm(request.POST or None, holdable=holdable), ""
    if request.method == "POST" and form.is_valid():
        try:
            clean = form.cleaned_data
            _token, plain = token_create(
                user=request.user,
                name=clean["name"],
                scopes=clean["scopes"],
                expires_at=form.expires_at(),
                actor=request.user,
            )
        except DomainError as error:
            form_errors(form, error)
        else:
            form = TokenForm(holdable=holdable)
    everyone = may_administer(request.row_scope)
    page = paginate(request, token_list(user=request.user, everyone=everyone))
    context = {"form": form, "plain": plain, "page": page, "everyone": everyone, "holdable": holdable}
    context["sandbox"] = sandbox_text() if everyone else None
    context["columns"] = [column for column in TOKENS if everyone or column is not WHOSE]
    return render(request, "org/token_list.html", context)


@require_POST
@page_required()
def token_end(request: PageRequest, pk: int) -> HttpResponse:
    """Revoke a token of one's own, or as administrator anybody's."""
    everyone = may_administer(request.row_scope)
    token = get_object_or_404(token_list(user=request.user, everyone=everyone), pk=pk)
    token_revoke(token=token, actor=request.user)
    messages.success(request, _("The token is revoked."))
    return redirect("org:token_list")
