"""What market signals lead to: the calibration of a target's months (kept with the targets it changes)."""

from targets.calc.calibration import calibrate

__all__ = ["calibrate"]
