from datetime import timedelta

import pytest
from django.db import transaction
from django_q.models import OrmQ

from project import jobs
from tests.factories import NOW

TASK = "customers.tasks.erase_personal_data"


@pytest.fixture(autouse=True)
def empty_queue(db):
    OrmQ.objects.all().delete()


def test_ringing_leaves_a_job_with_the_path_and_ids_only():
    jobs.ring("amazon_channel.tasks.pull_account", 7)

    task = OrmQ.objects.get().task
    assert (task["func"], task["args"]) == (jobs.run, ("amazon_channel.tasks.pull_account", 7))


def test_ringing_joins_the_callers_transaction():
    def fail_after_ringing():
        with transaction.atomic():
            jobs.ring(TASK)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_ringing()

    assert not OrmQ.objects.exists()


def test_what_is_rung_for_many_times_is_rung_for_once_at_the_end():
    with jobs.ringing_once():
        for account in (7, 8, 7):
            jobs.ring("amazon_channel.tasks.pull_account", account)
        with jobs.ringing_once():
            jobs.ring("amazon_channel.tasks.pull_account", 8)
        assert not OrmQ.objects.exists()

    rung = [job.task["args"] for job in OrmQ.objects.order_by("pk")]
    assert rung == [("amazon_channel.tasks.pull_account", account) for account in (7, 8)]
    jobs.ring(TASK)
    assert OrmQ.objects.count() == 3


def test_nothing_is_rung_for_what_an_error_ends():
    with pytest.raises(RuntimeError), jobs.ringing_once():
        jobs.ring(TASK)
        raise RuntimeError

    assert not OrmQ.objects.exists()


@pytest.mark.parametrize("path", ["os.system", "customers.tasks", "project.jobs.run", ""])
def test_only_tasks_of_ours_can_be_rung_for(path):
    with pytest.raises(LookupError):
        jobs.ring(path)

    assert not OrmQ.objects.exists()


def test_a_task_that_does_not_exist_cannot_be_rung_for():
    with pytest.raises(AttributeError):
        jobs.ring("customers.tasks.no_such_task")


@pytest.mark.parametrize("error", [ValueError("broken"), SystemExit(3), KeyboardInterrupt()])
def test_a_failing_task_is_logged_and_never_leaves_the_job(monkeypatch, caplog, error):
    def fail():
        raise error

    monkeypatch.setattr(TASK, fail)

    assert jobs.run(TASK) is None
    [record] = caplog.records
    assert record.levelname == "ERROR"
    assert record.getMessage() == f"The job {TASK}() failed; the next sweep takes its work up again"


def test_a_task_runs_with_its_ids_and_returns_nothing(monkeypatch):
    seen = []
    monkeypatch.setattr("amazon_channel.tasks.pull_account", lambda *ids: seen.append(ids) or "result")

    assert jobs.run("amazon_channel.tasks.pull_account", 7) is None
    assert seen == [(7,)]


def test_the_oldest_waiting_job_is_the_one_due_first():
    assert jobs.oldest_waiting_at() is None
    for minutes in (3, 5, 1):
        OrmQ.objects.create(key="orders", payload="", lock=NOW - timedelta(minutes=minutes))

    assert jobs.oldest_waiting_at() == NOW - timedelta(minutes=5)


@pytest.mark.parametrize(
    "job",
    [
        ("amazon_channel.tasks.no_longer_there", 1),
        ("amazon_channel.no_longer_there.pull", 1),
        ("os.system", 1),
        ("amazon_channel.tasks.push_account", 1, 2),
    ],
)
def test_a_job_of_another_release_is_logged_and_gone(caplog, job):
    """An older web server rang, or a newer one: what the job was for is found by the next sweep."""
    assert jobs.run(*job) is None
    assert "the next sweep takes its work up again" in caplog.text
