"""What an uploaded file leaves until its import can no longer be undone: itself, its rows, its columns."""

from __future__ import annotations

from django.db import models


class ImportFile(models.Model):
    """The file of a job that still has to be read; it goes when the job is done."""

    job = models.OneToOneField("crm.ImportJob", models.CASCADE, related_name="file")
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"file of {self.job_id}"


class ImportRow(models.Model):
    """What became of a row of a file: of each that was refused or changed a record, and of the first ones.

    ``cells`` and ``errors`` are a refused row's, ``before`` is the record as it was (null: it was not
    there), ``written_at`` the record's ``updated_at`` as the import left it: while that stands, the import
    can be undone. A trial's rows name no record; ``alike`` are the customers there who look like one that the
    row would make, as ``crm.selectors.lookalikes.Lookalike`` has them.
    """

    job = models.ForeignKey("crm.ImportJob", models.CASCADE, related_name="rows", db_index=False)
    resource = models.CharField(max_length=20)
    line = models.PositiveIntegerField()
    external_id = models.CharField(max_length=120)
    status = models.CharField(max_length=10)
    cells = models.JSONField(null=True)
    errors = models.JSONField(null=True)
    alike = models.JSONField(null=True)
    record_id = models.BigIntegerField(null=True)
    before = models.JSONField(null=True)
    written_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["job", "status", "id"], name="importrow_job_status"),
            models.Index(fields=["job", "resource", "record_id"], name="importrow_job_record"),
        ]

    def __str__(self) -> str:
        return f"{self.job_id}:{self.line}"


class ImportMapping(models.Model):
    """How the columns of a source's files were read last: field and answer by plain header."""

    source = models.CharField(max_length=40)
    resource = models.CharField(max_length=20)
    columns = models.JSONField(default=dict)
    answers = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "resource"], name="importmapping_source_resource")
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.resource}"
