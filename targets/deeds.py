"""The words of this room's deeds in the audit log."""

from django.utils.translation import gettext_lazy as _

DEEDS = {
    "targets.calibration.analyse": _("calibration analysed"),
    "targets.calibration.decide": _("calibration decided"),
    "targets.calibration.override": _("floor overridden for a calibration"),
    "targets.calibration.propose": _("calibration proposed"),
    "targets.calibration.publish": _("calibration published"),
    "targets.calibration.save": _("calibration drafted"),
    "targets.calibration.withdraw": _("calibration withdrawn"),
    "targets.children.add": _("target split"),
    "targets.floors.set": _("floors of a plan set"),
    "targets.grid.set": _("two-way grid set"),
    "targets.month.set": _("month set"),
    "targets.people.split": _("target split by person"),
    "targets.plan.copy": _("plan copied as a new version"),
    "targets.plan.create": _("plan made"),
    "targets.plan.delete": _("plan deleted"),
    "targets.plan.publish": _("plan published"),
    "targets.plan.submit": _("plan put up for review"),
    "targets.plan_metric.set": _("season and rhythm set"),
    "targets.sheet.apply": _("spreadsheet taken over"),
    "targets.strategy.delete": _("strategy line deleted"),
    "targets.strategy.link": _("strategy line linked to targets"),
    "targets.strategy.move": _("strategy line moved"),
    "targets.strategy.set": _("strategy line set"),
    "targets.strategy.status": _("state of a strategy line set"),
    "targets.strategy.tilt": _("tilt of a strategy line set"),
    "targets.target.allocate": _("target distributed"),
    "targets.target.delete": _("target deleted"),
    "targets.target.set": _("target set"),
}
