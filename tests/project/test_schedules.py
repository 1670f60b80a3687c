import inspect
from datetime import timedelta

from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django_q.models import OrmQ, Schedule, Task
from django_q.scheduler import scheduler

from project import jobs
from project.schedules import SCHEDULES, keep_schedules_after_migrate, prune_job_results


def test_every_schedule_is_a_task_without_arguments():
    for path in SCHEDULES:
        assert not inspect.signature(jobs.find_task(path)).parameters, path


def test_migrating_keeps_the_schedules(db):
    Schedule.objects.all().delete()
    Schedule.objects.create(name="of a former version", func="project.jobs.run")

    call_command("migrate", verbosity=0, interactive=False)

    rows = {row.name: (row.func, row.args, row.minutes, row.repeats) for row in Schedule.objects.all()}
    assert rows == {path: ("project.jobs.run", f"({path!r},)", minutes, -1) for path, minutes in SCHEDULES.items()}


def test_migrating_again_leaves_the_next_run_alone(db):
    later = timezone.now() + timedelta(minutes=7)
    Schedule.objects.update(next_run=later)

    call_command("migrate", verbosity=0, interactive=False)

    assert set(Schedule.objects.values_list("next_run", flat=True)) == {later}


def test_a_partly_migrated_database_keeps_no_schedules(db):
    Schedule.objects.all().delete()
    MigrationRecorder(connection).record_unapplied(
        "django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more"
    )

    keep_schedules_after_migrate(using="default")

    assert not Schedule.objects.exists()


def test_results_of_jobs_are_forgotten_after_three_days(db):
    now = timezone.now()
    for name, age in (("old", timedelta(days=3, minutes=1)), ("new", timedelta(days=2, hours=23))):
        Task.objects.create(id=name, name=name, func="x", started=now - age, stopped=now - age, success=True)

    prune_job_results()

    assert list(Task.objects.values_list("name", flat=True)) == ["new"]


def test_a_day_of_standing_still_is_caught_up_with_once(transactional_db):
    """Two clusters start again at the same time: each task is rung once, not once for each minute that was missed."""
    OrmQ.objects.all().delete()
    Schedule.objects.update(next_run=timezone.now() - timedelta(days=1))

    scheduler()
    scheduler()

    assert OrmQ.objects.count() == len(SCHEDULES)
    assert Schedule.objects.filter(next_run__gt=timezone.now()).count() == len(SCHEDULES)
