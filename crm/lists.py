"""The lists of this room whose filters can be saved under a name."""

from django.utils.translation import gettext_lazy as _

LISTS = {
    "crm:opportunity_list": _("Deals"),
    "crm:account_list": _("Accounts"),
    "crm:lead_list": _("Leads"),
    "crm:activity_list": _("Activities"),
    "crm:payment_list": _("Payments"),
}
