"""The words of this room's deeds in the audit log."""

from django.utils.translation import gettext_lazy as _

DEEDS = {
    "crm.plan_rate.set": _("plan rate set"),
    "crm.activity.log": _("visit logged"),
    "crm.follow_up.add": _("follow-up noted"),
    "crm.follow_up.done": _("next step done"),
    "crm.connection.save": _("connection saved"),
    "crm.connection.switch": _("connection turned on or paused"),
    "crm.connection.run": _("connection run by hand"),
    "crm.connection.reset": _("connection reads anew"),
    "crm.connection.missing": _("missing records accepted"),
    "crm.connection.delete": _("connection deleted"),
    "crm.account.merge": _("accounts merged"),
    "crm.account.unmerge": _("accounts parted again"),
    "crm.lead.merge": _("leads merged"),
    "crm.lead.unmerge": _("leads parted again"),
    "crm.import.apply": _("import applied"),
    "crm.import.undo": _("import undone"),
    "crm.ownership.transfer": _("records handed over"),
    "crm.incoming.save": _("incoming webhook saved"),
    "crm.incoming.map": _("incoming webhook's fields set"),
    "crm.incoming.switch": _("incoming webhook turned on or off"),
    "crm.incoming.secret": _("incoming webhook given a new secret"),
    "crm.incoming.delete": _("incoming webhook deleted"),
    "crm.incoming.retry": _("incoming messages tried again"),
    "crm.record.enter": _("record entered"),
    "crm.record.edit": _("record changed"),
    "crm.record.delete": _("record deleted"),
    "crm.lead.convert": _("lead converted"),
    "crm.opportunity.stage": _("deal moved to another stage"),
}
