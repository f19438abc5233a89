"""Who may open which door of the imports: administrators alone."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from crm.services.imports import import_apply as apply
from crm.services.imports import import_map, import_receive, import_work
from tests.cast import Cast
from tests.matrix import Row

ADMIN = (403, 403, 403, 403, 403)
TABLE = b"id,owner,stage,amount\nBorealis-1,E1,engaging,5\n"


def _uploaded(_cast: Cast, *, state: str = "mapping") -> dict[str, Any]:
    """An import that has come as far as ``state``."""
    job = import_receive(
        content=TABLE, file_name="deals.csv", resource="opportunities", source="erp", actor=None
    )
    if state != "mapping":
        import_map(job=job, fields=job.mapping["fields"], answers={})
    if state in ("checked", "done"):
        import_work(job.pk)
    if state == "done":
        apply(job=job, is_all_or_nothing=True, actor=None)
        import_work(job.pk)
    return {"pk": job.pk}


class _File(SimpleUploadedFile):
    """A file that everybody in turn can send."""

    def read(self, *args: Any) -> bytes:
        self.seek(0)
        return super().read(*args)


def _file(_cast: Cast) -> dict[str, Any]:
    return {"resource": "opportunities", "source": "erp", "file": _File("deals.csv", TABLE)}


COLUMNS = {"column_0": "external_id", "column_1": "owner", "column_2": "stage", "column_3": "amount"}
IMPORT_ROUTES: dict[str, Row | list[Row]] = {
    "crm:import_list": [
        Row(*ADMIN, 200),
        Row(*ADMIN, 302, method="POST", data=_file),
        Row(*ADMIN, 422, method="POST", data={"resource": "nonsense"}),
    ],
    "crm:import_detail": [
        Row(*ADMIN, 200, args=_uploaded),
        Row(*ADMIN, 200, args=lambda cast: _uploaded(cast, state="checked")),
        Row(*ADMIN, 200, args=lambda cast: _uploaded(cast, state="done")),
        Row(*ADMIN, 302, method="POST", args=_uploaded, data=COLUMNS),
        Row(*ADMIN, 404, args=lambda cast: {"pk": 999_999}),
    ],
    "crm:import_progress": Row(*ADMIN, 200, args=lambda cast: _uploaded(cast, state="checking")),
    "crm:import_apply": Row(*ADMIN, 302, method="POST", args=lambda cast: _uploaded(cast, state="checked")),
    "crm:import_undo": Row(*ADMIN, 302, method="POST", args=lambda cast: _uploaded(cast, state="done")),
    "crm:import_discard": Row(*ADMIN, 302, method="POST", args=_uploaded),
    "crm:import_refused": Row(*ADMIN, 200, args=lambda cast: _uploaded(cast, state="checked")),
}
