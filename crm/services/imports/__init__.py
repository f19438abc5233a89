"""Loading CRM files: each run is an ``ImportJob`` whose row holds the report."""

from crm.services.imports.runs import FORMATS, import_run

__all__ = ["FORMATS", "import_run"]
