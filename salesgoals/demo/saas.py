"""The software company of the demo: four teams are asked for 500 k a quarter each.

Everybody is asked for eight effective visits a week. The story to find: APAC is weak and US East strong on
equal targets, five newcomers ramp up, and since six weeks far fewer small customers go on from a demo to a
trial.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import numpy as np

from salesgoals.demo.names import english_customers, english_people
from salesgoals.demo.shape import Business, Goals, Line, Region, Seller, Team, Teams, Words, Work

LINES = (
    Line(
        code="starter", name="Starter", customer_type="SMB", annual=1_800_000,
        mean_deal=1_400, sigma=0.3, win_rate=0.42, cycle_days=18, deposit=1.0, accounts=14, fresh=0.22,
        products=(("Starter", "Starter, a seat for a year", 190),),
    ),
    Line(
        code="growth", name="Growth", customer_type="mid", annual=3_600_000,
        mean_deal=3_400, sigma=0.3, win_rate=0.38, cycle_days=36, deposit=0.5, accounts=20, fresh=0.15,
        products=(("Growth", "Growth, a seat for a year", 360),),
    ),
    Line(
        code="enterprise", name="Enterprise", customer_type="KA", annual=2_600_000,
        mean_deal=8_000, sigma=0.3, win_rate=0.32, cycle_days=62, deposit=0.0, accounts=14, fresh=0.12,
        products=(
            ("Enterprise", "Enterprise, a seat for a year", 620),
            ("Onboarding", "Onboarding package", 2_400),
        ),
    ),
)  # fmt: skip

REGIONS = (
    Region(
        "americas", "Americas", 0.5,
        (Team("useast", "US East", 11), Team("uswest", "US West", 9)),
        (),
    ),
    Region(
        "international", "International", 0.5,
        (Team("emea", "EMEA", 9), Team("apac", "APAC", 8)),
        (),
    ),
)  # fmt: skip

_KINDS = {
    "SMB": ("Studio", "Dental", "Legal", "Coffee", "Fitness", "Design", "Travel", "Garden"),
    "mid": ("Logistics", "Foods", "Health", "Media", "Components", "Retail", "Education", "Labs"),
    "KA": ("Insurance", "Energy", "Bank", "Airlines", "Industries", "Telecom", "Pharma", "Group"),
}

WORDS = Words(
    titles=("VP Sales", "Regional director", "Team lead", "Account executive"),
    channels=("Website", "Webinar", "Partner", "Outbound", "Referral", "Event"),
    loss_reasons=("Price", "Competitor", "No budget", "Missing feature", "No answer"),
    industries={
        "SMB": ("Services", "Retail", "Hospitality"),
        "mid": ("Logistics", "Healthcare", "Manufacturing", "Education"),
        "KA": ("Financial services", "Energy", "Telecommunications"),
    },
    subjects={
        "visit": ("Discovery meeting", "Product demo", "Business case", "Security review"),
        "call": ("Trial check-in", "Quote follow-up", "Renewal call"),
        "meeting": ("Pilot kick-off", "Contract review"),
        "inquiry": ("Asks for a demo", "Asks about pricing"),
    },
    country="United States",
    inquiry="Demo request",
    season="Equal quarters",
)

STORY_DAYS = 42
NEWCOMERS = (("useast", 60), ("uswest", 110), ("emea", 35), ("apac", 85), ("uswest", 20))


def _customers(region: str, line: Line, rng: np.random.Generator) -> Iterator[str]:
    ending = {"americas": "Inc.", "international": "Ltd"}[region]
    return (f"{name} {ending}" for name in english_customers(_KINDS[line.customer_type], rng))


def _tell(teams: Teams, today: dt.date) -> None:
    """The people of the story; the rep who signs in is an average one of a strong team."""
    east = teams["useast"]
    east[0].skill, east[2].skill, east[2].diligence = 1.05, 0.97, 0.96
    east[1].skill, east[1].diligence = 0.58, 0.72
    east[3 % len(east)].skill = 1.6
    teams["apac"][1].skill = 0.7
    joined: dict[str, int] = {}
    for team, days in NEWCOMERS:
        joined[team] = joined.get(team, 0) + 1
        teams[team][-joined[team]].hired_on = today - dt.timedelta(days=days)


_MOODS = {"useast": 1.14, "uswest": 1.02, "emea": 0.95, "apac": 0.74}


def _mood(seller: Seller, line: Line, days_ago: int) -> float:
    """How a team does against its equal target."""
    return _MOODS[seller.team]


def _conversion(customer_type: str, days_ago: int) -> float:
    """From demo to trial: small customers stay away since six weeks."""
    return 0.45 if customer_type == "SMB" and days_ago < STORY_DAYS else 1.0


SAAS = Business(
    code="saas",
    name="Lumora Cloud",
    currency="USD",
    country="US",
    time_zone="America/New_York",
    lines=LINES,
    customer_types=(("SMB", "Small business"), ("mid", "Mid-market"), ("KA", "Enterprise accounts")),
    regions=REGIONS,
    season=(0.84, 0.96, 1.20) * 4,
    rhythm=(26, 32, 42),
    reach=1.2,
    focuses=(((0.55, 0.35, 0.10), 0.34), ((0.25, 0.50, 0.25), 0.40), ((0.10, 0.35, 0.55), 0.26)),
    words=WORDS,
    work=Work(visits=8.2, calls=3.0, meetings=0.8, inquiries=1.2, leads=3.1, conversion=0.33),
    goals=Goals(
        sales=8_000_000,
        shares={},
        weekly={"effective_visits": Decimal(8), "leads": Decimal(3)},
        ratios={"lead_conversion_rate": Decimal("0.35"), "win_rate": Decimal("0.38")},
        order=("sales", "effective_visits", "leads", "lead_conversion_rate", "win_rate"),
        split={"lead_conversion_rate": "customer_type"},
        quarters=(28, 32, 40),
        is_equal_by_team=True,
    ),
    sign_ins={"rep": "USE02", "manager": "USE00", "director": "D001"},
    people_names=english_people,
    account_names=_customers,
    tell=_tell,
    mood=_mood,
    conversion=_conversion,
)
