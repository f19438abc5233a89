"""The words of this room's deeds in the audit log."""

from django.utils.translation import gettext_lazy as _

DEEDS = {
    "tracking.alert.acknowledge": _("alert seen"),
    "tracking.rule.change": _("alert rule changed"),
}
