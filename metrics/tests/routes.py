"""Who may open which door of this room (see tests/matrix.py)."""

from __future__ import annotations

from tests.matrix import Row

ADMIN_ONLY = (403, 403, 403, 403, 403, 200)
EVERYBODY = (200, 200, 200, 200, 200, 200)
NEW_METRIC = {
    "code": "lost_amount", "kind": "amount", "name": "Lost amount", "unit": "currency", "direction": "down",
    "nature": "process", "source": "opportunities", "date_field": "closed_on", "position": "50",
    "filters-TOTAL_FORMS": "1", "filters-INITIAL_FORMS": "0", "filters-0-field": "outcome",
    "filters-0-op": "exact", "filters-0-value": "lost",
}  # fmt: skip
CHANGED_METRIC = {name: value for name, value in NEW_METRIC.items() if name not in ("code", "kind")}

ROUTES = {
    "metrics:metric_list": Row(*ADMIN_ONLY),
    "metrics:metric_create": [
        Row(*ADMIN_ONLY),
        Row(403, 403, 403, 403, 403, 302, method="POST", data=NEW_METRIC),
    ],
    "metrics:metric_edit": [
        Row(*ADMIN_ONLY, args=lambda cast: {"code": "sales"}),
        Row(403, 403, 403, 403, 403, 404, args=lambda cast: {"code": "nonsense"}),
        Row(
            403, 403, 403, 403, 403, 302,
            method="POST", args=lambda cast: {"code": "sales"}, data=CHANGED_METRIC,
        ),
    ],
    "metrics_api:metric_list": Row(*EVERYBODY),
    "metrics_api:actuals": [
        Row(*EVERYBODY, query="?metric=sales&by=unit"),
        Row(*EVERYBODY, query="?metric=win_rate&by=person&grain=year"),
    ],
}  # fmt: skip
