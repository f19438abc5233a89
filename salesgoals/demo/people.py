"""A demo company's units and people in the API's record shape, and the sellers its facts are made for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from salesgoals.demo.shape import Business, Records, Region, Seller, Size, Team


@dataclass(frozen=True)
class Structure:
    """Units and people as records, and the sellers."""

    units: Records
    people: Records
    sellers: list[Seller]


def structure(business: Business, today: dt.date, size: Size, rng: np.random.Generator) -> Structure:
    """The units and people as of today: a director, a manager for each region, teams with a selling lead."""
    start = today - dt.timedelta(days=size.history_days + 400)
    director, manager = business.words.titles[:2]
    names = iter(business.people_names(200, rng))
    draw = _Draw(business, names, start, rng)
    units: Records = [{"external_id": "company", "name": business.name, "kind": "company"}]
    people: Records = [_leader("D001", next(names), "company", director, start)]
    teams: dict[str, list[Seller]] = {}
    for number, region in enumerate(business.regions, start=1):
        units.append({"external_id": region.code, "name": region.name, "kind": "region", "parent": "company"})
        people.append(_leader(f"R{number:03d}", next(names), region.code, manager, start))
        for team in region.teams:
            units.append({"external_id": team.code, "name": team.name, "kind": "team", "parent": region.code})
            teams[team.code] = [
                _seller(draw, region, team, index) for index in range(max(3, round(team.size * size.people)))
            ]
    business.tell(teams, today)
    sellers = [seller for team in teams.values() for seller in team]
    people += [_person_record(seller, business.words.titles) for seller in sellers]
    return Structure(units, people, sellers)


def _leader(number: str, name: str, unit: str, title: str, start: dt.date) -> dict[str, object]:
    return {
        "external_id": number,
        "employee_number": number,
        "name": name,
        "title": title,
        "hired_on": start.isoformat(),
        "assignments": [{"unit": unit, "kind": "manager", "starts_on": start.isoformat()}],
    }


@dataclass(frozen=True)
class _Draw:
    """Where the people's properties come from."""

    business: Business
    names: Iterator[str]
    start: dt.date
    rng: np.random.Generator


def _seller(draw: _Draw, region: Region, team: Team, index: int) -> Seller:
    """One of a team, the first its lead; skill, diligence, focus and hire date drawn at random."""
    rng = draw.rng
    focuses, chances = zip(*draw.business.focuses, strict=True)
    return Seller(
        number=f"{team.code[:3].upper()}{index:02d}",
        name=next(draw.names),
        team=team.code,
        region=region.code,
        skill=float(np.exp(rng.normal(0, 0.16))),
        diligence=float(np.exp(rng.normal(0, 0.11))),
        focus=focuses[int(rng.choice(len(focuses), p=chances))],
        hired_on=draw.start + dt.timedelta(days=int(rng.integers(0, 300))),
        is_lead=index == 0,
    )


def _person_record(seller: Seller, titles: tuple[str, str, str, str]) -> dict[str, object]:
    """The seller in the shape of ``PUT org/people``, with where they were when."""
    stays = seller.stays or [(seller.team, 10_000, seller.hired_on, seller.left_on)]
    spans: Records = [
        {
            "unit": unit,
            "kind": "member",
            "share_bp": share_bp,
            "starts_on": starts_on.isoformat(),
            "ends_on": ends_on.isoformat() if ends_on else None,
        }
        for unit, share_bp, starts_on, ends_on in stays
    ]
    if seller.is_lead:
        spans.append({"unit": seller.team, "kind": "manager", "starts_on": seller.hired_on.isoformat()})
    return {
        "external_id": seller.number,
        "employee_number": seller.number,
        "name": seller.name,
        "title": titles[2] if seller.is_lead else titles[3],
        "hired_on": seller.hired_on.isoformat(),
        "left_on": seller.left_on.isoformat() if seller.left_on else None,
        "assignments": spans,
    }
