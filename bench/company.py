"""A company of any size for measuring: its tree of units, its people, and where their credit goes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bench.tables import finish, write
from crm.models import Segment, SegmentKind
from org.models import Assignment, CreditInterval, Person, Unit, UnitClosure
from org.models.structure import BEGINNING, FOREVER

TEAM_SIZE = 10
MOVERS = 0.10  # change team once
SHARED = 0.02  # sell for two teams
NOW = "2026-01-01 00:00:00+00:00"


@dataclass(frozen=True)
class CompanyRows:
    """The ids that facts refer to: people with their home region, and the segments by kind."""

    people: np.ndarray
    regions: np.ndarray
    segments: dict[str, np.ndarray]


def make_company(
    people: int, moved_on: dt.date, rng: np.random.Generator, team_size: int = TEAM_SIZE
) -> CompanyRows:
    """Write units, people, assignments, closure and credit intervals; ids continue after what is there."""
    units = _units(max(people // team_size, 1))
    teams = units["id"][units["depth"] == units["depth"].max()].to_numpy()
    first = (Person.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
    ids = np.arange(first, first + people)
    numbers = pd.Series(ids).astype(str)
    write(
        Person,
        pd.DataFrame(
            {
                "id": ids,
                "source": "bench",
                "external_id": "P" + numbers,
                "employee_number": "P" + numbers,
                "name": "Person " + numbers,
                "email": "",
                "title": "",
                "is_placeholder": False,
                "created_at": NOW,
                "updated_at": NOW,
            }
        ),
    )
    _credit(ids, teams, moved_on, rng)
    segments = _segments()
    finish(Unit, UnitClosure, Person, Assignment, CreditInterval, Segment)
    regions = segments[SegmentKind.REGION]
    return CompanyRows(ids, regions[np.arange(people) * len(regions) // people], segments)


def _units(teams: int) -> pd.DataFrame:
    """Root, regions, areas and teams, ten to each, under the company's root."""
    root = Unit.objects.get(parent=None)
    levels = [np.array([root.pk])]
    rows = []
    next_id = Unit.objects.order_by("-pk").values_list("pk", flat=True)[0] + 1
    for size in (max(teams // 100, 1), max(teams // 10, 1), teams):
        above = levels[-1]
        ids = np.arange(next_id, next_id + size)
        rows.append(pd.DataFrame({"id": ids, "parent_id": above[np.arange(size) * len(above) // size]}))
        levels.append(ids)
        next_id += size
    units = pd.concat(rows, keys=range(1, 4), names=["depth"]).reset_index("depth")
    numbers = units["id"].astype(str)
    write(
        Unit,
        units[["id", "parent_id"]].assign(
            source="bench",
            external_id="U" + numbers,
            name="Unit " + numbers,
            kind="",
            position=0,
            is_placeholder=False,
            created_at=NOW,
            updated_at=NOW,
        ),
    )
    links = [units[["id"]].assign(ancestor=units["id"], depth=0).rename(columns={"id": "descendant"})]
    parent_of = units.set_index("id")["parent_id"]
    while True:
        up = links[-1]
        up = up.assign(ancestor=up["ancestor"].map(parent_of), depth=up["depth"] + 1).dropna()
        if up.empty:
            break
        links.append(up.astype("int64"))
    closure = pd.concat(links).rename(columns={"ancestor": "ancestor_id", "descendant": "descendant_id"})
    write(UnitClosure, closure[["ancestor_id", "descendant_id", "depth"]])
    return units


def _credit(people: np.ndarray, teams: np.ndarray, moved_on: dt.date, rng: np.random.Generator) -> None:
    """A home team for everybody; some move to the next team on a day, some sell for both."""
    home = teams[np.arange(len(people)) * len(teams) // len(people)]
    other = teams[(np.arange(len(people)) * len(teams) // len(people) + 1) % len(teams)]
    luck = rng.random(len(people))
    rows = pd.DataFrame({"person_id": people, "home": home, "other": other, "luck": luck})
    movers = rows[rows["luck"] < MOVERS]
    sharers = rows[(rows["luck"] >= MOVERS) & (rows["luck"] < MOVERS + SHARED)]
    stayers = rows[rows["luck"] >= MOVERS + SHARED]
    whole = {"starts_on": BEGINNING, "ends_on": FOREVER, "from_bp": 0, "to_bp": 10_000}
    pieces = [
        stayers.assign(unit_id=stayers["home"], **whole),
        movers.assign(unit_id=movers["home"], **{**whole, "ends_on": moved_on}),
        movers.assign(unit_id=movers["other"], **{**whole, "starts_on": moved_on}),
        sharers.assign(unit_id=sharers["home"], **{**whole, "to_bp": 6_000}),
        sharers.assign(unit_id=sharers["other"], **{**whole, "from_bp": 6_000}),
    ]
    intervals = pd.concat(pieces).drop(columns=["home", "other", "luck"])
    # Typed columns even for years no nanosecond timestamp holds.
    intervals = intervals.astype({"starts_on": str, "ends_on": str})
    write(CreditInterval, intervals)
    assignments = intervals.assign(share_bp=intervals["to_bp"] - intervals["from_bp"], kind="member")
    write(Assignment, assignments.drop(columns=["from_bp", "to_bp"]))


def _segments() -> dict[str, np.ndarray]:
    sizes = {SegmentKind.PRODUCT_LINE: 5, SegmentKind.REGION: 8, SegmentKind.CUSTOMER_TYPE: 4}
    for kind, size in sizes.items():
        Segment.objects.bulk_create(
            (Segment(kind=kind, code=f"B{i}", name=f"{kind} {i}", position=i) for i in range(size)),
            ignore_conflicts=True,
        )
    return {
        kind: np.array(Segment.objects.filter(kind=kind, is_placeholder=False).values_list("pk", flat=True))
        for kind in sizes
    }
