"""The only way out: telling Amazon about shipments, each package effectively once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from amazon_channel import states
from amazon_channel.gateway.errors import WHOLE_ACCOUNT, AmazonError, AmazonMisconfigured, AmazonRejected
from amazon_channel.models import SellerAccount, ShipmentConfirmation
from amazon_channel.models.confirmations import ShipmentConfirmationQuerySet
from amazon_channel.refusals import WORKER_DIED, is_about_the_order
from amazon_channel.services.access_tokens import open_gateway
from amazon_channel.services.account_errors import record_error
from amazon_channel.services.budgets import CONFIRM_SHIPMENT, Budget
from amazon_channel.services.expected import Units, as_stored, expected_now, package_of, units_packed, why_needless
from amazon_channel.services.outbox import lock_order_of
from amazon_channel.services.problem_news import begin_problem
from amazon_channel.services.push_retries import OVER_WITH_A_SUCCESS, wait_after
from amazon_channel.services.reading_back import READ_BACK_AFTER, is_shown_now, read_back
from amazon_channel.states import ConfirmationState, Problem
from commerce_orders.services.transitions import record_event
from commerce_orders.states import EventKind, Reason
from commerce_orders.wording import wording
from project.bulk import in_portions
from project.checkpoints import checkpoint

SENDING_LEASE = timedelta(minutes=5)
SORTED_AT_ONCE, READ_AT_ONCE = 1000, 50
MOST_DEATHS = 3
MOST_ROUNDS = 3


@dataclass(slots=True)
class PushReport:
    """``retry_later`` are those that stay due; ``confirmed`` those that Amazon showed while we looked.

    ``withdrawn`` are those that Amazon needs no more: canceled, or shipped in other packages.
    """

    sent: int = 0
    confirmed: int = 0
    retry_later: int = 0
    rejected: int = 0
    withdrawn: int = 0
    error: AmazonError | None = None
    refusals: list[tuple[str, AmazonError]] = field(default_factory=list)  # Amazon's order number, and its words


def push_shipments(*, account: SellerAccount, clock: Callable[[], datetime] = timezone.now) -> PushReport:
    """Send what is due, soonest ship-by first, then look whether Amazon shows what was sent earlier.

    Several workers may do so at once: each row is claimed by compare-and-set. An error that concerns the whole
    account ends the run (``report.error``) and leaves the rest due.
    """
    push = Push(account, clock=clock)
    try:
        push.send_due()
        push.report.confirmed += read_back(account=account, gateway=push.gateway, clock=clock)
    except AmazonError as error:
        push.report.error = error
        push.report.retry_later += push.hold()
        if isinstance(error, AmazonMisconfigured):
            record_error(account, error, now=clock())
    return push.report


class Push:
    """One run for one account."""

    def __init__(self, account: SellerAccount, *, clock: Callable[[], datetime]) -> None:
        self.account = account
        self.clock = clock
        self.gateway = open_gateway(account, clock=clock)
        self.budget = Budget(account, CONFIRM_SHIPMENT)
        self.report = PushReport()
        self.held: tuple[datetime, AmazonError] | None = None
        self.has_released = False

    def due(self) -> ShipmentConfirmationQuerySet:
        return ShipmentConfirmation.objects.of_account(self.account).due(self.clock())

    def send_due(self) -> None:
        for confirmation in self._due_in_turn():
            if self._claim(confirmation):
                checkpoint("CP_CONFIRMATION_CLAIMED")
                self._send(confirmation)

    def _due_in_turn(self) -> Iterator[ShipmentConfirmation]:
        """Until nothing is due: what was tried is due later, or is another worker's, so this ends.

        All that is due is sorted now and then, and read as it is by the time of its turn.
        """
        while keys := list(self.due().values_list("pk", flat=True)[:SORTED_AT_ONCE]):
            for some in in_portions(keys, READ_AT_ONCE):
                yield from self.due().filter(pk__in=some).select_related("amazon_order", "shipment__order")

    def hold(self) -> int:
        """What is due waits as long as the one that Amazon held back, so that the soonest ship-by comes first then.

        Returns how many.
        """
        if self.held is None:
            return self.due().count()
        not_before, error = self.held
        return self.due().order_by().update(not_before=not_before, error_code=error.code, error_detail=error.detail)

    def _release(self) -> None:
        """Amazon can be reached, and lets us call: what waits for that is due now."""
        if not self.has_released:
            self.has_released = True
            now = self.clock()
            put_off = ShipmentConfirmation.objects.of_account(self.account).put_off(now)
            put_off.filter(state=ConfirmationState.WAITING, error_code__in=OVER_WITH_A_SUCCESS).update(not_before=now)

    def _claim(self, confirmation: ShipmentConfirmation) -> bool:
        """Whether this worker may send it now; ``attempts`` is the fence that the outcome is written behind.

        What is still being sent after its lease has outlived its sender: that is counted before anything is tried.
        """
        now = self.clock()
        died = confirmation.state == ConfirmationState.SENDING
        claimed = ShipmentConfirmation.objects.filter(
            pk=confirmation.pk, state=confirmation.state, attempts=confirmation.attempts
        ).update(
            state=ConfirmationState.SENDING,
            attempts=F("attempts") + 1,
            deaths=F("deaths") + int(died),
            not_before=now + SENDING_LEASE,
        )
        confirmation.attempts += 1
        confirmation.deaths += int(died)
        return bool(claimed)

    def _send(self, confirmation: ShipmentConfirmation) -> None:
        if confirmation.deaths >= MOST_DEATHS:
            self._quarantine(confirmation)
            return
        try:
            self._tell_amazon(confirmation)
        except AmazonError as error:
            not_before = self._try_later(confirmation, error)
            if error.code in WHOLE_ACCOUNT:
                self.held = (not_before, error)
                raise
            if isinstance(error, AmazonMisconfigured):
                raise

    def _tell_amazon(self, confirmation: ShipmentConfirmation) -> None:
        """Send what Amazon expects of the package and record what it says; raises what is no answer.

        Where that is less than what was packed, or where Amazon refuses because of what it holds of the order, the
        order is read first: units that were canceled or shipped otherwise are not sent, and a refusal for them is
        none of the package.
        """
        packed = units_packed(confirmation)
        units = expected_now(confirmation)
        if units != packed:
            if self._is_shown(confirmation):
                self.report.confirmed += 1
                return
            units = expected_now(confirmation)
        for rounds_left in reversed(range(MOST_ROUNDS)):
            if not units:
                self._withdraw(confirmation)
                return
            refusal = self._confirm(confirmation, units)
            if refusal is None:
                self._sent(confirmation, units, is_whole=units == packed)
                return
            if not is_about_the_order(refusal.detail):
                self._refused(confirmation, refusal)
                return
            if self._is_shown(confirmation):
                self.report.confirmed += 1
                return
            refused, units = units, expected_now(confirmation)
            if units == refused or not rounds_left:
                self._refused(confirmation, refusal, units_sent=refused)
                return

    def _confirm(self, confirmation: ShipmentConfirmation, units: Units) -> AmazonRejected | None:
        """One call; the refusal, if Amazon refuses. Raises what is no answer."""
        try:
            with self.budget.spending(self.clock):
                rate = self.gateway.confirm_shipment(package_of(confirmation, units))
            checkpoint("CP_CONFIRMATION_SENT")
        except AmazonRejected as refusal:
            return refusal
        self.budget.learn(rate, self.clock())
        self._release()
        return None

    def _sent(self, confirmation: ShipmentConfirmation, units: Units, *, is_whole: bool) -> None:
        now = self.clock()
        self._write(
            confirmation,
            EventKind.CHANNEL_SENT,
            reason="" if is_whole else Reason.FEWER_ITEMS_EXPECTED,
            state=ConfirmationState.SENT,
            sent_at=now,
            first_sent_at=confirmation.first_sent_at or now,
            units_sent=units,
            not_before=now + READ_BACK_AFTER,
            error_code="",
            error_detail="",
        )
        self.report.sent += 1

    def _try_later(self, confirmation: ShipmentConfirmation, error: AmazonError) -> datetime:
        """Unknown or no effect: the same reference is sent again, which at most repeats an edit. Returns when."""
        not_before = self.clock() + wait_after(error, attempts=confirmation.attempts)
        self._write(
            confirmation,
            None,
            state=ConfirmationState.WAITING,
            not_before=not_before,
            error_code=error.code,
            error_detail=error.detail,
        )
        self.report.retry_later += 1
        return not_before

    def _quarantine(self, confirmation: ShipmentConfirmation) -> None:
        """Whoever sends it dies: no other worker tries before a person has looked."""
        words = wording(
            "%(deaths)s workers stopped one after the other while they sent this shipment.", deaths=confirmation.deaths
        )
        self._refused(confirmation, AmazonRejected(WORKER_DIED, words))

    def _withdraw(self, confirmation: ShipmentConfirmation) -> None:
        if self._write(
            confirmation,
            EventKind.CHANNEL_WITHDRAWN,
            reason=why_needless(units_packed(confirmation), as_stored(confirmation.amazon_order)),
            state=ConfirmationState.WITHDRAWN,
            error_code="",
            error_detail="",
        ):
            confirmation.amazon_order.clear_problem(Problem.SHIPMENT_REFUSED)
            self.report.withdrawn += 1

    def _refused(
        self, confirmation: ShipmentConfirmation, error: AmazonRejected, units_sent: Units | None = None
    ) -> None:
        """A refusal that a person must see, unless the order has been canceled or shipped otherwise meanwhile.

        ``units_sent`` where Amazon refused because of them, so that a later version may tell which it takes.
        """
        with transaction.atomic():
            lock_order_of(confirmation)
            confirmation.amazon_order.refresh_from_db()
            if not expected_now(confirmation):
                self._withdraw(confirmation)
                return
            written = self._write(
                confirmation,
                EventKind.CHANNEL_REFUSED,
                reason=error.detail,
                state=ConfirmationState.REJECTED,
                units_sent=units_sent or {},
                refused_at=self.clock(),
                error_code=error.code,
                error_detail=error.detail,
            )
            if written:
                begin_problem(confirmation.amazon_order, Problem.SHIPMENT_REFUSED, error.detail, now=self.clock())
                self.report.rejected += 1
                self.report.refusals.append((confirmation.amazon_order.amazon_order_id, error))

    def _write(
        self, confirmation: ShipmentConfirmation, kind: EventKind | None, *, reason: str = "", **columns: object
    ) -> bool:
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
                    reason=reason,
                    data={"shipment": confirmation.shipment_id},
                )
            checkpoint("CP_OUTCOME_WRITTEN")
        return bool(written)

    def _is_shown(self, confirmation: ShipmentConfirmation) -> bool:
        return is_shown_now(confirmation, account=self.account, gateway=self.gateway, now=self.clock())
