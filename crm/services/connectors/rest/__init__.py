"""Any system with a REST interface that answers in JSON, set up by form."""

from django.utils.translation import gettext_lazy as _

from crm.services.connectors.kinds import Kind
from crm.services.connectors.rest.settings import AUTHS, PAGINGS, SINCE_FORMATS, resource_read, rest_read
from crm.services.connectors.rest.source import RestConnector

REST = Kind(
    "rest",
    _("REST with JSON"),
    _("Any system that lists its records as JSON: you say where, and where our fields stand in them."),
    RestConnector,
)

__all__ = [
    "AUTHS",
    "PAGINGS",
    "REST",
    "SINCE_FORMATS",
    "RestConnector",
    "resource_read",
    "rest_read",
]
