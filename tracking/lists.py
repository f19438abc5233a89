"""The lists of this room whose filters can be saved under a name."""

from django.utils.translation import gettext_lazy as _

LISTS = {"tracking:alert_list": _("Alerts")}
