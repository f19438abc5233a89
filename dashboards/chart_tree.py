"""A tree as treemap or sunburst: plain dicts for Plotly, coloured by a tone in words, not by hue alone.

Colours are the variables of ``static/css/pace.css``, chosen to stay apart for colour-blind eyes; each tile
also carries the sign of its tone. Texts come in translated and formatted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

TONES = ("on_track", "watch", "behind", "critical", "undefined")
SIGNS = {"on_track": "✓", "watch": "●", "behind": "▼", "critical": "▼▼", "undefined": "–"}
SHAPES = ("treemap", "sunburst")
DARK, LIGHT = "#111", "#fff"
# What reads at 4.5 to 1 or better on each tone; the tones are the same in both themes.
INKS = {"on_track": LIGHT, "watch": DARK, "behind": DARK, "critical": LIGHT, "undefined": DARK}


@dataclass(frozen=True)
class Tile:
    """A node of the drawing: ``parent`` is another tile's key or "" at the top.

    ``area`` counts only where no tile lies inside. ``texts`` are what hovering shows, one for each label.
    """

    key: str
    parent: str
    name: str
    area: float
    tone: str
    badge: str
    texts: Sequence[str]


def tree_figure(tiles: Sequence[Tile], labels: Sequence[str], *, shape: str) -> dict[str, Any]:
    """The tiles as a figure; parents come before their children.

    A parent is as large as its leaves together, so that over-assigned parts never break the drawing.
    """
    parents = {tile.parent for tile in tiles}
    trace: dict[str, Any] = {
        "type": shape,
        "ids": [tile.key for tile in tiles],
        "parents": [tile.parent for tile in tiles],
        "labels": [escape(tile.name, quote=False) for tile in tiles],
        "text": [escape(f"{SIGNS[tile.tone]} {tile.badge}", quote=False) for tile in tiles],
        "values": [0 if tile.key in parents else tile.area for tile in tiles],
        "customdata": [[escape(text, quote=False) for text in tile.texts] for tile in tiles],
        "branchvalues": "remainder",
        "textinfo": "label+text",
        "hovertemplate": _hover(labels),
        "textfont": {"color": [INKS[tile.tone] for tile in tiles]},
        "marker": {
            "colors": [TONES.index(tile.tone) for tile in tiles],
            "line": {"width": 1, "color": "var(--pace-edge)"},
            **_scale(),
        },
    }
    if shape == "treemap":
        trace |= {"pathbar": {"visible": False}, "tiling": {"pad": 2}}
    else:
        trace |= {"insidetextorientation": "radial", "leaf": {"opacity": 1}}
    layout = {
        "margin": {"l": 4, "r": 4, "t": 4, "b": 4},
        "hovermode": "closest",
        # A word too small to read is left to hovering and to the table.
        "uniformtext": {"mode": "hide", "minsize": 9},
        "xaxis": {"visible": False},
        "yaxis": {"visible": False},
    }
    return {"data": [trace], "layout": layout}


def _hover(labels: Sequence[str]) -> str:
    lines = [f"{escape(label, quote=False)}: %{{customdata[{at}]}}" for at, label in enumerate(labels)]
    return "<br>".join(["<b>%{label}</b>", *lines]) + "<extra></extra>"


def _scale() -> dict[str, Any]:
    """A step of colour a tone, so that a tile names its colour by one digit."""
    width = 1 / len(TONES)
    steps = []
    for at, tone in enumerate(TONES):
        colour = f"var(--pace-{tone.replace('_', '-')})"
        steps += [[round(at * width, 3), colour], [round((at + 1) * width, 3), colour]]
    return {"colorscale": steps, "cmin": -0.5, "cmax": len(TONES) - 0.5, "showscale": False}
