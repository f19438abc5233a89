"""What a leader has to decide about, in a sentence: how many are behind, by how much together, who most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboards.company_tree import Tree
from dashboards.nodes import Node
from metrics.templatetags.figures import figure_text

LATE = ("behind", "critical")


@dataclass(frozen=True)
class Headline:
    """A sentence to decide by, and who lacks most; None when nobody is behind."""

    text: str
    worst: Node | None


def headlines_of(tree: Tree) -> list[Headline]:
    """Of the parts right below, and of all people below them: how many are behind, and who lacks most.

    What asks for a decision comes first.
    """
    parts = [node for node in tree.children if node.kind in ("unit", "person", "segment")]
    people = [node for node in tree.nodes if node.kind == "person" and not node.segments]
    told = [parts] if all(node.kind == "person" for node in parts) else [parts, people]
    found = []
    for nodes in told:
        judged = [node for node in nodes if node.lag is not None]
        if not judged:
            continue
        late = [node for node in judged if node.status in LATE]
        worst = max(late, key=lambda node: abs(node.ahead or 0)) if late else None
        found.append(Headline(_told(judged, late), worst))
    return sorted(found, key=lambda told: told.worst is None)


def _told(judged: Sequence[Node], late: Sequence[Node]) -> str:
    """One sentence; amounts are added up, shares are not."""
    metric, count = judged[0].metric, len(judged)
    if not late:
        return _at_ease(judged) % {"count": count}
    text = _behind(judged) % {"late": len(late), "count": count}
    if metric.is_ratio:
        return _("%(sentence)s.") % {"sentence": text}
    gap = figure_text(sum(node.ahead or 0 for node in late), metric, short=True)
    return _("%(sentence)s, together %(gap)s.") % {"sentence": text, "gap": gap}


def _behind(judged: Sequence[Node]) -> str:
    """How many are behind, with ``late`` and ``count`` still to be put in."""
    count, kinds = len(judged), {node.kind for node in judged}
    if kinds == {"unit"}:
        return ngettext(
            "%(late)s of %(count)s unit is behind", "%(late)s of %(count)s units are behind", count
        )
    if kinds == {"person"}:
        return ngettext(
            "%(late)s of %(count)s person is behind", "%(late)s of %(count)s people are behind", count
        )
    return ngettext("%(late)s of %(count)s part is behind", "%(late)s of %(count)s parts are behind", count)


def _at_ease(judged: Sequence[Node]) -> str:
    """That nobody is behind, with ``count`` still to be put in."""
    count, kinds = len(judged), {node.kind for node in judged}
    if kinds == {"unit"}:
        return ngettext(
            "%(count)s unit, not 20 %% behind.", "None of %(count)s units is 20 %% behind.", count
        )
    if kinds == {"person"}:
        return ngettext(
            "%(count)s person, not 20 %% behind.", "None of %(count)s people is 20 %% behind.", count
        )
    return ngettext("%(count)s part, not 20 %% behind.", "None of %(count)s parts is 20 %% behind.", count)
