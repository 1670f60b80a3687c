"""The only way out: telling Amazon about shipments, each package effectively once."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from amazon_channel import states
from amazon_channel.carriers import OTHER
from amazon_channel.gateway.client import AmazonGateway, PackageConfirmation
from amazon_channel.gateway.errors import (
    AmazonError,
    AmazonMisconfigured,
    AmazonProtocolError,
    AmazonRejected,
    AmazonTransient,
)
from amazon_channel.models import SellerAccount, ShipmentConfirmation
from amazon_channel.models.confirmations import ShipmentConfirmationQuerySet
from amazon_channel.services.accounts import record_error
from amazon_channel.services.budgets import CONFIRM_SHIPMENT, Budget
from amazon_channel.services.outbox import ring_push
from amazon_channel.services.reading_again import read_order_again
from amazon_channel.states import ConfirmationState, Problem
from commerce_orders.models import Order
from commerce_orders.services.transitions import record_event
from commerce_orders.states import EventKind, Reason
from project.checkpoints import checkpoint

SENDING_LEASE = timedelta(minutes=5)
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(minutes=30)
CANDIDATES = 50
READ_BACK_AFTER = timedelta(minutes=10)
LONGEST_READ_BACK = timedelta(hours=6)
MOST_READ_BACK = 20
WHOLE_ACCOUNT = frozenset({"throttled", "budget_empty", "unreachable", "timeout"})
# Amazon's words for "everything in this order is shipped already", which may have been us, before a timeout.
ALREADY_SHIPPED = ("PackageToUpdateNotFound", "already fulfilled")


@dataclass(slots=True)
class PushReport:
    """``retry_later`` are those that stay due; ``confirmed`` those that Amazon showed while we looked."""

    sent: int = 0
    confirmed: int = 0
    retry_later: int = 0
    rejected: int = 0
    error: AmazonError | None = None


def push_shipments(*, account: SellerAccount, clock: Callable[[], datetime] = timezone.now) -> PushReport:
    """Send what is due, soonest ship-by first, then look whether Amazon shows what was sent earlier.

    Several workers may do so at once: each row is claimed by compare-and-set. An error that concerns the whole
    account ends the run (``report.error``) and leaves the rest due.
    """
    push = Push(account, clock=clock)
    try:
        push.send_due()
        push.read_back()
    except AmazonError as error:
        push.report.error = error
        push.report.retry_later += push.due().count()
        if isinstance(error, AmazonMisconfigured):
            record_error(account, error, now=clock())
    return push.report


def send_again(*, confirmation: ShipmentConfirmation, actor: str, now: datetime) -> None:
    """Put a refused confirmation back into the outbox, with the same package reference.

    Does nothing when it is not refused any more.
    """
    with transaction.atomic():
        lock_order_of(confirmation)
        waiting = ShipmentConfirmation.objects.filter(pk=confirmation.pk, state=ConfirmationState.REJECTED).update(
            state=ConfirmationState.WAITING, not_before=now, error_code="", error_detail=""
        )
        if waiting:
            confirmation.amazon_order.clear_problem(Problem.SHIPMENT_REFUSED)
            record_event(
                confirmation.shipment.order,
                EventKind.CHANGED,
                actor=actor,
                now=now,
                reason=Reason.SENT_AGAIN,
                data={"shipment": confirmation.shipment_id},
            )
            ring_push(confirmation.amazon_order.account_id)


def lock_order_of(confirmation: ShipmentConfirmation) -> None:
    """Lock the Commerce order before its confirmation, as a pull does, so that the two never wait for each other."""
    Order.objects.select_for_update().get(pk=confirmation.shipment.order_id)


class Push:
    """One run for one account."""

    def __init__(self, account: SellerAccount, *, clock: Callable[[], datetime]) -> None:
        self.account = account
        self.clock = clock
        self.gateway = AmazonGateway(account.credentials, region=account.region)
        self.budget = Budget(account, CONFIRM_SHIPMENT)
        self.report = PushReport()

    def due(self) -> ShipmentConfirmationQuerySet:
        return ShipmentConfirmation.objects.filter(amazon_order__account=self.account).due(self.clock())

    def send_due(self) -> None:
        # What was tried is due later, or is another worker's, so this ends.
        while candidates := list(self.due().select_related("amazon_order", "shipment__order")[:CANDIDATES]):
            for confirmation in candidates:
                if self._claim(confirmation):
                    checkpoint("CP_CONFIRMATION_CLAIMED")
                    self._send(confirmation)

    def _claim(self, confirmation: ShipmentConfirmation) -> bool:
        """Whether this worker may send it now; ``attempts`` is the fence that the outcome is written behind."""
        now = self.clock()
        claimed = ShipmentConfirmation.objects.filter(
            pk=confirmation.pk, state=confirmation.state, attempts=confirmation.attempts
        ).update(state=ConfirmationState.SENDING, attempts=F("attempts") + 1, not_before=now + SENDING_LEASE)
        confirmation.attempts += 1
        return bool(claimed)

    def _send(self, confirmation: ShipmentConfirmation) -> None:
        try:
            self._tell_amazon(confirmation)
        except AmazonError as error:
            self._try_later(confirmation, error)
            if isinstance(error, AmazonMisconfigured) or error.code in WHOLE_ACCOUNT:
                raise

    def _tell_amazon(self, confirmation: ShipmentConfirmation) -> None:
        """Send one package and record what Amazon says; raises what is no answer."""
        try:
            self.budget.spend(self.clock())
            rate = self.gateway.confirm_shipment(_request(confirmation))
            checkpoint("CP_CONFIRMATION_SENT")
        except AmazonRejected as error:
            self._refused(confirmation, error)
        except AmazonTransient as error:
            if error.code == "throttled":
                error.retry_after = self.budget.exhaust(self.clock())
            raise
        else:
            self.budget.learn(rate, self.clock())
            self._sent(confirmation)

    def _sent(self, confirmation: ShipmentConfirmation) -> None:
        now = self.clock()
        self._write(
            confirmation,
            EventKind.CHANNEL_SENT,
            state=ConfirmationState.SENT,
            sent_at=now,
            not_before=now + READ_BACK_AFTER,
            error_code="",
            error_detail="",
        )
        self.report.sent += 1

    def _try_later(self, confirmation: ShipmentConfirmation, error: AmazonError) -> None:
        """Unknown or no effect: the same reference is sent again, which at most repeats an edit."""
        now = self.clock()
        wait = min(FIRST_RETRY * 2 ** min(confirmation.attempts - 1, 10), LONGEST_RETRY)
        if isinstance(error, AmazonTransient) and error.retry_after:
            wait = timedelta(seconds=error.retry_after)
        self._write(
            confirmation,
            None,
            state=ConfirmationState.WAITING,
            not_before=now + wait,
            error_code=error.code,
            error_detail=error.detail,
        )
        self.report.retry_later += 1

    def _refused(self, confirmation: ShipmentConfirmation, error: AmazonRejected) -> None:
        if any(words in error.detail for words in ALREADY_SHIPPED) and self._is_shown(confirmation):
            self.report.confirmed += 1
            return
        with transaction.atomic():
            written = self._write(
                confirmation,
                EventKind.CHANNEL_REFUSED,
                state=ConfirmationState.REJECTED,
                error_code=error.code,
                error_detail=error.detail,
            )
            if written:
                confirmation.amazon_order.set_problem(Problem.SHIPMENT_REFUSED, error.detail, now=self.clock())
                self.report.rejected += 1

    def _write(self, confirmation: ShipmentConfirmation, kind: EventKind | None, **columns: object) -> bool:
        """Record the outcome; ``False`` where a reading or another worker was faster."""
        with transaction.atomic():
            lock_order_of(confirmation)
            written = ShipmentConfirmation.objects.filter(
                pk=confirmation.pk, state=ConfirmationState.SENDING, attempts=confirmation.attempts
            ).update(**columns)
            if written and kind is not None:
                record_event(
                    confirmation.shipment.order,
                    kind,
                    actor=states.ACTOR,
                    now=self.clock(),
                    reason=str(columns["error_detail"]),
                    data={"shipment": confirmation.shipment_id},
                )
            checkpoint("CP_OUTCOME_WRITTEN")
        return bool(written)

    def read_back(self) -> None:
        """Ask for orders whose packages were sent a while ago and did not show up in a pull."""
        unseen = ShipmentConfirmation.objects.filter(
            amazon_order__account=self.account, state=ConfirmationState.SENT, not_before__lte=self.clock()
        ).select_related("amazon_order", "shipment__order")
        for confirmation in unseen.order_by("not_before")[:MOST_READ_BACK]:
            now = self.clock()
            assert confirmation.sent_at is not None
            wait = min(max(now - confirmation.sent_at, READ_BACK_AFTER), LONGEST_READ_BACK)
            # Put off first: an order that Amazon cannot show must not come first again and keep out the others.
            ShipmentConfirmation.objects.filter(pk=confirmation.pk, state=ConfirmationState.SENT).update(
                not_before=now + wait
            )
            if self._is_shown(confirmation):
                self.report.confirmed += 1
            elif confirmation.is_missing_at_amazon(now):
                confirmation.amazon_order.set_problem(Problem.SHIPMENT_NOT_SHOWN, str(confirmation.shipment), now=now)

    def _is_shown(self, confirmation: ShipmentConfirmation) -> bool:
        """Read the order and tell whether Amazon shows the package; storing it confirms the package.

        An order that Amazon refuses to show, or that cannot be read, must not stand in the way of the others.
        """
        with suppress(AmazonRejected, AmazonProtocolError):
            read_order_again(
                account=self.account,
                gateway=self.gateway,
                amazon_order_id=confirmation.amazon_order.amazon_order_id,
                now=self.clock(),
            )
        confirmation.refresh_from_db(fields=["state"])
        return confirmation.state == ConfirmationState.CONFIRMED


def _request(confirmation: ShipmentConfirmation) -> PackageConfirmation:
    shipment, amazon_order = confirmation.shipment, confirmation.amazon_order
    return PackageConfirmation(
        amazon_order_id=amazon_order.amazon_order_id,
        marketplace_id=amazon_order.marketplace_id,
        package_reference_id=confirmation.package_reference_id,
        carrier_code=shipment.carrier_code,
        carrier_name=shipment.carrier_name if shipment.carrier_code == OTHER else "",
        shipping_method=shipment.shipping_method,
        tracking_number=shipment.tracking_number,
        shipped_at=shipment.shipped_at,
        quantities=dict(shipment.lines.values_list("line__channel_line_id", "quantity")),
    )
