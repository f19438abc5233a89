"""Work on large plans: asked for once, done once, whoever dies; who sees the plan sees how far it is."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from common.errors import Conflict
from org.models import AuditEntry
from targets import tasks
from targets.models import Plan, PlanJob, PlanStatus, Target
from targets.services import jobs as job_services
from targets.services import plan_job_ask, plan_job_work, plan_jobs_due, target_amount_set
from targets.tests.factories import again, make_child, make_plan, root_of

pytestmark = pytest.mark.django_db
State, Kind = PlanJob.State, PlanJob.Kind


@pytest.fixture
def plan(cast):
    root = target_amount_set(target=root_of(make_plan()), amount=100_000, actor=None)
    make_child(root, cast.east, 60_000)
    make_child(again(root), cast.west, 40_000)
    return root.plan


@pytest.fixture
def is_large(monkeypatch):
    """Every plan with a target is a large one."""
    monkeypatch.setattr(job_services, "BACKGROUND_FROM", 1)


@pytest.fixture
def sent(monkeypatch):
    """The tasks that a worker was asked for, by name and arguments."""
    tasks_sent = []
    monkeypatch.setattr(
        "celery.current_app.send_task", lambda name, args=(), **_o: tasks_sent.append((name, *args))
    )
    return tasks_sent


def ask(plan, kind=Kind.PUBLISH, **asked):
    return plan_job_ask(plan=plan, kind=kind, asked=asked, actor=None)


def test_work_asked_for_twice_is_one_job_and_done_once(plan):
    job = ask(plan)
    assert ask(plan).pk == job.pk
    assert plan_jobs_due() == [job.pk]
    assert [plan_job_work(job.pk) for _twice in range(2)] == [True, False]
    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.result) == (State.DONE, 3, 3, {"plan": plan.pk})
    assert AuditEntry.objects.filter(action="targets.plan.publish").count() == 1
    assert plan_jobs_due() == []


def test_other_work_on_the_same_plan_has_to_wait(plan):
    ask(plan)
    with pytest.raises(Conflict):
        ask(plan, Kind.COPY)
    assert ask(make_plan(2027), Kind.COPY).state == State.WAITING


def test_what_stands_against_publishing_is_told_and_nothing_is_published(plan):
    target_amount_set(target=root_of(plan), amount=100_001, actor=None)
    Target.objects.filter(plan=plan).exclude(parent=None).update(is_locked=True)
    job = ask(plan)
    assert plan_job_work(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error_params) == (State.FAILED, {"count": 1})
    assert Plan.objects.get(pk=plan.pk).status == PlanStatus.DRAFT
    assert not AuditEntry.objects.filter(action="targets.plan.publish").exists()


def test_work_of_a_killed_worker_is_taken_up_when_its_claim_ends(plan, monkeypatch):
    job = ask(plan)

    class KilledError(BaseException):
        """As a worker ends that is killed: nothing is caught, nothing more is done."""

    def killed(**_asked):
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr("targets.services.job_kinds.plan_publish", killed)
        with pytest.raises(KilledError):
            plan_job_work(job.pk)
    assert Plan.objects.get(pk=plan.pk).status == PlanStatus.DRAFT
    assert plan_jobs_due() == []
    assert not plan_job_work(job.pk)
    PlanJob.objects.filter(pk=job.pk).update(claimed_until=timezone.now() - dt.timedelta(seconds=1))
    assert plan_jobs_due() == [job.pk]
    assert plan_job_work(job.pk)
    assert Plan.objects.get(pk=plan.pk).status == PlanStatus.PUBLISHED


def test_a_worker_that_lost_its_claim_changes_nothing(plan, monkeypatch):
    """Another has taken the job over while this one was checking."""
    job = ask(plan)
    monkeypatch.setattr(
        "targets.services.job_kinds.problems_refused",
        lambda _count: PlanJob.objects.filter(pk=job.pk).update(claim="another"),
    )
    assert not plan_job_work(job.pk)
    assert Plan.objects.get(pk=plan.pk).status == PlanStatus.DRAFT
    assert PlanJob.objects.get(pk=job.pk).state == State.RUNNING


def test_work_that_kills_every_worker_is_given_up_and_says_so(plan):
    job = ask(plan)
    PlanJob.objects.filter(pk=job.pk).update(attempts=5, state=State.RUNNING)
    assert plan_job_work(job.pk)
    job.refresh_from_db()
    assert (job.state, "broke off" in job.error) == (State.FAILED, True)


def test_a_copy_and_a_new_amount_are_made_in_the_background_too(plan):
    copied, root = ask(plan, Kind.COPY), root_of(plan)
    assert plan_job_work(copied.pk)
    copied.refresh_from_db()
    assert Plan.objects.get(pk=copied.result["plan"]).based_on == plan
    job = ask(plan, Kind.REALLOCATE, target=root.pk, amount=100_000)
    assert plan_job_work(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result) == (State.DONE, {"target": root.pk})


def test_the_target_of_another_plan_is_not_changed_by_a_job(plan):
    other = root_of(make_plan(2027))
    job = ask(plan, Kind.REALLOCATE, target=other.pk, amount=5)
    assert plan_job_work(job.pk)
    job.refresh_from_db()
    assert (job.state, again(other).amount) == (State.FAILED, 0)


def test_the_sweep_wakes_a_worker_and_publishing_wakes_progress(
    plan, sent, django_capture_on_commit_callbacks
):
    job = ask(plan)
    for _twice in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            tasks.sweep_plan_jobs()
    assert sent == [("targets.tasks.work_plan_job", job.pk)] * 2
    for _twice in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            tasks.work_plan_job(job.pk)
    assert sent[2:] == [("tracking.tasks.sweep_snapshots",)]


def test_a_large_plan_is_published_behind_a_bar_that_everybody_sees(
    plan, is_large, sent, cast, client_of, django_capture_on_commit_callbacks
):
    director, finance = client_of(cast.carol), client_of(cast.erin)
    with django_capture_on_commit_callbacks(execute=True):
        asked = director.post(reverse("targets:plan_step", args=[plan.pk, "publish"]))
    job = PlanJob.objects.get()
    page = reverse("targets:plan", args=[plan.pk])
    bar = reverse("targets:plan_job", args=[plan.pk, job.pk])
    assert (asked.url, sent) == (page, [("targets.tasks.work_plan_job", job.pk)])
    for client in (director, finance):
        assert bar in client.get(page).content.decode()
    assert "Publish" in director.get(bar, headers={"HX-Request": "true"}).content.decode()
    assert director.get(bar).url == page  # without scripts
    plan_job_work(job.pk)
    done = director.get(bar, headers={"HX-Request": "true"})
    assert done.headers["HX-Redirect"] == page
    shown = director.get(page).content.decode()
    assert "Published." in shown
    assert bar not in shown


def test_a_refused_job_says_why_on_the_plan_to_those_who_may_ask_again(plan, cast, client_of):
    target_amount_set(target=root_of(plan), amount=100_001, actor=None)
    Target.objects.filter(plan=plan, parent=None).update(amount=100_001)
    Target.objects.filter(plan=plan).exclude(parent=None).update(is_locked=True)
    plan_job_work(ask(plan).pk)
    page = reverse("targets:plan", args=[plan.pk])
    why = "1 targets stand against publishing"
    assert why in client_of(cast.carol).get(page).content.decode()
    assert why not in client_of(cast.erin).get(page).content.decode()


def test_the_api_answers_202_with_a_job_that_tells_how_far_it_is(plan, is_large, sent, cast, client_of):
    director = client_of(cast.carol)
    asked = director.post(reverse("targets_api:plan_publish", args=[plan.pk]), {}, "application/json")
    assert asked.status_code == 202
    job = asked.json()
    assert asked.headers["Location"] == job["url"]
    assert (job["state"], job["done"], job["total"]) == ("waiting", 0, 0)
    plan_job_work(job["id"])
    told = director.get(job["url"]).json()
    assert (told["state"], told["done"], told["total"], told["error"]) == ("done", 3, 3, "")


def test_the_api_publishes_a_small_plan_at_once_and_wakes_progress(
    plan, sent, cast, client_of, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        asked = client_of(cast.carol).post(
            reverse("targets_api:plan_publish", args=[plan.pk]), {}, "application/json"
        )
    assert (asked.status_code, asked.json()["status"]) == (200, "published")
    assert ("tracking.tasks.sweep_snapshots",) in sent
