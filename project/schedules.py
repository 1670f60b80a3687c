"""What the workers do by the clock, and how the rows that say so are kept."""

from datetime import timedelta
from typing import Any

from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from project import jobs

# Minutes between two runs. Each is a sweep that finds its own work, so that a lost run costs one interval.
SCHEDULES = {
    "amazon_channel.tasks.pull_due_accounts": 1,
    "amazon_channel.tasks.push_due_accounts": 1,
    "amazon_channel.tasks.push_due_cancellations": 1,
    "amazon_channel.tasks.reconcile_due_accounts": 2,
    "amazon_channel.tasks.prune_old_reconciliations": 60,
    "amazon_channel.tasks.test_waiting_connections": 1,
    "amazon_channel.tasks.watch_accounts": 1,
    "amazon_channel.tasks.prune_sync_runs": 60,
    "amazon_channel.tasks.count_order_days": 2,
    "amazon_channel.tasks.recount_recent_days": 24 * 60,
    "commerce_orders.tasks.carry_out_unfinished_retries": 1,
    "commerce_orders.tasks.carry_out_unfinished_documents": 1,
    "commerce_orders.tasks.carry_out_unfinished_uploads": 1,
    "commerce_orders.tasks.forget_old_documents": 10,
    "commerce_orders.tasks.forget_old_replies": 60,
    "commerce_orders.tasks.forget_old_uploads": 60,
    "commerce_orders.tasks.forget_product_files": 60,
    "commerce_orders.tasks.prune_webhook_events": 60,
    "commerce_orders.tasks.sweep_webhooks": 1,
    "customers.tasks.erase_personal_data": 60,
    "project.schedules.prune_job_results": 60,
}
JOB_RESULTS_KEPT = timedelta(days=3)


def keep_schedules_after_migrate(*, using: str, **_: Any) -> None:
    """Bring the schedule rows up to date; receives ``post_migrate``, also of a partly migrated database."""
    loader = MigrationLoader(connections[using])
    if all(node in loader.applied_migrations for node in loader.graph.leaf_nodes("django_q")):
        jobs.keep_schedules(SCHEDULES)


def prune_job_results() -> None:
    jobs.prune_results(older_than=timezone.now() - JOB_RESULTS_KEPT)
