"""The words of this room's deeds in the audit log."""

from django.utils.translation import gettext_lazy as _

DEEDS = {
    "crm.plan_rate.set": _("plan rate set"),
}
