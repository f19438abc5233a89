"""The project package as a Django app, and Django's static files without what nobody asks for."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class SalesGoalsConfig(AppConfig):
    """The project package: its commands, template tags and page frame."""

    name = "salesgoals"
    verbose_name = "SalesGoals"


class StaticFiles(StaticFilesConfig):
    """Leaves out the browsable API's and Redoc's files: both are off and took most of the time."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "rest_framework", "redoc"]
