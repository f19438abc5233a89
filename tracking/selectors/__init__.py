"""Reads: progress rows, curves, explanations, alerts; and the plan side of snapshots as arrays."""
