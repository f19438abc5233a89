"""What setting targets costs at full size: 10,000 people, five metrics, twelve months, from nothing to published."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from django.db import connection
from django.test import override_settings
from django.urls import reverse

from bench.company import make_company
from bench.facts import METRICS
from bench.pages import browser_of, page_cost
from bench.tables import finish
from metrics.models import Metric
from org.models import Role
from targets.models import Plan, Target
from targets.services import plan_copy, plan_publish, target_amount_set
from targets.services.starting import plan_start

YEAR = 2026


def make_people(people: int, seed: int = 1, team_size: int = 10) -> None:
    make_company(people, dt.date(YEAR, 7, 1), np.random.default_rng(seed), team_size)
