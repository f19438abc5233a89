"""Writes: snapshots and the alert states that follow from them."""

from tracking.services.alerts import AlertChanges, alerts_catch_up, alerts_evaluate, config_of
from tracking.services.rules import alert_acknowledge, rule_problems, rule_save
from tracking.services.snapshots import (
    Touched,
    refresh_snapshots,
    snapshots_drain,
    snapshots_ensure,
    touched_by,
)

__all__ = [
    "AlertChanges",
    "Touched",
    "alert_acknowledge",
    "alerts_catch_up",
    "alerts_evaluate",
    "config_of",
    "refresh_snapshots",
    "rule_problems",
    "rule_save",
    "snapshots_drain",
    "snapshots_ensure",
    "touched_by",
]
