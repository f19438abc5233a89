"""Plans, their tree of targets, and what belongs to them."""

from targets.models.calibrations import (
    BEFORE_FIELDS,
    DELTA_FIELDS,
    Calibration,
    CalibrationLine,
    CalibrationStatus,
    PlanFloors,
    TargetNote,
    Trigger,
)
from targets.models.drafts import GridDraft
from targets.models.jobs import PlanJob
from targets.models.people import PersonFactor, PersonSplit, SplitBase
from targets.models.plans import Plan, PlanMetric, PlanStatus
from targets.models.sheets import PlanSheet, SheetState
from targets.models.splits import SplitBasis
from targets.models.strategy import StrategyKind, StrategyLine, StrategyLink, StrategyStatus, StrategyTilt
from targets.models.tree import MONTH_FIELDS, Target

__all__ = [
    "BEFORE_FIELDS",
    "DELTA_FIELDS",
    "MONTH_FIELDS",
    "Calibration",
    "CalibrationLine",
    "CalibrationStatus",
    "GridDraft",
    "PersonFactor",
    "PersonSplit",
    "Plan",
    "PlanFloors",
    "PlanJob",
    "PlanMetric",
    "PlanSheet",
    "PlanStatus",
    "SheetState",
    "SplitBase",
    "SplitBasis",
    "StrategyKind",
    "StrategyLine",
    "StrategyLink",
    "StrategyStatus",
    "StrategyTilt",
    "Target",
    "TargetNote",
    "Trigger",
]
