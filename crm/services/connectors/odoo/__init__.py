"""Odoo, by its JSON-RPC."""

from django.utils.translation import gettext_lazy as _

from crm.services.connectors.kinds import Kind
from crm.services.connectors.odoo.setup import OdooChoices, odoo_choices
from crm.services.connectors.odoo.source import OdooConnector

ODOO = Kind(
    "odoo",
    "Odoo",
    _("Teams, people, customers, products, leads, deals, activities and payments of Odoo 16, 17 or 18."),
    OdooConnector,
)

__all__ = ["ODOO", "OdooChoices", "OdooConnector", "odoo_choices"]
