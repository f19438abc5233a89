"""Which column of a table holds which field of a record: what fields there are, and how they are guessed.

A column is known by its header in English or Chinese, and where the header says nothing by its content.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from common.records import Refused
from crm.calc.cells import Order, Point, amount_read, day_read, flag_read

KEY = "external_id"


class Kind(StrEnum):
    """How the cells of a column are read."""

    TEXT = "text"
    AMOUNT = "amount"
    WHOLE = "whole"
    DAY = "day"
    MOMENT = "moment"
    FLAG = "flag"
    CHOICE = "choice"
    OWNER = "owner"
    STAGE = "stage"
    SEGMENT = "segment"
    ACCOUNT = "account"
    SHARE = "share"
    SPLITS = "splits"
    LINES = "lines"


@dataclass(frozen=True)
class Column:
    """A field a column may hold: its headers (the first is its English name) and the words of its choices."""

    name: str
    kind: Kind
    headers: tuple[str, ...]
    words: Mapping[str, str] = field(default_factory=dict)


_KEY = Column(
    KEY,
    Kind.TEXT,
    ("number", "id", "no", "code", "external id", "record id", "编号", "单号", "编码", "流水号"),
)
_NAME = Column("name", Kind.TEXT, ("name", "title", "名称", "姓名", "主题"))
_ACCOUNT = Column(
    "account",
    Kind.ACCOUNT,
    ("customer", "account", "client", "account name", "customer name", "org", "客户", "客户名称"),
)
_CURRENCY = Column("currency", Kind.TEXT, ("currency", "币种", "货币"))
_OPPORTUNITY = Column(
    "opportunity",
    Kind.TEXT,
    ("deal", "opportunity", "deal number", "deal id", "opportunity id", "商机", "商机编号", "订单号"),
)
_INDUSTRY = Column("industry", Kind.TEXT, ("industry", "sector", "行业", "所属行业"))
_OWNER = Column(
    "owner",
    Kind.OWNER,
    (
        *("owner", "seller", "sales rep", "salesperson", "rep", "assigned to", "employee number"),
        *("负责人", "销售", "销售员", "销售人员", "业务员", "跟进人", "工号", "所有者"),
    ),
)
_OWNER_FROM = Column(
    "owner_from", Kind.DAY, ("owner since", "owner from", "负责人起始日期", "归属日期", "接手日期")
)
_CUSTOMER_TYPES = {
    **dict.fromkeys(("key account", "大客户", "重点客户", "战略客户", "ka"), "KA"),
    **dict.fromkeys(("dealer", "reseller", "经销商", "渠道商", "代理商"), "dealer"),
    **dict.fromkeys(("smb", "small and medium business", "中小企业", "中小客户"), "SMB"),
    **dict.fromkeys(("consumer", "个人", "消费者", "个人客户"), "consumer"),
}
_REGION = Column("region", Kind.SEGMENT, ("region", "area", "territory", "区域", "地区", "大区"))
_CUSTOMER_TYPE = Column(
    "customer_type", Kind.SEGMENT, ("customer type", "account type", "客户类型", "客户类别"), _CUSTOMER_TYPES
)
_PRODUCT_LINE = Column("product_line", Kind.SEGMENT, ("product line", "line", "产品线", "产品类别", "品类"))
_PHONE = Column(
    "phone",
    Kind.TEXT,
    ("phone", "telephone", "mobile", "phone number", "tel", "电话", "手机", "联系电话", "手机号", "座机"),
)
_WEBSITE = Column(
    "website", Kind.TEXT, ("website", "web", "url", "homepage", "domain", "网址", "网站", "官网")
)
_CONTACT = Column(
    "contact_name",
    Kind.TEXT,
    ("contact person", "contact name", "contact", "主要联系人", "客户联系人", "联系人", "联系人姓名"),
)
_EMAIL = Column("email", Kind.TEXT, ("email", "e-mail", "mail", "email address", "邮箱", "电子邮箱", "邮件"))
# A deal shared by up to three people as two columns for each; more of them stand in one cell.
SPLIT_PAIRS = tuple((f"split_{at}", f"split_{at}_share") for at in (1, 2, 3))
_SPLITS = (
    Column(
        "splits",
        Kind.SPLITS,
        ("splits", "credit splits", "shared by", "业绩分成", "业绩拆分", "分成", "业绩分摊"),
    ),
    *(
        column
        for at, (person, share) in enumerate(SPLIT_PAIRS, start=1)
        for column in (
            Column(
                person,
                Kind.OWNER,
                (f"split {at} person", f"split {at}", f"分成人{at}", f"业绩归属人{at}", f"协作人{at}"),
            ),
            Column(share, Kind.SHARE, (f"split {at} share", f"share {at}", f"分成比例{at}", f"业绩占比{at}")),
        )
    ),
)
_PRODUCT = Column(
    "product",
    Kind.TEXT,
    ("product", "product number", "product name", "产品", "产品名称", "产品编号", "商品"),
)
_LINES = Column(
    "lines",
    Kind.LINES,
    ("product lines and amounts", "line items", "items", "lines", "产品明细", "商品明细", "明细"),
)
_OWNED = (_OWNER, _PRODUCT_LINE, _REGION, _CUSTOMER_TYPE)
_KINDS = {
    **dict.fromkeys(("visit", "拜访", "上门", "上门拜访", "客户拜访", "走访"), "visit"),
    **dict.fromkeys(("call", "phone", "phone call", "电话", "电话沟通", "通话"), "call"),
    **dict.fromkeys(("meeting", "会议", "面谈", "洽谈"), "meeting"),
    **dict.fromkeys(("inquiry", "enquiry", "询价", "咨询", "询盘"), "inquiry"),
    **dict.fromkeys(("quote_view", "quote view", "查看报价"), "quote_view"),
}
_STATUSES = {
    **dict.fromkeys(("new", "新", "新增", "新线索", "未处理", "待跟进"), "new"),
    **dict.fromkeys(("working", "contacted", "跟进中", "联系中", "已联系"), "working"),
    **dict.fromkeys(("qualified", "合格", "有效", "已确认"), "qualified"),
    **dict.fromkeys(("converted", "已转化", "已转换", "转化", "已转商机"), "converted"),
    **dict.fromkeys(("disqualified", "unqualified", "无效", "不合格", "已关闭"), "disqualified"),
}
_PRIORITIES = {
    **dict.fromkeys(("low", "低"), "low"),
    **dict.fromkeys(("normal", "medium", "中", "普通", "一般"), "normal"),
    **dict.fromkeys(("high", "urgent", "高", "紧急"), "high"),
}

COLUMNS: dict[str, tuple[Column, ...]] = {
    "products": (
        Column(
            KEY,
            Kind.TEXT,
            (*_KEY.headers, "product id", "sku", "product code", "产品编号", "产品编码", "物料编码"),
        ),
        Column(
            "name", Kind.TEXT, (*_NAME.headers, "product", "product name", "产品", "产品名称", "商品名称")
        ),
        _PRODUCT_LINE,
        Column(
            "list_price",
            Kind.AMOUNT,
            ("list price", "price", "unit price", "标价", "单价", "价格", "目录价", "标准价格"),
        ),
        _CURRENCY,
    ),
    "accounts": (
        Column(KEY, Kind.TEXT, (*_KEY.headers, "account id", "customer id", "客户编号", "客户编码")),
        Column("name", Kind.TEXT, (*_NAME.headers, *_ACCOUNT.headers, "company", "公司", "公司名称")),
        _INDUSTRY,
        Column("employees", Kind.WHOLE, ("employees", "size", "员工数", "人数", "规模")),
        Column("annual_revenue", Kind.AMOUNT, ("annual revenue", "revenue", "年营收", "营业额", "年收入")),
        _CURRENCY,
        Column("country", Kind.TEXT, ("country", "国家")),
        _CONTACT,
        _PHONE,
        _WEBSITE,
        _REGION,
        _CUSTOMER_TYPE,
        _OWNER,
        _OWNER_FROM,
    ),
    "leads": (
        Column(KEY, Kind.TEXT, (*_KEY.headers, "lead id", "线索编号")),
        Column("name", Kind.TEXT, (*_NAME.headers, "lead", "contact", "线索", "联系人", "线索名称")),
        Column("company_name", Kind.TEXT, ("company", "company name", "公司", "公司名称", "单位")),
        Column("channel", Kind.TEXT, ("channel", "source", "lead source", "来源", "渠道", "线索来源")),
        _INDUSTRY,
        Column("priority", Kind.CHOICE, ("priority", "优先级", "紧急程度"), _PRIORITIES),
        Column("status", Kind.CHOICE, ("status", "state", "状态", "线索状态"), _STATUSES),
        _ACCOUNT,
        Column("created_on", Kind.DAY, ("created on", "created", "date", "创建日期", "创建时间", "日期")),
        Column("qualified_on", Kind.DAY, ("qualified on", "qualified", "确认日期", "合格日期")),
        Column("closed_on", Kind.DAY, ("closed on", "closed", "关闭日期", "转化日期")),
        _CONTACT,
        _PHONE,
        _EMAIL,
        _WEBSITE,
        *_OWNED,
        _OWNER_FROM,
    ),
    "opportunities": (
        Column(KEY, Kind.TEXT, (*_KEY.headers, *_OPPORTUNITY.headers, "合同编号")),
        Column("name", Kind.TEXT, (*_NAME.headers, "deal name", "opportunity name", "商机名称", "项目名称")),
        _ACCOUNT,
        Column("stage", Kind.STAGE, ("stage", "status", "state", "阶段", "状态", "商机阶段", "销售阶段")),
        Column(
            "amount", Kind.AMOUNT, ("amount", "value", "total", "金额", "商机金额", "合同金额", "成交金额")
        ),
        _CURRENCY,
        Column(
            "opened_on", Kind.DAY, ("opened on", "opened", "created", "created on", "创建日期", "创建时间")
        ),
        Column(
            "expected_close_on",
            Kind.DAY,
            ("expected close", "expected close date", "预计成交日期", "预计成交", "预计签单日期"),
        ),
        Column(
            "closed_on",
            Kind.DAY,
            (
                "closed on",
                "close date",
                "closed",
                "date",
                "成交日期",
                "关闭日期",
                "签约日期",
                "赢单日期",
                "日期",
            ),
        ),
        Column("loss_reason", Kind.TEXT, ("loss reason", "lost reason", "输单原因", "丢单原因")),
        *_OWNED,
        _OWNER_FROM,
        _PRODUCT,
        _LINES,
        *_SPLITS,
    ),
    "activities": (
        Column(KEY, Kind.TEXT, (*_KEY.headers, "activity id", "活动编号", "跟进编号")),
        Column(
            "kind", Kind.CHOICE, ("kind", "type", "activity type", "类型", "活动类型", "跟进方式"), _KINDS
        ),
        Column(
            "occurred_at",
            Kind.MOMENT,
            ("at", "date", "time", "when", "occurred at", "时间", "日期", "跟进时间", "拜访日期", "活动时间"),
        ),
        Column("is_effective", Kind.FLAG, ("effective", "是否有效", "有效", "有效拜访")),
        Column("subject", Kind.TEXT, ("subject", "title", "主题", "标题")),
        Column("note", Kind.TEXT, ("note", "notes", "description", "备注", "内容", "跟进内容", "描述")),
        _ACCOUNT,
        _OPPORTUNITY,
        Column("lead", Kind.TEXT, ("lead", "lead id", "线索", "线索编号")),
        *_OWNED,
    ),
    "payments": (
        Column(KEY, Kind.TEXT, (*_KEY.headers, "payment id", "receipt", "回款编号", "收款编号", "凭证号")),
        Column(
            "received_on",
            Kind.DAY,
            ("received on", "received", "date", "payment date", "回款日期", "收款日期", "到账日期", "日期"),
        ),
        Column("amount", Kind.AMOUNT, ("amount", "payment", "金额", "回款金额", "收款金额", "到账金额")),
        _CURRENCY,
        _OPPORTUNITY,
        _ACCOUNT,
        *_OWNED,
    ),
}
# Fields worth finding by content where no header tells them.
_BY_CONTENT = ("occurred_at", "received_on", "created_on", "amount", "stage", "kind", "status")
_MOSTLY = 0.8


def column_of(resource: str, name: str) -> Column:
    """The column of a field."""
    return next(column for column in COLUMNS[resource] if column.name == name)


def header_plain(header: str) -> str:
    """A header without what is beside the point: "成交金额（元）", "Amount *" and "amount" are told by words.

    >>> header_plain("成交金额（元）"), header_plain("Close_Date *")
    ('成交金额', 'closedate')
    """
    bare = re.sub(r"[(（\[【].*?[)）\]】]", "", header) or header
    return re.sub(r"[\s_\-*:：./#]+", "", bare).casefold()


def columns_guess(
    resource: str,
    headers: Sequence[str],
    samples: Sequence[Sequence[str]],
    *,
    remembered: Mapping[str, str],
    stages: Mapping[str, str],
    columns: Sequence[Column] = (),
) -> list[str]:
    """The field of each column, "" for none; each field at most once.

    ``remembered`` are fields by plain header ("" for a column left out on purpose), ``stages`` the words for
    stages. First what was chosen before counts, then headers that are a known word, then those that hold
    one, then the content of columns that nothing else explains. ``columns`` are other fields
    than those of files.
    """
    fields = {column.name: column for column in columns or COLUMNS[resource]}
    plain = [header_plain(header) for header in headers]
    found: dict[int, str] = {}

    def take(at: int, name: str) -> None:
        if at not in found and (not name or name not in found.values()):
            found[at] = name

    for at, header in enumerate(plain):
        if remembered.get(header) in (*fields, ""):
            take(at, remembered[header])
    words = {header_plain(word): name for name, column in reversed(fields.items()) for word in column.headers}
    for at, header in enumerate(plain):
        if header in words:
            take(at, words[header])
    for word in sorted((word for word in words if len(word) > (1 if word.isascii() else 0) + 1), key=len)[
        ::-1
    ]:
        for at, header in enumerate(plain):
            if word in header and (not word.isascii() or len(word) > 4):
                take(at, words[word])
    for name in _BY_CONTENT:
        if name in fields and name not in found.values():
            at = next(
                (
                    at
                    for at in range(len(plain))
                    if at not in found and _holds(fields[name], at, samples, stages)
                ),
                -1,
            )
            if at >= 0:
                found[at] = name
    return [found.get(at, "") for at in range(len(plain))]


def _holds(column: Column, at: int, samples: Sequence[Sequence[str]], stages: Mapping[str, str]) -> bool:
    """Whether nearly all cells of a column read as this field; bare numbers could be anything."""
    cells = [row[at] for row in samples if row[at]]
    if not cells or (column.kind is Kind.AMOUNT and all(cell.isdigit() for cell in cells)):
        return False
    return sum(_reads(column, cell, stages) for cell in cells) >= _MOSTLY * len(cells)


def _reads(column: Column, cell: str, stages: Mapping[str, str]) -> bool:
    word = cell.casefold()
    if column.kind in (Kind.CHOICE, Kind.STAGE):
        return word in (stages if column.kind is Kind.STAGE else column.words)
    try:
        if column.kind is Kind.AMOUNT:
            amount_read(cell, point=Point.DOT)
        elif column.kind in (Kind.DAY, Kind.MOMENT):
            day_read(cell, order=Order.MONTH)
        else:
            flag_read(cell)
    except Refused:
        return False
    return True
