"""The events of this room that webhooks tell of."""

from django.utils.translation import gettext_lazy as _

EVENTS = {"deal.won": _("deal won")}
