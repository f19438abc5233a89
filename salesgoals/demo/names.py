"""Names of people and customers, seeded; Latin letters first, so that lists sort for everybody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

_FAMILY = (
    "Li 李", "Wang 王", "Zhang 张", "Liu 刘", "Chen 陈", "Yang 杨", "Zhao 赵", "Huang 黄", "Zhou 周",
    "Wu 吴", "Xu 徐", "Sun 孙", "Hu 胡", "Zhu 朱", "Gao 高", "Lin 林", "He 何", "Guo 郭", "Ma 马", "Luo 罗",
    "Liang 梁", "Song 宋", "Zheng 郑", "Xie 谢", "Han 韩", "Tang 唐", "Feng 冯", "Deng 邓", "Cao 曹",
    "Peng 彭",
)  # fmt: skip
_GIVEN = (
    "Wei 伟", "Fang 芳", "Na 娜", "Min 敏", "Jing 静", "Lei 磊", "Yang 洋", "Yan 艳", "Jun 军", "Jie 杰",
    "Juan 娟", "Tao 涛", "Ming 明", "Chao 超", "Xia 霞", "Hui 慧", "Bo 波", "Ting 婷", "Jianguo 建国",
    "Lihua 丽华", "Zixuan 子轩", "Yuhan 雨涵", "Haoran 浩然", "Xinyi 欣怡", "Jiahao 嘉豪", "Siyuan 思远",
    "Wenjing 文静", "Zhiqiang 志强", "Xiaoming 晓明", "Xuemei 雪梅",
)  # fmt: skip
_FIRST = (
    "Olivia", "Ethan", "Priya", "Marcus", "Sofia", "Daniel", "Amara", "Lucas", "Hannah", "Diego", "Grace",
    "Noah", "Mei", "Oscar", "Leila", "Jonas", "Chloe", "Rahul", "Elena", "Samuel", "Nadia", "Theo",
    "Isabel", "Kwame",
)  # fmt: skip
_LAST = (
    "Bennett", "Carter", "Okafor", "Nguyen", "Rossi", "Patel", "Larsen", "Murphy", "Silva", "Schneider",
    "Brooks", "Haddad", "Kim", "Novak", "Alvarez", "Fischer", "Reed", "Tanaka", "Walsh", "Moreau", "Ito",
    "Hughes", "Costa", "Lindqvist",
)  # fmt: skip
_BRANDS = (
    "Jinyu 金宇", "Hengtong 恒通", "Yuexiu 悦秀", "Lanhai 蓝海", "Tianhe 天和", "Ruifeng 瑞丰",
    "Dongsheng 东升", "Huamei 华美", "Kaixuan 凯旋", "Baolong 宝隆", "Xinda 信达", "Furui 福瑞",
    "Anju 安居", "Jiayuan 嘉苑", "Mingde 明德", "Shunda 顺达", "Yongxin 永信", "Zhongrui 中瑞",
    "Guanghe 广和", "Chengtai 诚泰", "Xingye 兴业", "Hongyuan 宏远", "Lida 利达", "Rongsheng 荣盛",
    "Wanjia 万家", "Haitian 海天", "Jinhui 锦辉", "Shengshi 盛世", "Fuqiang 富强", "Kangtai 康泰",
)  # fmt: skip
_STEMS = (
    "Alder", "Beacon", "Cobalt", "Delta", "Ember", "Falcon", "Granite", "Harbor", "Iris", "Juniper",
    "Keystone", "Lumen", "Meridian", "Nimbus", "Orchard", "Pioneer", "Quarry", "Ridge", "Summit", "Tidal",
    "Union", "Vertex", "Willow", "Aspen", "Birch", "Cascade", "Dover", "Eastgate", "Fairview", "Garnet",
    "Highland", "Inlet", "Jasper", "Kestrel", "Linden", "Maple", "Northgate", "Oakwood", "Parkside",
    "Quill", "Riverside", "Sterling", "Timber", "Upland", "Valley", "Westbrook", "Yarrow", "Zephyr",
    "Bright", "Copper", "Evergreen", "Forge", "Golden", "Hudson", "Ivory", "Lakeside",
)  # fmt: skip


def chinese_people(count: int, rng: np.random.Generator) -> list[str]:
    """Distinct names such as "Li Wei 李伟", in a seeded order."""
    pairs = [(family.split(), given.split()) for family in _FAMILY for given in _GIVEN]
    chosen = (pairs[index] for index in rng.permutation(len(pairs))[:count])
    return [f"{family} {given} {family_zh}{given_zh}" for (family, family_zh), (given, given_zh) in chosen]


def english_people(count: int, rng: np.random.Generator) -> list[str]:
    """Distinct English names, in a seeded order."""
    pairs = [f"{first} {last}" for last in _LAST for first in _FIRST]
    return [pairs[index] for index in rng.permutation(len(pairs))[:count]]


def chinese_customers(cities: Sequence[str], kinds: Sequence[str], rng: np.random.Generator) -> Iterator[str]:
    """Endless distinct names: city, brand and kind, such as "Suzhou Jinyu Trading 苏州金宇商贸"."""
    return _combined([each.split() for each in cities], _BRANDS, [each.rsplit(" ", 1) for each in kinds], rng)


def _combined(
    cities: Sequence[Sequence[str]],
    brands: Sequence[str],
    kinds: Sequence[Sequence[str]],
    rng: np.random.Generator,
) -> Iterator[str]:
    """City × brand × kind in a seeded order, then again as a second shop, a third …"""
    shop = 1
    while True:
        for index in rng.permutation(len(cities) * len(brands) * len(kinds)).tolist():
            (city, city_zh), (kind, kind_zh) = (
                cities[index % len(cities)],
                kinds[index // len(cities) % len(kinds)],
            )
            brand, brand_zh = brands[index // len(cities) // len(kinds)].split()
            number = f" {shop}" if shop > 1 else ""
            yield f"{city} {brand} {kind}{number} {city_zh}{brand_zh}{kind_zh}{number.strip()}"
        shop += 1


def english_customers(kinds: Sequence[str], rng: np.random.Generator) -> Iterator[str]:
    """Endless distinct names such as "Harbor Logistics"."""
    branch = 1
    while True:
        for index in rng.permutation(len(_STEMS) * len(kinds)).tolist():
            name = f"{_STEMS[index // len(kinds)]} {kinds[index % len(kinds)]}"
            yield name if branch == 1 else f"{name} {branch}"
        branch += 1


def short_name(customer: str) -> str:
    """What a deal calls its customer: of a name in two scripts the Chinese part."""
    return customer if customer.isascii() else customer.rsplit(" ", 1)[-1]
