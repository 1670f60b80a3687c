"""Whether this process is up, and whether the installation does its work. Both answer without a log-in.

Answers name no accounts, orders or people, and stay in English: monitors read them.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from amazon_channel.models import Alert, SellerAccount, ShipmentConfirmation
from amazon_channel.services.alerts import recipients
from commerce_orders.models import WebhookEndpoint, WebhookEvent
from project import jobs

# Longer than a restart of the workers takes, shorter than staff would notice by themselves.
PATIENCE = timedelta(minutes=10)


@never_cache
@require_safe
def show_alive(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "alive"})


@never_cache
@require_safe
def show_ready(request: HttpRequest) -> HttpResponse:
    """200 ``{"status": "ready", "checks": {name: "ok"}}``, or 503 with the complaint in the place of ``ok``."""
    complaints = find_complaints(now=timezone.now())
    checks = {name: complaints.get(name, "ok") for name in CHECKS}
    if complaints:
        return JsonResponse({"status": "not ready", "checks": checks}, status=503)
    return JsonResponse({"status": "ready", "checks": checks})


def find_complaints(*, now: datetime) -> dict[str, str]:
    """What is wrong, by the name of the check; what cannot be asked any more counts as wrong."""
    complaints = {}
    for name, check in CHECKS.items():
        try:
            complaint = check(now)
        except DatabaseError:
            complaint = "the database does not answer"
        if complaint:
            complaints[name] = complaint
    return complaints


def check_database(now: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def check_migrations(now: datetime) -> str:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(waiting)} migrations are not applied" if waiting else ""


def check_jobs(now: datetime) -> str:
    oldest = jobs.oldest_waiting_at()
    return describe_age("the oldest job has waited", oldest, now=now)


def check_pulls(now: datetime) -> str:
    """Accounts read last, or else connected, too long ago; those that wait for Amazon or a person are no fault here."""
    limit = max(PATIENCE, 3 * timedelta(seconds=settings.AMAZON_PULL_SECONDS))
    behind = (
        SellerAccount.objects.active()
        .annotate(read_at=Coalesce("pull_state__pulled_at", "created_at"))
        .filter(read_at__lt=now - limit)
        .exclude(pull_state__not_before__gt=now)
        .count()
    )
    return f"{behind} accounts were not pulled for {limit.total_seconds():.0f} seconds" if behind else ""


def check_shipment_confirmations(now: datetime) -> str:
    pushed = ShipmentConfirmation.objects.due(now).filter(
        amazon_order__account__is_active=True, amazon_order__account__error_code=""
    )
    oldest = pushed.order_by("not_before").values_list("not_before", flat=True).first()
    return describe_age("the oldest shipment confirmation has been due", oldest, now=now)


def describe_age(what: str, since: datetime | None, *, now: datetime) -> str:
    if since is None or now - since <= PATIENCE:
        return ""
    return f"{what} for {(now - since).total_seconds():.0f} seconds"


def check_alert_mails(now: datetime) -> str:
    """Staff hear of nothing while the mail server takes nothing; where there is none, there is nothing to wait for."""
    oldest = Alert.objects.to_announce().order_by("noticed_at").values_list("noticed_at", flat=True).first()
    return describe_age("the oldest alert has not been mailed", oldest, now=now) if recipients() else ""


def check_webhooks(now: datetime) -> str:
    """What nobody makes deliveries of, and deliveries that nobody tries; a receiver that fails is no fault here."""
    undistributed = WebhookEvent.objects.filter(distributed_at=None).order_by("pk").values_list("at", flat=True)
    complaint = describe_age("the oldest webhook event has waited", undistributed.first(), now=now)
    if complaint:
        return complaint
    idle = WebhookEndpoint.objects.to_send_to(now - PATIENCE).filter(failing_since=None)
    return f"{idle.count()} webhooks have had something due for {PATIENCE.seconds} seconds" if idle.exists() else ""


CHECKS: dict[str, Callable[[datetime], str]] = {
    "database": check_database,
    "migrations": check_migrations,
    "jobs": check_jobs,
    "pulls": check_pulls,
    "shipment_confirmations": check_shipment_confirmations,
    "alert_mails": check_alert_mails,
    "webhooks": check_webhooks,
}
