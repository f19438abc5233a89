"""The building-materials maker of the demo: dealers and contractors, a strong spring.

The story to find: March to May carry the year; last week repeat purchases fell by a tenth against the week
before, all of it dealers of the South who stopped reordering, while new customers came as ever.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

import numpy as np

from salesgoals.demo.facts import Facts, Stage
from salesgoals.demo.names import chinese_customers, chinese_people
from salesgoals.demo.shape import Business, Goals, Line, Region, Seller, Team, Teams, Words, Work

LINES = (
    Line(
        code="waterproofing", name="Waterproofing 防水", customer_type="contractor", annual=26_000_000,
        mean_deal=16_000, sigma=0.4, win_rate=0.5, cycle_days=38, deposit=0.3, accounts=26, fresh=0.08,
        products=(
            ("W20", "Bitumen membrane W20 防水卷材", 460),
            ("W35", "Polyurethane coating W35 聚氨酯防水涂料", 620),
        ),
    ),
    Line(
        code="mortar", name="Mortar 砂浆", customer_type="dealer", annual=22_000_000,
        mean_deal=7_500, sigma=0.35, win_rate=0.66, cycle_days=24, deposit=0.5, accounts=34, fresh=0.06,
        products=(("M10", "Tile adhesive M10 瓷砖胶", 48), ("M25", "Dry-mix mortar M25 干混砂浆", 32)),
    ),
    Line(
        code="paint", name="Wall paint 涂料", customer_type="dealer", annual=12_000_000,
        mean_deal=6_000, sigma=0.35, win_rate=0.66, cycle_days=24, deposit=0.5, accounts=24, fresh=0.06,
        products=(("L5", "Interior paint L5 内墙乳胶漆", 310), ("L8", "Exterior paint L8 外墙涂料", 420)),
    ),
)  # fmt: skip

REGIONS = (
    Region(
        "east", "East 华东", 0.32,
        (Team("nanjing", "Nanjing 南京", 9), Team("hefei", "Hefei 合肥", 6)),
        ("Nanjing 南京", "Wuxi 无锡", "Hefei 合肥", "Wuhu 芜湖", "Xuzhou 徐州"),
    ),
    Region(
        "south", "South 华南", 0.30,
        (Team("foshan", "Foshan 佛山", 10), Team("zhongshan", "Zhongshan 中山", 5)),
        ("Foshan 佛山", "Guangzhou 广州", "Huizhou 惠州", "Nanning 南宁", "Liuzhou 柳州"),
    ),
    Region(
        "central", "Central 华中", 0.22,
        (Team("wuhan", "Wuhan 武汉", 6), Team("changsha", "Changsha 长沙", 5)),
        ("Wuhan 武汉", "Yichang 宜昌", "Changsha 长沙", "Zhuzhou 株洲", "Nanchang 南昌"),
    ),
    Region(
        "southwest", "Southwest 西南", 0.16,
        (Team("chongqing", "Chongqing 重庆", 5), Team("guiyang", "Guiyang 贵阳", 4)),
        ("Chongqing 重庆", "Chengdu 成都", "Mianyang 绵阳", "Guiyang 贵阳", "Zunyi 遵义"),
    ),
)  # fmt: skip

_KINDS = {
    "contractor": ("Construction 建筑", "Decoration 装饰", "Waterproofing Works 防水工程"),
    "dealer": ("Building Materials 建材", "Home Market 家居", "Hardware 五金"),
}

WORDS = Words(
    titles=(
        "Sales director 销售总监", "Regional manager 大区经理",
        "Team lead 销售主管", "Sales representative 销售代表",
    ),
    channels=("Site visit 工地走访", "Dealer referral 经销商推荐", "Trade fair 展会", "Website 官网"),
    loss_reasons=("Price 价格", "Competitor 竞品", "Project stopped 项目停工", "Payment terms 账期"),
    industries={
        "contractor": ("Construction 建筑施工", "Decoration 装饰装修"),
        "dealer": ("Building-material retail 建材零售", "Wholesale 批发"),
    },
    subjects={
        "visit": ("Site visit 工地拜访", "Store visit 门店拜访", "Stock check 盘点库存", "Reorder 补货洽谈"),
        "call": ("Reorder reminder 补货提醒", "Payment reminder 催款", "Price question 询价沟通"),
        "meeting": ("Dealer meeting 经销商会议", "Technical advice 技术交底"),
        "inquiry": ("Asks for a quote 询价", "Asks for samples 索样"),
    },
    country="China 中国",
    inquiry="Inquiry 询盘",
    season="Building-materials template 建材行业",
)  # fmt: skip

DIP = 0.90
DIP_REGION = "south"
LEVEL_WEEKS = 5


def _customers(region: str, line: Line, rng: np.random.Generator) -> Iterator[str]:
    cities = next(each.cities for each in REGIONS if each.code == region)
    return chinese_customers(cities, _KINDS[line.customer_type], rng)


def _tell(teams: Teams, today: dt.date) -> None:
    """The people of the story; the rep who signs in sells to the dealers that stopped."""
    foshan = teams["foshan"]
    foshan[0].skill, foshan[2].skill, foshan[2].diligence = 1.05, 1.0, 1.0
    foshan[1].skill, foshan[-1].skill = 0.66, 1.35
    teams["nanjing"][2].skill = 1.7
    teams["changsha"][1].skill, teams["changsha"][1].diligence = 0.6, 0.65
    for team, days in (("nanjing", 80), ("wuhan", 45), ("guiyang", 120)):
        teams[team][-1].hired_on = today - dt.timedelta(days=days)


_MOODS = {
    "nanjing": 1.06,
    "hefei": 0.9,
    "zhongshan": 0.96,
    "wuhan": 1.02,
    "changsha": 0.84,
    "chongqing": 1.08,
}


def _mood(seller: Seller, line: Line, days_ago: int) -> float:
    """How a team does against what its people could."""
    return _MOODS.get(seller.team, 1.0)


def dip_week(today: dt.date) -> tuple[dt.date, dt.date]:
    """The last whole week before today's, [Monday, Monday)."""
    monday = today - dt.timedelta(days=today.weekday())
    return monday - dt.timedelta(days=7), monday


def _finish(stage: Stage) -> None:
    """Make repeat sales steady for some weeks and let them fall by a tenth in the last whole one.

    The fall is the South's alone: some of its customers place no second order that week.
    """
    first, end = dip_week(stage.today)
    weeks = [first - dt.timedelta(days=7 * ago) for ago in range(LEVEL_WEEKS)][::-1]
    orders = _repeat_orders(stage.facts, weeks[0], end)
    usual = {
        week: sum(stage.business.season[(week + dt.timedelta(days=at)).month - 1] for at in range(5))
        for week in weeks
    }
    calm = weeks[:-1]
    regions = {region for _week, region in orders}
    if not all(orders.get((week, region)) for week in weeks for region in regions):
        return  # too small a company to be steady
    wanted: dict[tuple[dt.date, str], int] = {}
    for region in sorted(regions):
        level = sum(_cents(orders[week, region]) for week in calm) / sum(usual[week] for week in calm)
        for week in weeks:
            wobble = float(stage.rng.uniform(0.975, 1.025))
            wanted[week, region] = round(level * usual[calm[-1] if week == first else week] * wobble)
    before = sum(wanted[calm[-1], region] for region in regions)
    others = sum(wanted[first, region] for region in regions if region != DIP_REGION)
    wanted[first, DIP_REGION] = round(before * DIP) - others
    if wanted[first, DIP_REGION] <= 0:
        return
    gone = _left_out(orders[first, DIP_REGION], wanted[first, DIP_REGION])
    factors: dict[str, float] = {}
    for key, amount in wanted.items():
        kept = [order for order in orders[key] if order["external_id"] not in gone]
        factors |= _scaled(kept, amount)
    _apply(stage.facts, gone, factors)


def _repeat_orders(
    facts: Facts, start: dt.date, end: dt.date
) -> dict[tuple[dt.date, str], list[dict[str, object]]]:
    """The won deals of [start, end) but each customer's first, by week and region."""
    won = [deal for deal in facts.opportunities if deal["stage"] == "won"]
    won.sort(key=lambda deal: (str(deal["closed_on"]), str(deal["external_id"])))
    known: set[object] = set()
    orders: dict[tuple[dt.date, str], list[dict[str, object]]] = defaultdict(list)
    for deal in won:
        day = dt.date.fromisoformat(str(deal["closed_on"]))
        if deal["account"] in known and start <= day < end:
            orders[day - dt.timedelta(days=day.weekday()), str(deal["region"])].append(deal)
        known.add(deal["account"])
    return orders


def _cents(orders: list[dict[str, object]]) -> int:
    return sum(round(float(str(order["amount"])) * 100) for order in orders)


def _left_out(orders: list[dict[str, object]], wanted: int) -> set[object]:
    """Orders that are not placed, so that the others come near what is wanted."""
    gone: set[object] = set()
    rest = _cents(orders)
    for order in orders[1:]:
        cents = _cents([order])
        if rest - cents >= wanted:
            rest -= cents
            gone.add(order["external_id"])
    return gone


def _scaled(orders: list[dict[str, object]], wanted: int) -> dict[str, float]:
    """Bring orders to a sum in cents, exactly; returns the factor of each order's money."""
    total, given, factors = _cents(orders), 0, {}
    for at, order in enumerate(orders):
        old = _cents([order])
        new = wanted - given if at == len(orders) - 1 else round(old * wanted / total)
        given += new
        order["amount"] = f"{new / 100:.2f}"
        factors[str(order["external_id"])] = new / old
    return factors


def _apply(facts: Facts, gone: set[object], factors: dict[str, float]) -> None:
    """Forget the orders not placed and let payments follow the amounts."""
    facts.opportunities[:] = [deal for deal in facts.opportunities if deal["external_id"] not in gone]
    facts.payments[:] = [payment for payment in facts.payments if payment["opportunity"] not in gone]
    for payment in facts.payments:
        factor = factors.get(str(payment["opportunity"]))
        if factor is not None:
            payment["amount"] = f"{round(float(str(payment['amount'])) * factor, 2):.2f}"


BUILDING = Business(
    code="building",
    name="Jianhe Building Materials 建禾建材",
    currency="CNY",
    country="CN",
    time_zone="Asia/Shanghai",
    lines=LINES,
    customer_types=(("dealer", "Dealers 经销商"), ("contractor", "Contractors 承包商")),
    regions=REGIONS,
    season=(0.60, 0.45, 1.55, 1.75, 1.55, 1.05, 0.85, 0.80, 0.95, 0.95, 0.85, 0.65),
    # Dealers reorder all month long.
    rhythm=(34, 33, 33),
    reach=1.06,
    focuses=(((0.60, 0.25, 0.15), 0.42), ((0.20, 0.52, 0.28), 0.58)),
    words=WORDS,
    work=Work(visits=8.2, calls=2.2, meetings=0.5, inquiries=1.1, leads=1.6, conversion=0.30),
    goals=Goals(
        sales=60_000_000,
        shares={"collections": Decimal("0.95"), "repeat_sales": Decimal("0.90")},
        weekly={"effective_visits": Decimal(8), "leads": Decimal("1.5")},
        ratios={},
        order=("sales", "repeat_sales", "collections", "effective_visits", "leads"),
    ),
    sign_ins={"rep": "FOS02", "manager": "FOS00", "director": "D001"},
    people_names=chinese_people,
    account_names=_customers,
    tell=_tell,
    mood=_mood,
    finish=_finish,
)
