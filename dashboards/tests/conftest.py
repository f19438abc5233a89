"""The day, the plain calendar and the team of ``tracking``: figures are read beside each other."""

from tracking.tests.conftest import ann, ben, east, plain_calendar, team, wednesday

__all__ = ["ann", "ben", "east", "plain_calendar", "team", "wednesday"]
