"""Pulling from other systems: connections, their runs, and the kinds of connectors."""

from crm.services.connectors.base import (
    RESOURCES,
    Connector,
    ConnectorError,
    Context,
    Page,
    Problem,
    Total,
)
from crm.services.connectors.comparison import (
    COMPARED,
    comparison_request,
    comparison_work,
    comparisons_due,
    comparisons_request,
)
from crm.services.connectors.connections import (
    connection_check,
    connection_delete,
    connection_missing_accept,
    connection_reset,
    connection_run_request,
    connection_save,
    connection_switch,
    connection_tested,
    connections_forget,
)
from crm.services.connectors.kinds import KINDS, Kind, kind_get, kind_register
from crm.services.connectors.odoo import ODOO
from crm.services.connectors.opening import connector_make, connector_of
from crm.services.connectors.rest import REST
from crm.services.connectors.runs import run_work, runs_due, runs_schedule

kind_register(ODOO)
kind_register(REST)

__all__ = [
    "COMPARED",
    "KINDS",
    "RESOURCES",
    "Connector",
    "ConnectorError",
    "Context",
    "Kind",
    "Page",
    "Problem",
    "Total",
    "comparison_request",
    "comparison_work",
    "comparisons_due",
    "comparisons_request",
    "connection_check",
    "connection_delete",
    "connection_missing_accept",
    "connection_reset",
    "connection_run_request",
    "connection_save",
    "connection_switch",
    "connection_tested",
    "connections_forget",
    "connector_make",
    "connector_of",
    "kind_get",
    "kind_register",
    "run_work",
    "runs_due",
    "runs_schedule",
]
