"""The project package: settings, routes, Celery and the `up` command. Nothing imports from it."""

from salesgoals.celery import app as celery_app

__all__ = ["celery_app"]
