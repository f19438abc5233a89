"""The keys of one customer are the same however its name, phone and web address were typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.calc.keys import domain_key, name_key, phone_key, web_address


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme", "ACME  Inc."),
        ("Acme", "Ａｃｍｅ　Ｃｏ．，　Ｌｔｄ．"),
        ("Acme Widgets", "acme-widgets Limited"),
        ("Acme", "Acme CoLtd"),
        ("Müller Söhne", "Muller & Sohne GmbH & Co. KG"),
        ("Johnson & Johnson", "Johnson and Johnson"),
        ("The Home Depot", "Home Depot, Inc."),
        ("Ferrari", "Ferrari S.p.A."),
        ("L'Oréal", "L’OREAL S.A."),
        ("上海闪电", "上海闪电有限公司"),
        ("上海闪电有限公司", "上海闪电 股份有限公司"),
        ("上海闪电有限责任公司", "上海闪电公司"),
        ("海尔集团", "海尔（集团）有限公司"),
        ("上海闪电有限公司北京分公司", "上海闪电北京分公司"),
        ("株式会社ソニー", "ソニー"),
        ("㈱ｿﾆｰ", "(株)ソニー"),
    ],
)
def test_spellings_of_one_name_have_one_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme", "Acme Widgets"),
        ("Day Spa", "Day"),
        ("上海闪电有限公司", "上海闪电北京分公司"),
        ("上海闪电科技有限公司", "上海闪电贸易有限公司"),
        ("がくぶち", "かくふち"),
    ],
)
def test_different_names_keep_different_keys(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@pytest.mark.parametrize(
    ("name", "key"),
    [("", ""), ("...", ""), ("有限公司", ""), ("Inc.", "inc"), ("Co Ltd", "co"), ("___", "")],
)
def test_a_name_of_nothing_but_a_form_is_no_name_in_chinese(name: str, key: str) -> None:
    assert name_key(name) == key


@pytest.mark.parametrize(
    ("phone", "key"),
    [
        ("138 0013 8000", "13800138000"),
        ("+86-138-0013-8000", "13800138000"),
        ("0086 138 0013 8000", "13800138000"),
        ("86 13800138000", "13800138000"),
        ("（+86）１３８００１３８０００", "13800138000"),
        ("010-65529988", "1065529988"),
        ("+86 10 6552 9988", "1065529988"),
        ("(010) 6552-9988 ext. 12", "1065529988"),
        ("010-65529988转8001", "1065529988"),
        ("010-65529988 / 13800138000", "1065529988"),
        ("400-820-8820", "4008208820"),
        ("+49 (0)30 901820", "4930901820"),
        ("0049 30 901820", "4930901820"),
        ("12345", ""),
        ("", ""),
        ("无", ""),
        ("1" * 30, ""),
    ],
)
def test_phone_is_its_digits_without_the_country(phone: str, key: str) -> None:
    assert phone_key(phone) == key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("acme.com", "acme.com"),
        ("https://www.Acme.com:8080/about?x=1#y", "acme.com"),
        ("HTTP://user:pass@shop.acme.com", "acme.com"),
        ("www.acme.com.cn", "acme.com.cn"),
        ("shop.acme.co.uk/x", "acme.co.uk"),
        ("com.cn", "com.cn"),
        ("www.com.cn", "com.cn"),
        ("ann@acme.de", "acme.de"),
        ("ann@mail.acme.de", "acme.de"),
        ("ann@gmail.com", ""),
        ("ann@vip.163.com", ""),
        ("ann@vip.qq.com", ""),
        ("闪电.cn", "闪电.cn"),
        ("https://闪电。中国", "闪电.中国"),
        ("acme.1688.com", "acme.1688.com"),
        ("https://www.1688.com/", ""),
        ("https://www.linkedin.com/company/acme", ""),
        ("192.168.0.1", ""),
        ("localhost", ""),
        ("none", ""),
        ("-", ""),
        ("", ""),
    ],
)
def test_domain_is_the_companys_own(text: str, key: str) -> None:
    assert domain_key(text) == key


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("acme.com", "https://acme.com"),
        (" http://acme.com/a ", "http://acme.com/a"),
        ("HTTPS://acme.com", "https://acme.com"),
        ("javascript:alert(1)", ""),
        ("javascript://acme.com/%0aalert(1)", ""),
        ("ann@acme.com", ""),
        ("acme.com and more", ""),
        ("none", ""),
    ],
)
def test_only_a_web_address_becomes_a_link(text: str, address: str) -> None:
    assert web_address(text) == address


@given(st.text(max_size=300))
def test_keys_never_fail_and_fit_their_columns(text: str) -> None:
    assert len(name_key(text)) <= 200
    assert len(phone_key(text)) <= 20
    assert phone_key(text).isdigit() or not phone_key(text)
    assert not set(domain_key(text)) & set("/@: ")
    assert web_address(text) == "" or web_address(text).startswith(("http://", "https://"))


@given(st.text(alphabet="abc é上海有限公司 .,&-", max_size=40))
def test_a_key_of_a_name_does_not_depend_on_case_spaces_or_punctuation_around(text: str) -> None:
    assert name_key(f"  {text.upper()} . ") == name_key(text.lower())
