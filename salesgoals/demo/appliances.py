"""The home-appliance maker of the demo: 100 M a year in three lines, each sold to customers of its own.

The story to find: Xi'an lost its best seller in spring and lags, Tianjin slips since summer, one star carries
Shanghai, newcomers ramp up in Chengdu, Shenzhen and Beijing, one person moved from Hangzhou to Shanghai, one
sells for two teams.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import numpy as np

from salesgoals.demo.names import chinese_customers, chinese_people
from salesgoals.demo.shape import Business, Goals, Line, Region, Seller, Team, Teams, Words, Work

LINES = (
    Line(
        code="premium", name="Premium 高端", customer_type="KA", annual=40_000_000,
        mean_deal=36_000, sigma=0.4, win_rate=0.42, cycle_days=46, deposit=0.3, accounts=20, fresh=0.07,
        products=(
            ("P900", "Built-in kitchen P900 高端嵌入式厨电", 12_800),
            ("P700", "French-door fridge P700 法式冰箱", 9_600),
        ),
    ),
    Line(
        code="mid", name="Mid-range 中端", customer_type="dealer", annual=50_000_000,
        mean_deal=18_000, sigma=0.35, win_rate=0.55, cycle_days=24, deposit=0.3, accounts=32, fresh=0.05,
        products=(("M500", "Washer-dryer M500 洗烘一体机", 4_300), ("M300", "Range hood M300 油烟机", 2_600)),
    ),
    Line(
        code="entry", name="Entry 入门", customer_type="consumer", annual=10_000_000,
        mean_deal=6_500, sigma=0.4, win_rate=0.7, cycle_days=8, deposit=1.0, accounts=6, fresh=0.004,
        products=(("E100", "Rice cooker E100 电饭煲", 399), ("E200", "Air fryer E200 空气炸锅", 329)),
    ),
)  # fmt: skip

REGIONS = (
    Region(
        "east", "East 华东", 0.34,
        (Team("shanghai", "Shanghai 上海", 11), Team("hangzhou", "Hangzhou 杭州", 8)),
        ("Shanghai 上海", "Hangzhou 杭州", "Suzhou 苏州", "Ningbo 宁波", "Nanjing 南京"),
    ),
    Region(
        "south", "South 华南", 0.28,
        (Team("guangzhou", "Guangzhou 广州", 8), Team("shenzhen", "Shenzhen 深圳", 7)),
        ("Guangzhou 广州", "Shenzhen 深圳", "Foshan 佛山", "Dongguan 东莞", "Xiamen 厦门"),
    ),
    Region(
        "north", "North 华北", 0.21,
        (Team("beijing", "Beijing 北京", 7), Team("tianjin", "Tianjin 天津", 5)),
        ("Beijing 北京", "Tianjin 天津", "Jinan 济南", "Qingdao 青岛", "Shijiazhuang 石家庄"),
    ),
    Region(
        "west", "West 西部", 0.17,
        (Team("chengdu", "Chengdu 成都", 5), Team("xian", "Xi'an 西安", 5)),
        ("Chengdu 成都", "Chongqing 重庆", "Xi'an 西安", "Kunming 昆明", "Lanzhou 兰州"),
    ),
)  # fmt: skip

_KINDS = {
    "KA": ("Group 集团", "Hotels 酒店", "Properties 置业", "Supermarkets 超市"),
    "dealer": ("Trading 商贸", "Appliances 电器", "Home 家居"),
    "consumer": ("Online Store 旗舰店", "Online Shop 专营店"),
}

WORDS = Words(
    titles=(
        "Sales director 销售总监", "Regional manager 大区经理",
        "Team lead 销售主管", "Sales representative 销售代表",
    ),
    channels=(
        "Trade fair 展会", "Website 官网", "Referral 转介绍",
        "Tmall 天猫", "Cold call 陌拜", "Dealer network 经销网络",
    ),
    loss_reasons=(
        "Price 价格", "Competitor 竞品", "No budget 没有预算", "Postponed 项目延期", "No answer 没有回复",
    ),
    industries={
        "KA": ("Real estate 房地产", "Hotels 酒店", "Supermarkets 商超", "Home furnishing 家装"),
        "dealer": ("Appliance retail 家电零售", "Wholesale 批发", "Kitchen studios 橱柜店"),
        "consumer": ("Online store 网店",),
    },
    subjects={
        "visit": (
            "Store visit 门店拜访", "Sample review 看样", "Order talk 订单洽谈", "Stock check 盘点库存",
        ),
        "call": ("Quote follow-up 报价跟进", "Order reminder 催单", "Price question 询价沟通"),
        "meeting": ("Annual contract 年度合同", "Product training 产品培训"),
        "inquiry": ("Asks for a quote 询价", "Asks for delivery time 询交期"),
    },
    country="China 中国",
    inquiry="Inquiry 询盘",
    season="Appliances template 家电行业",
)  # fmt: skip


def _customers(region: str, line: Line, rng: np.random.Generator) -> Iterator[str]:
    cities = next(each.cities for each in REGIONS if each.code == region)
    return chinese_customers(cities, _KINDS[line.customer_type], rng)


def _tell(teams: Teams, today: dt.date) -> None:
    """The people of the story; the rep who signs in is an average one."""
    shanghai = teams["shanghai"]
    shanghai[0].skill, shanghai[2].skill, shanghai[2].diligence = 1.05, 0.98, 1.02
    shanghai[-1].skill, shanghai[-1].diligence = 1.9, 1.2
    shanghai[1].skill, shanghai[1].diligence = 0.6, 0.7
    teams["guangzhou"][2].skill = 0.55
    gone = teams["xian"][1]
    gone.skill, gone.left_on = 1.7, today - dt.timedelta(days=230)
    gone.hired_on = min(gone.hired_on, today - dt.timedelta(days=500))
    teams["xian"][2].skill, teams["xian"][2].diligence = 0.75, 0.7
    for team, days in (("chengdu", 95), ("shenzhen", 150), ("beijing", 40)):
        teams[team][-1].hired_on = today - dt.timedelta(days=days)
    moved, moved_on = teams["hangzhou"][-1], today - dt.timedelta(days=120)
    moved.stays = [("hangzhou", 10_000, moved.hired_on, moved_on), ("shanghai", 10_000, moved_on, None)]
    both, since = teams["tianjin"][1], today - dt.timedelta(days=200)
    both.stays = [
        ("tianjin", 10_000, both.hired_on, since),
        ("tianjin", 6_000, since, None),
        ("beijing", 4_000, since, None),
    ]


_MOODS = {"hangzhou": 0.94, "guangzhou": 1.1, "shenzhen": 0.98, "beijing": 1.05, "chengdu": 1.02}


def _mood(seller: Seller, line: Line, days_ago: int) -> float:
    """How a team does against what its people could: Xi'an is down since spring, Tianjin since summer."""
    if seller.team == "xian" and days_ago < 230:
        return 0.72
    if seller.team == "tianjin" and days_ago < 130:
        return 0.78 if line.code == "mid" else 0.9
    return _MOODS.get(seller.team, 1.0)


APPLIANCES = Business(
    code="appliances",
    name="Haoyang Appliances 浩洋电器",
    currency="CNY",
    country="CN",
    time_zone="Asia/Shanghai",
    lines=LINES,
    customer_types=(
        ("KA", "Key accounts 大客户"),
        ("dealer", "Dealers 区域经销商"),
        ("consumer", "Consumers 线上消费者"),
    ),
    regions=REGIONS,
    # Appliances sell before the Spring Festival, in the May and June festivals and on 11.11.
    season=(1.02, 0.78, 0.92, 0.90, 1.06, 1.22, 0.92, 0.88, 1.02, 0.98, 1.32, 0.98),
    rhythm=(25, 40, 35),
    reach=1.07,
    focuses=(((0.62, 0.30, 0.08), 0.36), ((0.24, 0.66, 0.10), 0.46), ((0.12, 0.48, 0.40), 0.18)),
    words=WORDS,
    work=Work(visits=8.1, calls=2.0, meetings=0.6, inquiries=1.2, leads=2.5, conversion=0.31),
    goals=Goals(
        sales=100_000_000,
        shares={"collections": Decimal("0.94")},
        weekly={"effective_visits": Decimal(8), "leads": Decimal("2.5")},
        ratios={"win_rate": Decimal("0.55")},
        order=("sales", "collections", "effective_visits", "leads", "win_rate"),
        split={"sales": "product_line"},
    ),
    sign_ins={"rep": "SHA02", "manager": "SHA00", "director": "D001"},
    people_names=chinese_people,
    account_names=_customers,
    tell=_tell,
    mood=_mood,
)  # fmt: skip
