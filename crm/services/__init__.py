"""Writes of what happened. Every one puts the days it touches into the outbox, in its own transaction."""

from crm.services.changes import RESOURCES
from crm.services.deletion import record_delete
from crm.services.followups import Visit, Words, follow_up_add, follow_up_done, visit_log
from crm.services.handover import Records, Terms, book_transfer, ownership_transfer
from crm.services.merging import Asked, merge_undo, records_merge
from crm.services.patch import record_patch
from crm.services.settings import plan_rate_set, segment_ensure
from crm.services.stages import deal_stage_set
from crm.services.upsert import records_upsert

__all__ = [
    "RESOURCES",
    "Asked",
    "Records",
    "Terms",
    "Visit",
    "Words",
    "book_transfer",
    "deal_stage_set",
    "follow_up_add",
    "follow_up_done",
    "merge_undo",
    "ownership_transfer",
    "plan_rate_set",
    "record_delete",
    "record_patch",
    "records_merge",
    "records_upsert",
    "segment_ensure",
    "visit_log",
]
