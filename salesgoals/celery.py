"""The Celery application; its settings are the ``CELERY_*`` names of ``salesgoals.settings``."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesgoals.settings")

app = Celery("salesgoals")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
