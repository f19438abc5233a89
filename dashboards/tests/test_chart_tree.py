"""Trees are figures Plotly accepts: areas of leaves, tones as steps of colour, names that stay names."""

import re
from pathlib import Path

import plotly.graph_objects as go
import pytest
from django.conf import settings

from dashboards.chart_tree import INKS, SHAPES, TONES, Tile, tree_figure

ROOT = Path(settings.BASE_DIR)
LABELS = ["Target", "Pace"]


def tile(key, parent="", *, name="", area=0.0, tone="on_track"):
    return Tile(key, parent, name or key, area, tone, "90 %", ["1M", "90 %"])


TILES = [
    tile("company", area=120, tone="watch"),
    tile("east", "company", area=70),
    tile("ann", "east", area=40),
    tile("ben", "east", area=35, tone="critical"),
    tile("west", "company", area=50, tone="undefined"),
]


def as_plotly(figure):
    """Plotly's own check; theme colours are replaced in the browser, here by a colour Plotly knows."""
    text = repr(figure)
    for name in (*TONES, "edge"):
        text = text.replace(f"var(--pace-{name.replace('_', '-')})", "#123456")
    assert "var(" not in text
    return go.Figure(eval(text))  # noqa: S307  (the repr of our own plain dict)


@pytest.mark.parametrize("shape", SHAPES)
def test_only_leaves_have_an_area_so_that_over_assigned_parts_still_draw(shape):
    [trace] = as_plotly(tree_figure(TILES, LABELS, shape=shape)).data
    assert trace.type == shape
    assert dict(zip(trace.ids, trace["values"], strict=True)) == {
        "company": 0,
        "east": 0,
        "ann": 40,
        "ben": 35,
        "west": 50,
    }
    assert trace.branchvalues == "remainder"


def test_each_tone_has_its_own_step_of_colour_and_its_sign():
    [trace] = tree_figure(TILES, LABELS, shape="treemap")["data"]
    assert trace["marker"]["colors"] == [1, 0, 0, 3, 4]
    middles = [at + 0.5 for at in range(len(TONES))]
    steps = [step for step, _colour in trace["marker"]["colorscale"]]
    inside = [
        any(low * 5 <= middle <= high * 5 for low, high in zip(steps[::2], steps[1::2], strict=True))
        for middle in middles
    ]
    assert all(inside)
    assert trace["text"][3].startswith("▼▼")


@pytest.mark.parametrize("tone", TONES)
def test_words_on_a_tone_can_be_read(tone):
    css = (ROOT / "static/css/pace.css").read_text()
    [colour] = re.findall(rf"--pace-{tone.replace('_', '-')}: (#[0-9a-f]{{6}});", css)
    light, dark = sorted((luminance(colour), luminance(INKS[tone])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def luminance(colour):
    """The relative luminance of WCAG 2."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * each for each in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_name_with_markup_stays_a_name():
    [trace] = tree_figure([tile("a", name="<b>R&D</b>")], LABELS, shape="treemap")["data"]
    assert trace["labels"] == ["&lt;b&gt;R&amp;D&lt;/b&gt;"]


def test_hovering_names_every_figure():
    [trace] = tree_figure(TILES, LABELS, shape="sunburst")["data"]
    assert trace["hovertemplate"] == (
        "<b>%{label}</b><br>Target: %{customdata[0]}<br>Pace: %{customdata[1]}<extra></extra>"
    )
    assert all(len(texts) == len(LABELS) for texts in trace["customdata"])
