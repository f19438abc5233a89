"""Background work on plans: a job's row is the truth, a task only looks at it."""

from __future__ import annotations

import structlog
from celery import shared_task

from targets.http import WORK, changes_progress, wake_plan_job, wake_tracking
from targets.models import PlanJob
from targets.services import grid_drafts_forget, plan_job_work, plan_jobs_due

log = structlog.get_logger(__name__)


@shared_task(name=WORK)
def work_plan_job(job: int) -> None:
    """Do a job on a plan; running it twice changes nothing."""
    if plan_job_work(job):
        log.info("targets.job_worked", job=job)
        if changes_progress(PlanJob.objects.get(pk=job)):
            wake_tracking()


@shared_task(name="targets.tasks.sweep_plan_jobs")
def sweep_plan_jobs() -> None:
    """Wake a worker for every job that waits for one: its message was lost, or its worker died."""
    for job in plan_jobs_due():
        wake_plan_job(job)


@shared_task(name="targets.tasks.forget_grid_drafts")
def forget_grid_drafts() -> None:
    """Delete drafts of grids that nobody touched for thirty days."""
    log.info("targets.grid_drafts_forgotten", count=grid_drafts_forget())
