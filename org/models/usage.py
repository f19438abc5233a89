"""How each API token was used: one row a day and endpoint, added to by every web process."""

from __future__ import annotations

from django.db import models

from org.models.access import ApiToken


class ApiUsage(models.Model):
    """What a token asked of one endpoint on one day of the company.

    ``endpoint`` is method and path as the API's document writes them. Durations are whole microseconds from
    the request's arrival to its answer; ``durations`` counts requests by bucket (``org.calc.durations``).
    Of where a request came from only the network is kept, never the address.
    """

    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="usage", db_index=False)
    day = models.DateField(db_index=True)
    endpoint = models.CharField(max_length=160)
    requests = models.PositiveIntegerField(default=0)
    client_errors = models.PositiveIntegerField(default=0)
    server_errors = models.PositiveIntegerField(default=0)
    rows_written = models.PositiveBigIntegerField(default=0)
    durations = models.JSONField(default=dict)
    longest_us = models.PositiveBigIntegerField(default=0)
    last_at = models.DateTimeField(null=True)
    last_network = models.CharField(max_length=50, blank=True)
    last_program = models.CharField(max_length=60, blank=True)
    deprecated_on = models.DateField(null=True)
    sunset_on = models.DateField(null=True)

    class Meta:
        ordering = ["-day", "endpoint"]
        verbose_name_plural = "API usage"
        constraints = [
            models.UniqueConstraint(fields=["token", "day", "endpoint"], name="apiusage_token_day_endpoint")
        ]

    def __str__(self) -> str:
        return f"{self.token_id} {self.day} {self.endpoint}"
