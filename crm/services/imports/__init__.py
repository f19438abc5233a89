"""Loading CRM files: each run is an ``ImportJob`` whose row holds the report."""

from crm.services.imports.jobs import (
    NEEDED,
    import_apply,
    import_discard,
    import_map,
    import_receive,
    import_undo,
    imports_forget,
    is_undoable,
)
from crm.services.imports.runs import FORMATS, import_run
from crm.services.imports.sheets import MOST_BYTES, MOST_ROWS
from crm.services.imports.work import SHOWN, import_work, imports_due

__all__ = [
    "FORMATS",
    "MOST_BYTES",
    "MOST_ROWS",
    "NEEDED",
    "SHOWN",
    "import_apply",
    "import_discard",
    "import_map",
    "import_receive",
    "import_run",
    "import_undo",
    "import_work",
    "imports_due",
    "imports_forget",
    "is_undoable",
]
