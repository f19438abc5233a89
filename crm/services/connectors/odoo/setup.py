"""What the setup form asks Odoo: its stages, teams and kinds of activities, with a proposal for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crm.models import Stage
from crm.services.connectors.base import Connector
from crm.services.connectors.odoo.source import OdooConnector

_VISIT = ("visit", "拜访", "onsite", "on-site")


@dataclass(frozen=True)
class Choice:
    """Something of the source to be mapped: its id and name, and what we propose for it."""

    key: str
    name: str
    proposed: str


@dataclass(frozen=True)
class OdooChoices:
    """All that is mapped in the setup of a connection to Odoo."""

    stages: list[Choice]
    teams: list[Choice]
    activity_kinds: list[Choice]


def odoo_choices(connector: Connector) -> OdooChoices:
    """Read what there is to map. Raises ConnectorError."""
    assert isinstance(connector, OdooConnector)
    rpc = connector.rpc
    stages = rpc.search_read("crm.stage", [], ["id", "name", "is_won"], order="sequence, id")
    teams = rpc.search_read("crm.team", [("active", "=", True)], ["id", "name"])
    kinds = rpc.search_read("mail.activity.type", [], ["id", "name", "category"])
    ours = list(Stage.objects.all())
    proposed = stages_propose([(str(row["name"]), bool(row["is_won"])) for row in stages], ours)
    return OdooChoices(
        stages=[Choice(str(r["id"]), str(r["name"]), p) for r, p in zip(stages, proposed, strict=True)],
        teams=[Choice(str(row["id"]), str(row["name"]), "") for row in teams],
        activity_kinds=[
            Choice(str(row["id"]), str(row["name"]), _kind_proposed(str(row["name"]), row["category"]))
            for row in kinds
        ],
    )


def stages_propose(theirs: Sequence[tuple[str, bool]], ours: Sequence[Stage]) -> list[str]:
    """Our stage for each of theirs (name, whether won): of the same name, else at the same height."""
    by_name = {word.lower(): s.code for s in ours for word in (s.code, s.name)}
    outcome_of = {stage.code: stage.outcome for stage in ours}
    won = next((stage.code for stage in ours if stage.outcome == "won"), "")
    open_ones = [stage.code for stage in ours if stage.outcome == "open"]
    height = [at for at, (_name, is_won) in enumerate(theirs) if not is_won]
    proposed = []
    for at, (name, is_won) in enumerate(theirs):
        code = by_name.get(name.lower(), "")
        if is_won or not open_ones:
            proposed.append(won)
        elif code and outcome_of[code] == "open":
            proposed.append(code)
        else:
            place = height.index(at) * (len(open_ones) - 1) / max(len(height) - 1, 1)
            proposed.append(open_ones[round(place)])
    return proposed


def _kind_proposed(name: str, category: object) -> str:
    if any(word in name.lower() for word in _VISIT):
        return "visit"
    return {"phonecall": "call", "meeting": "meeting"}.get(str(category), "")
