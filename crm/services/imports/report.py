"""What a load read, mended, noticed and refused; a job's row keeps it as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from common.records import RecordResult

_ERRORS_KEPT = 200


@dataclass
class Report:
    """Counts by resource and status, mends and notes by how often, the first refusals, and sums to check."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    mends: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    errors: list[dict[str, str]] = field(default_factory=list)
    refused: int = 0
    won: dict[str, Any] = field(default_factory=dict)

    def add(self, resource: str, results: Sequence[RecordResult]) -> None:
        """Count the results of a batch and keep its refusals."""
        counts = self.counts.setdefault(resource, Counter())
        for result in results:
            counts["error" if result.errors else result.status] += 1
            if result.errors:
                self.refused += 1
                self._keep(resource, result)

    def _keep(self, resource: str, result: RecordResult) -> None:
        for error in result.errors:
            if len(self.errors) < _ERRORS_KEPT:
                told = {"field": error.field, "message": error.text()}
                self.errors.append({"resource": resource, "external_id": result.external_id, **told})

    def as_json(self) -> dict[str, Any]:
        """The report for the job's row."""
        return {
            "counts": {name: dict(counts) for name, counts in self.counts.items()},
            "mends": dict(self.mends),
            "notes": dict(self.notes),
            "refused": self.refused,
            "errors": self.errors,
            "won": self.won,
        }
