"""Doors for the workers: load, one service call."""

import logging
from datetime import timedelta

from django.utils import timezone

from commerce_orders.models import WebhookEndpoint
from commerce_orders.services.documents import forget_documents, print_portion, unfinished_documents
from commerce_orders.services.product_files import forget_files
from commerce_orders.services.replies import forget_replies
from commerce_orders.services.retries import carry_out, unfinished_retries
from commerce_orders.services.upload_shipping import ship_portion
from commerce_orders.services.uploads import forget_uploads, read_upload, unfinished_uploads
from commerce_orders.services.webhooks.alerts import mail_disabled_endpoints
from commerce_orders.services.webhooks.distribution import distribute_events, prune_events, ring_sender
from commerce_orders.services.webhooks.redelivery import carry_out_replay, unfinished_replays
from commerce_orders.services.webhooks.sending import send_due
from project import jobs

logger = logging.getLogger(__name__)

REPLIES_KEPT = timedelta(days=7)
PRODUCT_FILES_KEPT = timedelta(days=1)
STAND_STILL = timedelta(minutes=2)


def forget_old_replies() -> None:
    forget_replies(older_than=timezone.now() - REPLIES_KEPT)


def carry_out_retry(retry_id: int) -> None:
    carry_out(retry_id=retry_id, now=timezone.now())


def carry_out_unfinished_retries() -> None:
    """Go on with those whose job was lost or died; one that fails keeps no other back, and is tried the next time."""
    for retry_id in unfinished_retries():
        try:
            carry_out(retry_id=retry_id, now=timezone.now())
        except Exception:
            logger.exception("Retry %s failed", retry_id)


def carry_out_upload(upload_id: int) -> None:
    """Check the rows that are left, or record some packages and have the rest done by the next job."""
    read_upload(upload_id=upload_id, now=timezone.now())
    if ship_portion(upload_id=upload_id):
        jobs.ring("commerce_orders.tasks.carry_out_upload", upload_id)


def carry_out_unfinished_uploads() -> None:
    """Go on with files whose job was lost or died; one that fails keeps no other back."""
    for upload_id in unfinished_uploads(before=timezone.now() - STAND_STILL):
        try:
            carry_out_upload(upload_id)
        except Exception:
            logger.exception("The shipment file %s failed", upload_id)


def carry_out_documents(job_id: int) -> None:
    """Print some slips and have the rest printed by the next job."""
    if print_portion(job_id=job_id, now=timezone.now()):
        jobs.ring("commerce_orders.tasks.carry_out_documents", job_id)


def carry_out_unfinished_documents() -> None:
    for job_id in unfinished_documents(before=timezone.now() - STAND_STILL):
        try:
            carry_out_documents(job_id)
        except Exception:
            logger.exception("The documents %s failed", job_id)


def forget_old_documents() -> None:
    forget_documents(now=timezone.now())


def forget_old_uploads() -> None:
    forget_uploads(now=timezone.now())


def forget_product_files() -> None:
    forget_files(older_than=timezone.now() - PRODUCT_FILES_KEPT)


def distribute_webhook_events() -> None:
    distribute_events(now=timezone.now())


def send_webhooks(endpoint_id: int) -> None:
    send_due(endpoint_id=endpoint_id)


def sweep_webhooks() -> None:
    """Find events, replays and deliveries whose doorbell was lost, or whose time has come; and mail what ended."""
    distribute_events(now=timezone.now())
    mail_disabled_endpoints(clock=timezone.now)
    for replay_id in unfinished_replays():
        carry_out_replay(replay_id=replay_id, now=timezone.now())
    for endpoint_id in WebhookEndpoint.objects.to_send_to(timezone.now()).values_list("pk", flat=True):
        ring_sender(endpoint_id)


def carry_out_webhook_replay(replay_id: int) -> None:
    carry_out_replay(replay_id=replay_id, now=timezone.now())


def prune_webhook_events() -> None:
    prune_events(now=timezone.now())
