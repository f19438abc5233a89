"""Writes: snapshots and the alert states that follow from them."""

from tracking.services.snapshots import refresh_snapshots, snapshots_drain, snapshots_ensure

__all__ = ["refresh_snapshots", "snapshots_drain", "snapshots_ensure"]
