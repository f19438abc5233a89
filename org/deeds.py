"""The words of this room's deeds in the audit log."""

from django.utils.translation import gettext_lazy as _

DEEDS = {
    "org.assignments.set": _("moved between units"),
    "org.calendar_day.delete": _("calendar day removed"),
    "org.calendar_day.set": _("calendar day set"),
    "org.company.save": _("company changed"),
    "org.first_admin.create": _("first account made"),
    "org.invitation.accept": _("invitation accepted"),
    "org.invitation.create": _("invited"),
    "org.invitation.revoke": _("invitation withdrawn"),
    "org.people.upsert": _("people imported"),
    "org.person.save": _("person changed"),
    "org.role.grant": _("role given"),
    "org.role.revoke": _("role taken"),
    "org.setup.mark": _("set-up step marked"),
    "org.setup.reopen": _("set-up step reopened"),
    "org.token.create": _("API token made"),
    "org.token.revoke": _("API token revoked"),
    "org.unit.close": _("unit closed"),
    "org.unit.move": _("unit moved"),
    "org.unit.save": _("unit changed"),
    "org.units.upsert": _("units imported"),
    "org.user.activate": _("account activated"),
    "org.user.deactivate": _("account deactivated"),
    "org.user.link": _("account linked to a person"),
}
