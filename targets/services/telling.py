"""Tell people of changes to targets: the one function that all notes of this room go through.

A note is a row with its sentence's name and the values in it; how it reaches people (inbox, mail) is added
here, so that nobody else has to know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from targets.models import Calibration, Plan, TargetNote


def people_told(
    people: Iterable[int],
    kind: str,
    *,
    plan: Plan,
    params: Mapping[str, Any],
    targets: Mapping[int, int] | None = None,
    calibration: Calibration | None = None,
) -> int:
    """Leave each person (by id) a note, inside the caller's transaction; returns how many.

    ``targets`` names, by person, the target that the note is about. Whoever is named twice is told once.
    """
    about = targets or {}
    notes = [
        TargetNote(
            person_id=person,
            plan=plan,
            target_id=about.get(person),
            calibration=calibration,
            kind=kind,
            params=dict(params),
        )
        for person in sorted(set(people))
    ]
    TargetNote.objects.bulk_create(notes, batch_size=500)
    return len(notes)
