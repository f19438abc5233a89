"""The lists of this room whose filters can be saved under a name."""

from django.utils.translation import gettext_lazy as _

LISTS = {
    "org:person_list": _("People"),
    "org:audit_list": _("Audit log"),
}
