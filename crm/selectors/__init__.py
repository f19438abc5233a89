"""Reads of what happened; the scope is always asked for."""

from crm.selectors.board import BoardColumn, deal_board
from crm.selectors.followups import (
    Visitable,
    follow_up_get,
    follow_ups_of,
    visitable_get,
    visitable_list,
)
from crm.selectors.links import accounts_visible, opportunities_visible, payments_visible
from crm.selectors.own import DueStep, WaitingLead, led_among, open_deals, waiting
from crm.selectors.pages import account_get, account_list, opportunity_get, opportunity_list
from crm.selectors.records import record_get, records_list, records_whole
from crm.selectors.shapes import READ_ONLY, record_shape
from crm.selectors.timeline import account_timeline
from crm.selectors.work import activity_list, lead_get, lead_list

__all__ = [
    "READ_ONLY",
    "BoardColumn",
    "DueStep",
    "Visitable",
    "WaitingLead",
    "account_get",
    "account_list",
    "account_timeline",
    "accounts_visible",
    "activity_list",
    "deal_board",
    "follow_up_get",
    "follow_ups_of",
    "lead_get",
    "lead_list",
    "led_among",
    "open_deals",
    "opportunities_visible",
    "opportunity_get",
    "opportunity_list",
    "payments_visible",
    "record_get",
    "record_shape",
    "records_list",
    "records_whole",
    "visitable_get",
    "visitable_list",
    "waiting",
]
