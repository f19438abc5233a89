"""What happened: accounts, products, leads, opportunities, activities, payments; and the outbox."""

from crm.models.base import LOCAL, CrmRecord, OwnedFact, Segment, SegmentKind
from crm.models.connections import (
    Connection,
    ConnectionRowError,
    ConnectionRun,
    ConnectionState,
    ConnectionTotal,
)
from crm.models.customers import Account, CustomerType, Lead, LeadPriority, LeadStatus, Product
from crm.models.deals import (
    Opportunity,
    OpportunityCredit,
    OpportunityLine,
    OpportunitySplit,
    Outcome,
    Stage,
    StageChange,
)
from crm.models.events import Activity, ActivityKind, Payment, PaymentCredit
from crm.models.followups import FollowUp
from crm.models.imports import ImportFile, ImportMapping, ImportRow
from crm.models.incoming import (
    IncomingAuth,
    IncomingEndpoint,
    IncomingMessage,
    IncomingRecord,
    MessageState,
)
from crm.models.merges import RecordMerge
from crm.models.ownership import Tenure
from crm.models.sync import ChangedDay, ImportJob, PlanRate

__all__ = [
    "LOCAL",
    "Account",
    "Activity",
    "ActivityKind",
    "ChangedDay",
    "Connection",
    "ConnectionRowError",
    "ConnectionRun",
    "ConnectionState",
    "ConnectionTotal",
    "CrmRecord",
    "CustomerType",
    "FollowUp",
    "ImportFile",
    "ImportJob",
    "ImportMapping",
    "ImportRow",
    "IncomingAuth",
    "IncomingEndpoint",
    "IncomingMessage",
    "IncomingRecord",
    "Lead",
    "LeadPriority",
    "LeadStatus",
    "MessageState",
    "Opportunity",
    "OpportunityCredit",
    "OpportunityLine",
    "OpportunitySplit",
    "Outcome",
    "OwnedFact",
    "Payment",
    "PaymentCredit",
    "PlanRate",
    "Product",
    "RecordMerge",
    "Segment",
    "SegmentKind",
    "Stage",
    "StageChange",
    "Tenure",
]
