"""Sending what is due to one endpoint: each delivery effectively once, and no endpoint at the cost of another."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.utils import timezone

from commerce_orders.models import WebhookDelivery, WebhookEndpoint
from commerce_orders.models.webhooks import WebhookDeliveryQuerySet
from commerce_orders.services.webhooks.addresses import AddressRefused, read_address
from commerce_orders.services.webhooks.connections import Answer, Connection, Headers
from commerce_orders.services.webhooks.distribution import ring_sender
from commerce_orders.services.webhooks.endpoints import end_by_itself
from commerce_orders.services.webhooks.signing import sign
from commerce_orders.states import DeliveryState, DisabledReason
from project import jobs
from project.checkpoints import checkpoint

# Standard Webhooks, "Deliverability and reliability"; each counted from the failure before.
RETRIES = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
JITTER = 0.1  # of a wait, added to it
GIVEN_UP_AFTER = timedelta(days=5)  # of nothing but failures
# While an endpoint fails, one message at a time tries whether it still does, however many are due.
FIRST_REST, LONGEST_REST = timedelta(seconds=5), timedelta(hours=1)
AT_ONCE = 8  # connections to one endpoint
MOST_CLAIMED = 4 * AT_ONCE  # while it takes everything quickly
LEASE = timedelta(minutes=2)  # several times as long as one round can take
SHARE = timedelta(seconds=10)  # of a worker's time; then the others' jobs come first
SLOW = timedelta(seconds=1)
REST_OF_SLOW = 4  # times as long as it took, so that an endpoint holds at most a fifth of one worker
SWEPT_EVERY = timedelta(minutes=1)
GONE = 410

random = SystemRandom()


@dataclass(slots=True)
class SendingReport:
    delivered: int = 0
    failed: int = 0


def send_due(*, endpoint_id: int, clock: Callable[[], datetime] = timezone.now) -> SendingReport:
    """Send what is due to an endpoint until nothing is, it fails, or its share of the worker's time is over.

    One worker at a time sends to an endpoint, by a lease on its row. Each delivery is claimed by compare-and-set,
    posted outside of any transaction, and its outcome written behind the claim; one whose worker died in between is
    sent again under the same id when its own lease is over.
    """
    report = SendingReport()
    now = clock()
    free = WebhookEndpoint.objects.enabled().free(now).filter(pk=endpoint_id, not_before__lte=now)
    if not free.update(sending_until=now + LEASE):
        return report
    endpoint = WebhookEndpoint.objects.get(pk=endpoint_id)
    try:
        with ExitStack() as stack:
            sending = _Sending(endpoint, stack=stack, report=report, clock=clock)
            while sending.is_to_go_on(since=now) and sending.send_some():
                pass
    finally:
        WebhookEndpoint.objects.filter(pk=endpoint_id, sending_until=endpoint.sending_until).update(sending_until=None)
    _ring_again(endpoint_id, now=clock())
    return report


def _ring_again(endpoint_id: int, *, now: datetime) -> None:
    """For what came meanwhile, or is due before the next sweep."""
    endpoint = WebhookEndpoint.objects.enabled().without_secrets().filter(pk=endpoint_id).first()
    due = WebhookDelivery.objects.due(now + SWEPT_EVERY).filter(endpoint=endpoint_id)
    first = due.order_by("not_before").values_list("not_before", flat=True).first()
    if endpoint is None or first is None:
        return
    at = max(first, endpoint.not_before)
    if at <= now:
        ring_sender(endpoint_id)
    elif at < now + SWEPT_EVERY:
        jobs.ring_later("commerce_orders.tasks.send_webhooks", endpoint_id, wait=at - now)


class _Sending:
    """One worker's share of one endpoint."""

    def __init__(
        self,
        endpoint: WebhookEndpoint,
        *,
        stack: ExitStack,
        report: SendingReport,
        clock: Callable[[], datetime],
    ) -> None:
        self.endpoint = endpoint
        self.clock = clock
        self.report = report
        self._stack = stack
        self._connections: list[Connection] = []
        self._threads: ThreadPoolExecutor | None = None
        self._is_over = False
        self._most = 1 if endpoint.failing_since else AT_ONCE

    def is_to_go_on(self, *, since: datetime) -> bool:
        return not self._is_over and self.clock() - since < SHARE

    def send_some(self) -> int:
        """One round; how many deliveries it was."""
        claimed = self._claim(self._most)
        if claimed:
            checkpoint("CP_DELIVERIES_CLAIMED")
            answers = self._post(claimed)
            checkpoint("CP_DELIVERIES_SENT")
            self._write(claimed, answers)
            self._most = MOST_CLAIMED
        return len(claimed)

    def _due(self, now: datetime) -> WebhookDeliveryQuerySet:
        return WebhookDelivery.objects.due(now).filter(endpoint=self.endpoint)

    def _claim(self, most: int) -> list[WebhookDelivery]:
        """What only this worker may send now: the claim is written where the delivery is still due."""
        now, claim = self.clock(), uuid.uuid4().hex
        candidates = list(self._due(now).order_by("not_before", "pk").values_list("pk", flat=True)[:most])
        if not candidates:
            return []
        self._due(now).filter(pk__in=candidates).update(
            state=DeliveryState.SENDING,
            claim=claim,
            attempts=F("attempts") + 1,
            attempted_at=now,
            not_before=now + LEASE,
        )
        claimed = WebhookDelivery.objects.filter(pk__in=candidates, claim=claim)
        return list(claimed.select_related("event").order_by("pk"))

    def _post(self, claimed: Sequence[WebhookDelivery]) -> list[Answer]:
        """The answers to ``claimed``, some at a time; only to the first of them where none of some is taken."""
        try:
            address = read_address(self.endpoint.url)
        except AddressRefused as error:
            return [Answer(error=error.code) for _delivery in claimed]
        while len(self._connections) < min(len(claimed), AT_ONCE):
            self._connections.append(self._stack.enter_context(closing(Connection(address))))
        answers: list[Answer] = []
        while len(answers) < len(claimed):
            some = self._post_some(claimed[len(answers) :][:AT_ONCE])
            answers += some
            if not any(answer.is_taken for answer in some):
                break
        return answers

    def _post_some(self, deliveries: Sequence[WebhookDelivery]) -> list[Answer]:
        """All at once, each over a connection of its own."""
        now = self.clock()
        signing_secrets = self.endpoint.secrets(now)
        posts: list[tuple[Connection, bytes, Headers]] = []
        for connection, delivery in zip(self._connections, deliveries, strict=False):
            text = delivery.event.text
            headers = sign(message_id=delivery.event.message_id, text=text, signing_secrets=signing_secrets, now=now)
            posts.append((connection, text.encode(), headers))
        if len(posts) == 1:
            return [_post(posts[0])]
        if self._threads is None:
            self._threads = self._stack.enter_context(ThreadPoolExecutor(AT_ONCE))
        return list(self._threads.map(_post, posts))

    def _write(self, claimed: Sequence[WebhookDelivery], answers: Sequence[Answer]) -> None:
        now = self.clock()
        with transaction.atomic():
            # The endpoint first, as whoever deletes it locks it: else each could wait for the other.
            self._judge(answers, now=now)
            alike: dict[int | None, list[tuple[int, Answer]]] = defaultdict(list)
            for delivery, answer in zip(claimed, answers, strict=False):
                if answer.is_taken:
                    alike[answer.status].append((delivery.pk, answer))
                else:
                    self._mine(claimed, delivery.pk).update(**_failed(delivery, answer, now=now))
            for some in alike.values():
                self._mine(claimed, *(key for key, _answer in some)).update(**_delivered(some, now=now))
            if unsent := [delivery.pk for delivery in claimed[len(answers) :]]:
                self._mine(claimed, *unsent).update(
                    state=DeliveryState.WAITING, claim="", attempts=F("attempts") - 1, not_before=now
                )
            checkpoint("CP_ANSWERS_WRITTEN")
        taken = sum(answer.is_taken for answer in answers)
        self.report.delivered += taken
        self.report.failed += len(answers) - taken

    @staticmethod
    def _mine(claimed: Sequence[WebhookDelivery], *keys: int) -> WebhookDeliveryQuerySet:
        """Those of ``keys`` that are still this worker's: one that outlived its lease has lost them to another."""
        return WebhookDelivery.objects.filter(pk__in=keys, state=DeliveryState.SENDING, claim=claimed[0].claim)

    def _judge(self, answers: Sequence[Answer], *, now: datetime) -> None:
        """What the round says of the endpoint: that it is well, is to be left alone for a while, or is over."""
        endpoint, lease = self.endpoint, self.endpoint.sending_until
        slowest = timedelta(seconds=max(answer.seconds for answer in answers))
        rest = slowest * REST_OF_SLOW if slowest > SLOW else timedelta(0)
        if any(answer.is_taken for answer in answers):
            endpoint.failing_since, endpoint.failures = None, 0
        else:
            endpoint.failing_since = endpoint.failing_since or now
            endpoint.failures += 1
            backing_off = min(FIRST_REST * 2 ** min(endpoint.failures - 1, 20), LONGEST_REST)
            asked = timedelta(seconds=max(answer.retry_after for answer in answers))
            rest = max(rest, backing_off, asked)
        endpoint.not_before = now + rest
        endpoint.sending_until = now + LEASE
        mine = WebhookEndpoint.objects.filter(pk=endpoint.pk, sending_until=lease)
        is_mine = mine.update(
            failing_since=endpoint.failing_since,
            failures=endpoint.failures,
            not_before=endpoint.not_before,
            sending_until=endpoint.sending_until,
        )
        self._is_over = bool(rest) or not is_mine
        if is_mine and any(answer.status == GONE for answer in answers):
            end_by_itself(endpoint, DisabledReason.GONE, now=now)
        elif is_mine and endpoint.failing_since and now - endpoint.failing_since >= GIVEN_UP_AFTER:
            end_by_itself(endpoint, DisabledReason.FAILING, now=now)


def _post(post: tuple[Connection, bytes, Headers]) -> Answer:
    connection, body, headers = post
    return connection.post(body, headers)


def _delivered(some: Sequence[tuple[int, Answer]], *, now: datetime) -> dict[str, Any]:
    """Of deliveries with the same answer, so that one statement writes them all."""
    _key, first = some[0]
    durations = [When(pk=key, then=Value(_milliseconds(answer))) for key, answer in some]
    return {
        "state": DeliveryState.DELIVERED,
        "delivered_at": now,
        "response_code": first.status,
        "error": "",
        "milliseconds": Case(*durations) if len(some) > 1 else _milliseconds(first),
    }


def _failed(delivery: WebhookDelivery, answer: Answer, *, now: datetime) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "failures": delivery.failures + 1,
        "response_code": answer.status,
        "error": answer.error,
        "milliseconds": _milliseconds(answer),
    }
    if delivery.failures >= len(RETRIES) or answer.status == GONE:
        return columns | {"state": DeliveryState.FAILED}
    wait = RETRIES[delivery.failures] * random.uniform(1, 1 + JITTER)
    wait = max(wait, timedelta(seconds=answer.retry_after))
    return columns | {"state": DeliveryState.WAITING, "not_before": now + wait}


def _milliseconds(answer: Answer) -> int:
    return round(answer.seconds * 1000)
