"""The doors' common frame: who is asking, what they may see, how errors are said, how a POST is done once."""

from org.http.api import (
    BearerTokenAuthentication,
    CursorPage,
    RoomPermission,
    ScopedApiView,
    TokenThrottle,
    body_read,
    bulk_read,
    changed_since,
)
from org.http.conditional import if_match
from org.http.filters import opens_as_saved
from org.http.idempotency import IdempotentPost
from org.http.pages import (
    PageRequest,
    RowScopeMiddleware,
    demand_role,
    form_errors,
    or_404,
    page_required,
    paginate,
)
from org.http.problems import (
    error_list,
    field_error_json,
    problem,
    problem_handler,
    problem_title,
    result_json,
    translated,
)
from org.http.schema import BulkAnswerShape, RecordResultShape, api_doc, bulk_shape, page_shape, shape_of
from org.http.tables import Column, sort_asked, sortable
from org.http.usage import ApiUsageMiddleware
from org.http.wake import wake_task

__all__ = [
    "ApiUsageMiddleware",
    "BearerTokenAuthentication",
    "BulkAnswerShape",
    "Column",
    "CursorPage",
    "IdempotentPost",
    "PageRequest",
    "RecordResultShape",
    "RoomPermission",
    "RowScopeMiddleware",
    "ScopedApiView",
    "TokenThrottle",
    "api_doc",
    "body_read",
    "bulk_read",
    "bulk_shape",
    "changed_since",
    "demand_role",
    "error_list",
    "field_error_json",
    "form_errors",
    "if_match",
    "opens_as_saved",
    "or_404",
    "page_required",
    "page_shape",
    "paginate",
    "problem",
    "problem_handler",
    "problem_title",
    "result_json",
    "shape_of",
    "sort_asked",
    "sortable",
    "translated",
    "wake_task",
]
