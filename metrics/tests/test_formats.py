"""How figures are written."""

import pytest

from metrics.formats import compact_count_text, compact_money_text, percent_text, rate_count_text


@pytest.mark.parametrize(
    ("minor", "language", "text"),
    [
        (120_000_000, "en", "¥1.2M"),
        (120_000_000, "zh-hans", "¥120万"),
        (10_000_000_000, "zh-hans", "¥1亿"),
        (1_234_500, "en", "¥12.3K"),
        (99_900, "en", "¥999"),
        (99_900, "zh-hans", "¥999"),
        (-120_000_000, "en", "−¥1.2M"),
    ],
)
def test_compact_money_counts_as_the_language_does(minor, language, text):
    assert compact_money_text(minor, "CNY", language) == text


def test_small_counts_stay_whole():
    assert compact_count_text(7, "en") == "7"
    assert compact_count_text(12_345, "zh-hans") == "1.23万"


def test_attainment_is_not_capped_and_undefined_is_a_dash():
    assert percent_text(1.42) == "142 %"
    assert percent_text(-0.05) == "−5 %"
    assert percent_text(-0.001) == "0 %"
    assert percent_text(None) == "–"


@pytest.mark.parametrize(
    ("rate", "text"), [(0.01, "0.1"), (0.21, "0.3"), (0.3, "0.3"), (2.0, "2"), (9.99, "10")]
)
def test_a_small_rate_is_rounded_up_so_that_it_suffices(rate, text):
    assert rate_count_text(rate) == text
