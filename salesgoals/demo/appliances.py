"""The home-appliance maker of the demo: its product lines, regions, teams and people.

Sixty people in eight teams sell three lines to three kinds of customers. The story to find: Xi'an lost
its best seller in spring and lags, a newcomer ramps up in Chengdu, one star carries Shanghai, one person
moved from Hangzhou to Shanghai, one sells for two teams.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

Records = list[dict[str, object]]
HISTORY_DAYS = 730
ANNUAL_TARGET = 100_000_000


@dataclass(frozen=True)
class Line:
    """A product line: yearly sales in yuan, and how its deals look."""

    code: str
    name: str
    customer_type: str
    annual: int
    mean_deal: int
    sigma: float
    win_rate: float
    cycle_days: int
    products: tuple[tuple[str, str, int], ...]


LINES = (
    Line(
        "premium",
        "Premium 高端系列",
        "KA",
        40_000_000,
        68_000,
        0.6,
        0.36,
        50,
        (
            ("P900", "Built-in kitchen P900 高端嵌入式厨电", 12_800),
            ("P700", "French-door fridge P700 法式冰箱", 9_600),
        ),
    ),
    Line(
        "mid",
        "Mid-range 中端系列",
        "dealer",
        50_000_000,
        27_000,
        0.5,
        0.52,
        24,
        (("M500", "Washer-dryer M500 洗烘一体机", 4_300), ("M300", "Range hood M300 油烟机", 2_600)),
    ),
    Line(
        "entry",
        "Entry 入门系列",
        "consumer",
        10_000_000,
        6_500,
        0.4,
        0.7,
        6,
        (("E100", "Rice cooker E100 电饭煲", 399), ("E200", "Air fryer E200 空气炸锅", 329)),
    ),
)

REGIONS = (
    ("east", "East China 华东", 0.36, (("shanghai", "Shanghai 上海"), ("hangzhou", "Hangzhou 杭州"))),
    ("south", "South China 华南", 0.28, (("guangzhou", "Guangzhou 广州"), ("shenzhen", "Shenzhen 深圳"))),
    ("north", "North China 华北", 0.21, (("beijing", "Beijing 北京"), ("tianjin", "Tianjin 天津"))),
    ("west", "West China 西部", 0.15, (("chengdu", "Chengdu 成都"), ("xian", "Xi'an 西安"))),
)

# Appliances sell before the Spring Festival, in the May and June festivals and on 11.11.
SEASON = (1.02, 0.78, 0.92, 0.90, 1.06, 1.22, 0.92, 0.88, 1.02, 0.98, 1.32, 0.98)

_FAMILY = (
    "Li 李", "Wang 王", "Zhang 张", "Liu 刘", "Chen 陈", "Yang 杨", "Zhao 赵", "Huang 黄", "Zhou 周", "Wu 吴",
    "Xu 徐", "Sun 孙", "Hu 胡", "Zhu 朱", "Gao 高", "Lin 林", "He 何", "Guo 郭", "Ma 马", "Luo 罗",
)  # fmt: skip
_GIVEN = (
    "Wei 伟", "Fang 芳", "Na 娜", "Min 敏", "Jing 静", "Lei 磊", "Yang 洋", "Yan 艳", "Jun 军", "Jie 杰",
    "Juan 娟", "Tao 涛", "Ming 明", "Chao 超", "Xia 霞", "Ping 平", "Gang 刚", "Ting 婷", "Hui 慧", "Bo 波",
)  # fmt: skip


@dataclass
class Seller:
    """A person of the demo and what drives the facts made for them."""

    number: str
    name: str
    team: str
    region: str
    skill: float
    focus: tuple[float, float, float]
    hired_on: dt.date
    left_on: dt.date | None = None
    is_lead: bool = False


@dataclass(frozen=True)
class Structure:
    """Units and people in the API's record shape, and the sellers facts are made for."""

    units: Records
    people: Records
    sellers: list[Seller]


def _names(count: int, rng: np.random.Generator) -> list[str]:
    """Distinct names, Chinese with the Latin spelling behind, in a seeded order."""
    pairs = [(family, given) for family in _FAMILY for given in _GIVEN]
    chosen = rng.permutation(len(pairs))[:count]
    names = []
    for index in chosen:
        (family_en, family_zh), (given_en, given_zh) = (part.split() for part in pairs[index])
        names.append(f"{family_zh}{given_zh} {given_en} {family_en}")
    return names


def structure(today: dt.date, rng: np.random.Generator) -> Structure:
    """The units and the sixty people as of today: one director, four regional managers, 55 in teams."""
    start = today - dt.timedelta(days=HISTORY_DAYS + 400)
    names = iter(_names(60, rng))
    units: Records = [{"external_id": "company", "name": "Haoyang Appliances 浩洋电器", "kind": "company"}]
    people: Records = [_leader("D001", next(names), "company", "Sales director", start)]
    sellers: list[Seller] = []
    for r_index, (region, region_name, _share, teams) in enumerate(REGIONS):
        units.append({"external_id": region, "name": region_name, "kind": "region", "parent": "company"})
        people.append(_leader(f"R{r_index + 1:03d}", next(names), region, "Regional manager", start))
        for team, team_name in teams:
            units.append({"external_id": team, "name": team_name, "kind": "team", "parent": region})
            size = 7 if team in _LARGE_TEAMS else 6
            sellers += _team_sellers(team, region, size, names, start, rng)
    _tell_story(sellers, today)
    people += [_person_record(seller, today) for seller in sellers]
    return Structure(units, people, sellers)


_LARGE_TEAMS = ("shanghai", "hangzhou", "guangzhou", "shenzhen", "beijing", "tianjin", "chengdu")


def _leader(number: str, name: str, unit: str, title: str, start: dt.date) -> dict[str, object]:
    return {
        "external_id": number,
        "employee_number": number,
        "name": name,
        "title": title,
        "hired_on": start.isoformat(),
        "assignments": [{"unit": unit, "kind": "manager", "starts_on": start.isoformat()}],
    }


def _team_sellers(
    team: str, region: str, size: int, names: Iterator[str], start: dt.date, rng: np.random.Generator
) -> list[Seller]:
    """A team: its lead and its sellers, with skill, focus and hire dates drawn at random."""
    sellers = []
    for index in range(size):
        focus = ((0.62, 0.30, 0.08), (0.24, 0.66, 0.10), (0.12, 0.48, 0.40))[
            int(rng.choice(3, p=(0.36, 0.46, 0.18)))
        ]
        sellers.append(
            Seller(
                number=f"{team[:3].upper()}{index:02d}",
                name=next(names),
                team=team,
                region=region,
                skill=float(np.exp(rng.normal(0, 0.20))),
                focus=focus,
                hired_on=start + dt.timedelta(days=int(rng.integers(0, 300))),
                is_lead=index == 0,
            )
        )
    return sellers


def _tell_story(sellers: list[Seller], today: dt.date) -> None:
    """The things a reader of the demo should find."""
    by_team: dict[str, list[Seller]] = {}
    for seller in sellers:
        by_team.setdefault(seller.team, []).append(seller)
    by_team["shanghai"][2].skill = 1.75
    by_team["shanghai"][1].skill = 0.95
    by_team["guangzhou"][3].skill = 0.52
    gone = by_team["xian"][1]
    gone.skill, gone.left_on = 1.7, today - dt.timedelta(days=230)
    for weak in by_team["xian"][2:4]:
        weak.skill = 0.62
    for newcomer, days in (
        (by_team["chengdu"][4], 95),
        (by_team["shenzhen"][5], 150),
        (by_team["beijing"][6], 40),
    ):
        newcomer.hired_on = today - dt.timedelta(days=days)


def _person_record(seller: Seller, today: dt.date) -> dict[str, object]:
    """The seller in the shape of ``PUT org/people``, with where they were when."""
    end = seller.left_on
    spans: list[dict[str, object]] = [
        {
            "unit": seller.team,
            "kind": "member",
            "share_bp": 10_000,
            "starts_on": seller.hired_on.isoformat(),
            "ends_on": end.isoformat() if end else None,
        }
    ]
    if seller.number == "HAN03":
        moved = (today - dt.timedelta(days=120)).isoformat()
        spans[0]["ends_on"] = moved
        spans.append(
            {"unit": "shanghai", "kind": "member", "share_bp": 10_000, "starts_on": moved, "ends_on": None}
        )
    if seller.number == "TIA04":
        both = (today - dt.timedelta(days=200)).isoformat()
        spans[0]["ends_on"] = both
        spans += [
            {"unit": "tianjin", "kind": "member", "share_bp": 6_000, "starts_on": both, "ends_on": None},
            {"unit": "beijing", "kind": "member", "share_bp": 4_000, "starts_on": both, "ends_on": None},
        ]
    if seller.is_lead:
        spans.append({"unit": seller.team, "kind": "manager", "starts_on": seller.hired_on.isoformat()})
    return {
        "external_id": seller.number,
        "employee_number": seller.number,
        "name": seller.name,
        "title": "Team lead" if seller.is_lead else "Sales representative",
        "hired_on": seller.hired_on.isoformat(),
        "left_on": end.isoformat() if end else None,
        "assignments": spans,
    }
