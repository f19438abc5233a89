"""What every test may count on: hypothesis profiles, an empty cache, the cast."""

from __future__ import annotations

import os

import pytest
from django.core.cache import cache
from hypothesis import HealthCheck, settings

pytest_plugins = ["salesgoals.tests.browser", "tests.cast"]

# Deadlines measure the machine, not the code; `deep` is for a long night.
settings.register_profile("default", max_examples=60, deadline=None)
settings.register_profile(
    "ci", max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("deep", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "default"))


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Rate limits count in the cache: no test pays for another's sign-ins."""
    cache.clear()
