"""What two records of one customer have in common however they were typed: bare name, phone, domain.

Keys are for looking up, never for showing; "" means that there is nothing to go by and matches nothing.
"""

from __future__ import annotations

import re
import unicodedata


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# Longest first: each is cut out wherever it stands (a branch office names its parent's form in the middle).
_CHINESE_FORMS = re.compile(
    "股份有限公司|有限责任公司|有限責任公司|股份公司|有限公司|有限合伙|普通合伙|株式会社|有限会社|合同会社|주식회사|유한회사"
)
# A bare 公司 at the end says nothing, that of a branch or a subsidiary does.
_BARE_COMPANY = re.compile("(?<![分子母总])公司$")
_DOTTED_FORMS = re.compile(r"\bs\.\s?p\.\s?a\b\.?|\bs\.\s?a\.\s?s\b\.?|\ba/s\b")
_WESTERN_FORMS = _words(
    """ltd limited inc incorporated corp corporation co company coltd llc llp lp plc gmbh ug ag kg kgaa ohg ev
    eg sa sas sarl srl bv nv oy oyj ab as aps asa pty pte pvt private sdn bhd kk ltda sro zrt kft doo"""
)
_LINKS = frozenset(("and", "und", "et", "y"))
_ACCENTS = re.compile("[\u0300-\u036f]")

_SEVERAL = re.compile(r"[/;,、;]|或|\bor\b")
_EXTENSION = re.compile(r"(转|轉|分机|ext|extension|x|#)\D{0,3}\d+\s*$")
_CHINESE_MOBILE = re.compile(r"861[3-9]\d{9}")
_FEWEST_DIGITS, _MOST_DIGITS = 7, 20

# Whoever writes from one of these says nothing of the company.
_FREE_MAIL = _words(
    """gmail.com googlemail.com outlook.com hotmail.com live.com live.cn msn.com yahoo.com yahoo.cn
    yahoo.com.cn yahoo.co.jp yahoo.co.uk ymail.com icloud.com me.com mac.com aol.com gmx.de gmx.net gmx.com
    gmx.at gmx.ch web.de
    t-online.de freenet.de mail.com mail.ru yandex.ru yandex.com proton.me protonmail.com tutanota.com
    zoho.com naver.com daum.net hanmail.net orange.fr free.fr laposte.net libero.it qq.com foxmail.com
    163.com 126.com
    yeah.net 188.com sina.com sina.cn sina.com.cn sohu.com 139.com 189.cn wo.cn aliyun.com 21cn.com
    tom.com 263.net
    """
)
# A page in somebody else's house names its company before the house, or not in its domain at all.
_SHOPS = _words(
    """taobao.com tmall.com 1688.com alibaba.com jd.com made-in-china.com myshopify.com github.io wixsite.com
    wordpress.com blogspot.com weebly.com"""
)
_NETWORKS = _words(
    """facebook.com linkedin.com instagram.com twitter.com x.com youtube.com weibo.com weixin.qq.com
    zhihu.com douyin.com xiaohongshu.com"""
)
_SECOND_LEVELS = frozenset(("com", "net", "org", "gov", "edu", "ac", "co", "or", "ne", "go"))
_HOST = re.compile(r"[\w-]+(\.[\w-]+)+")


def name_key(name: str) -> str:
    """A company's name without case, width, accents, spaces, punctuation and legal form.

    Chinese names of nothing but a legal form are no names: "".

    >>> name_key("ACME Widgets Co., Ltd."), name_key("上海闪电(集团)股份有限公司")
    ('acmewidgets', '上海闪电集团')
    """
    plain = _DOTTED_FORMS.sub(" ", _folded(name))
    words = re.sub(r"[^\w]+", " ", plain.replace(".", "").replace("'", "").replace("’", "")).split()
    words = [word for word in words if word not in _LINKS] or words
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    while len(words) > 1 and words[-1] in _WESTERN_FORMS:
        words.pop()
    whole = "".join(words).replace("_", "")
    return _BARE_COMPANY.sub("", _CHINESE_FORMS.sub("", whole))[:200]


def phone_key(phone: str) -> str:
    """The digits of the first number in a text, without +86 or 0086, leading zeros and extension.

    Fewer than seven digits are a short number that many share: "".

    >>> phone_key("+86 (0)138-0013-8000"), phone_key("010-6552 9988 转 12"), phone_key("12345")
    ('13800138000', '1065529988', '')
    """
    first = _SEVERAL.split(unicodedata.normalize("NFKC", phone).casefold().strip())[0]
    first = _EXTENSION.sub("", first.replace("(0)", "")).strip()
    is_abroad = first.startswith(("+", "00", "(+"))
    digits = re.sub("[^0-9]", "", first).lstrip("0")
    if (is_abroad and digits.startswith("86")) or _CHINESE_MOBILE.fullmatch(digits):
        digits = digits[2:].lstrip("0")
    return digits if _FEWEST_DIGITS <= len(digits) <= _MOST_DIGITS else ""


def domain_key(text: str) -> str:
    """The domain that a company has of its own, from a web address or an e-mail address.

    Free mail and pages in social networks say nothing: "".

    >>> domain_key("https://www.acme.com.cn/about"), domain_key("ann@mail.acme.de"), domain_key("ann@qq.com")
    ('acme.com.cn', 'acme.de', '')
    """
    host, is_mail = _host(text)
    if not host:
        return ""
    labels = host.split(".")
    is_paired = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVELS
    own = ".".join(labels[-3:] if is_paired else labels[-2:])
    if own in _NETWORKS or host in _NETWORKS or (is_mail and (own in _FREE_MAIL or host in _FREE_MAIL)):
        return ""
    if own in _SHOPS:
        return host if host != own else ""
    return own


def contact_keys(name: str, phone: str, website: str, email: str = "") -> dict[str, str]:
    """The columns by which a customer met twice is known again; the e-mail stands in for a website."""
    domain = domain_key(website) or domain_key(email)
    return {"name_key": name_key(name), "phone_key": phone_key(phone), "domain_key": domain}


def web_address(text: str) -> str:
    """A web address that a link may lead to, or "" if the text is none.

    >>> web_address("www.acme.com/shop"), web_address("javascript:alert(1)")
    ('https://www.acme.com/shop', '')
    """
    typed = text.strip()
    scheme, colon, rest = typed.partition("://")
    if colon and scheme.casefold() not in ("http", "https"):
        return ""
    host, is_mail = _host(typed)
    if not host or is_mail or re.search(r"\s", typed):
        return ""
    return f"{scheme.casefold()}://{rest}" if colon else f"https://{typed}"


def _folded(text: str) -> str:
    """Half width, small letters, without the accents of Latin letters."""
    parts = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFKC", _ACCENTS.sub("", parts))


def _host(text: str) -> tuple[str, bool]:
    """The host of a web or e-mail address without "www.", and whether it was an e-mail address."""
    typed = unicodedata.normalize("NFKC", text).replace("。", ".").strip().casefold()
    is_mail = "@" in typed and "://" not in typed
    rest = typed.rpartition("@")[2] if is_mail else typed.partition("://")[2] or typed
    host = re.split(r"[/?#\\]", rest, maxsplit=1)[0].rpartition("@")[2].partition(":")[0].strip(".")
    host = re.sub(r"^(www\d?\.)+(?=[^.]+\.)", "", host)
    is_number = re.fullmatch(r"[0-9.]+", host) is not None
    return (host, is_mail) if _HOST.fullmatch(host) and not is_number else ("", is_mail)
