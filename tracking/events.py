"""The events of this room that webhooks tell of."""

from django.utils.translation import gettext_lazy as _

EVENTS = {"alert.raised": _("alert raised"), "alert.cleared": _("alert cleared")}
