"""The events of this room that webhooks tell of."""

from django.utils.translation import gettext_lazy as _

EVENTS = {
    "calibration.published": _("calibration published"),
    "plan.published": _("plan published"),
    "target.changed": _("targets changed"),
}
