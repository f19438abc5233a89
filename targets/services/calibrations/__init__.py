"""Calibrations: built from what is chosen, proposed, analysed, decided and published."""

from targets.services.calibrations.building import (
    CAP_DOWN,
    CAP_UP,
    JoinerAsk,
    MonthsAsk,
    Standing,
    first_open_month,
    lines_of,
    month_name,
    months_by_factor,
    plan_months,
    span_of,
)
from targets.services.calibrations.drafts import (
    CalibrationAsk,
    calibration_save,
    calibration_withdraw,
    plan_floors_set,
)
from targets.services.calibrations.flow import (
    calibration_analyse,
    calibration_decide,
    calibration_floor_override,
    calibration_propose,
    calibration_publish,
)
from targets.services.calibrations.people import people_asks

__all__ = [
    "CAP_DOWN",
    "CAP_UP",
    "CalibrationAsk",
    "JoinerAsk",
    "MonthsAsk",
    "Standing",
    "calibration_analyse",
    "calibration_decide",
    "calibration_floor_override",
    "calibration_propose",
    "calibration_publish",
    "calibration_save",
    "calibration_withdraw",
    "first_open_month",
    "lines_of",
    "month_name",
    "months_by_factor",
    "people_asks",
    "plan_floors_set",
    "plan_months",
    "span_of",
]
