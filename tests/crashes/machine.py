"""A shop in which anything may happen next: Hypothesis draws what, and the oracle looks after each step."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from hypothesis.strategies import SearchStrategy

from amazon_channel.services.cancellations.push import push_cancellations
from amazon_channel.services.leases import PullRunning
from amazon_channel.services.pull import pull_orders
from amazon_channel.services.push import push_shipments
from amazon_channel.services.reconciliation.runs import ReconciliationRunning
from amazon_channel.services.reconciliation.walk import reconcile_orders
from amazon_channel.simulator import Simulator
from commerce_orders.models import Order, Product
from commerce_orders.services.cancellation import CancellationRefused, request_cancellation
from commerce_orders.services.fulfilment import Package, ShipmentRefused, record_shipment
from commerce_orders.states import ShipmentOrigin
from project.checkpoints import CHECKPOINTS
from tests.amazon import Shop
from tests.crashes.counters import Attempts, Counters, orders_found, packages_found
from tests.crashes.database import own_database
from tests.crashes.ledgers import Ledgers, read_ledgers
from tests.crashes.oracle import find_violations
from tests.crashes.processes import KILLED, Launcher
from tests.crashes.stock import count_left_before
from tests.crashes.watch import find_steps_back
from tests.factories import make_account

STOCK = {"SKU-1": 50, "SKU-2": 50}
LONGEST_WAIT = timedelta(minutes=31)  # the longest pause before another try
KINDS: tuple[dict[str, Any], ...] = (
    {},
    {"features": None},
    {"status": "PENDING"},
    {"fulfilled_by": "AMAZON", "status": "PENDING"},
    {"fulfilled_by": "AMAZON", "status": "SHIPPED"},
    {"details_in_seconds": 240},
    {"visible_in_seconds": 420},
    {"features": ["replacement"]},
)
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "throttle"},
    {"kind": "status", "args": {"status": 503}},
    {"kind": "html"},
    {"kind": "empty"},
    {"kind": "truncate"},
    {"kind": "disconnect"},
    {"kind": "disconnect_after_effect"},
    {"kind": "html_after_effect"},
    {"kind": "expire_token"},
    {"kind": "duplicate_page"},
    {"kind": "same_token"},
    {"kind": "empty_page_with_token"},
)
minutes: SearchStrategy[timedelta] = st.integers(-5, 5).map(lambda count: timedelta(minutes=count))
wrong_by = st.one_of(st.just(timedelta(0)), minutes, st.just(timedelta(hours=-1)))
crash = st.one_of(
    st.just(""),
    st.just(""),
    st.builds("{}:{}".format, st.sampled_from(sorted(CHECKPOINTS)), st.integers(1, 2)),
)
RIGHT = timedelta(0)  # a clock that is not wrong
position = st.integers(0, 10**6)


class ShopMachine(RuleBasedStateMachine):
    """Subclasses bring ``amazon`` and ``folder``."""

    amazon: Simulator
    folder: Path

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.amazon.reset(seed=1)
        self.stack.enter_context(own_database(self.folder))
        self.shop = Shop(self.amazon, make_account())
        logs = self.folder / "logs"
        logs.mkdir(exist_ok=True)
        self.processes = Launcher(logs)
        self.numbers: list[str] = []
        self.attempts = Attempts()
        self.packages = 0
        self.ledgers: Ledgers | None = None

    @initialize()
    def fill_the_shelves(self) -> None:
        now = self.amazon.now()
        Product.objects.bulk_create(
            Product(sku=sku, name=sku, quantity=quantity, updated_at=now) for sku, quantity in STOCK.items()
        )

    # At Amazon

    @rule(kind=st.sampled_from(KINDS), quantities=st.sampled_from([(1,), (1, 2), (3,)]))
    def place(self, kind: dict[str, Any], quantities: tuple[int, ...]) -> None:
        number = self.shop.place(quantities=quantities, **kind)
        self.numbers.append(number)
        self.attempts.acknowledge(("order", number))

    @precondition(lambda self: self.numbers)
    @rule(
        at=position,
        action=st.sampled_from(["verify", "cancel", "cancel_units", "request_cancellation", "fulfil_fba", "touch"]),
    )
    def change(self, at: int, action: str) -> None:
        with suppress(ValueError):  # what the order's state forbids does not happen
            self.amazon.act(self._number(at), action)

    @precondition(lambda self: self.numbers)
    @rule(at=position, share=st.integers(1, 3))
    def ship_by_hand(self, at: int, share: int) -> None:
        number = self._number(at)
        item = self.amazon.order(number)["orderItems"][0]
        self.packages += 1
        with suppress(ValueError):
            items = {item["orderItemId"]: share} if share < 3 else None
            self.amazon.act(number, "ship", tracking_number=f"BYHAND{self.packages}", items=items)

    @rule(fault=st.sampled_from(FAULTS), operation=st.sampled_from(["any", "searchOrders", "confirmShipment"]))
    def go_wrong(self, fault: dict[str, Any], operation: str) -> None:
        self.amazon.add_fault(operation, **fault, times=1)

    @rule(period=st.sampled_from([1, 6, 11, 40]))
    def wait(self, period: int) -> None:
        self.amazon.set_clock(advance_seconds=60 * period)

    # Here

    @rule(wrong_by=wrong_by, fault_at=crash)
    def pull(self, wrong_by: timedelta, fault_at: str) -> None:
        def work(clock: Callable[[], datetime]) -> None:
            with suppress(PullRunning):
                pull_orders(account=self.shop.account, clock=clock)

        self._do(work, wrong_by, fault_at)

    @rule(wrong_by=wrong_by, fault_at=crash)
    def push(self, wrong_by: timedelta, fault_at: str) -> None:
        self._do(lambda clock: push_shipments(account=self.shop.account, clock=clock), wrong_by, fault_at)

    @precondition(lambda self: self.numbers)
    @rule(at=position, share=st.integers(1, 3), fault_at=crash)
    def ship(self, at: int, share: int, fault_at: str) -> None:
        order = Order.objects.filter(channel_order_id=self._number(at)).first()
        if order is None:
            return
        self.packages += 1
        tracking_number = f"OURS{self.packages}"
        line = order.lines.first()
        package = Package(
            carrier_code="UPS",
            tracking_number=tracking_number,
            quantities={line.pk: share} if line and share < 3 else None,
        )

        def work(clock: Callable[[], datetime]) -> None:
            record_shipment(order_id=order.pk, package=package, actor="ada", origin=ShipmentOrigin.STAFF, now=clock())

        try:
            if self._do(work, RIGHT, fault_at):
                self.attempts.acknowledge(("package", tracking_number))
            else:
                self.attempts.attempt(("package", tracking_number))
        except ShipmentRefused:
            pass

    @precondition(lambda self: self.numbers)
    @rule(at=position, fault_at=crash)
    def ask_to_cancel(self, at: int, fault_at: str) -> None:
        order = Order.objects.filter(channel_order_id=self._number(at)).first()
        if order is None:
            return

        def work(clock: Callable[[], datetime]) -> None:
            with suppress(CancellationRefused):
                request_cancellation(order_id=order.pk, reason="NoInventory", actor="ada", now=clock())

        self._do(work, RIGHT, fault_at)

    @rule(wrong_by=wrong_by, fault_at=crash)
    def push_cancellations(self, wrong_by: timedelta, fault_at: str) -> None:
        self._do(lambda clock: push_cancellations(account=self.shop.account, clock=clock), wrong_by, fault_at)

    @rule(wrong_by=wrong_by, fault_at=crash)
    def reconcile(self, wrong_by: timedelta, fault_at: str) -> None:
        def work(clock: Callable[[], datetime]) -> None:
            with suppress(ReconciliationRunning):
                reconcile_orders(account=self.shop.account, clock=clock)

        self._do(work, wrong_by, fault_at)

    def teardown(self) -> None:
        """Faults stop; after two polls everything is as Amazon has it."""
        try:
            self.amazon.clear_faults()
            for _ in range(2):
                self.amazon.set_clock(advance_seconds=LONGEST_WAIT.total_seconds())
                self.push(RIGHT, "")
                self.push_cancellations(RIGHT, "")
                self.pull(RIGHT, "")
            self._look(is_at_rest=True)
            assert self.ledgers
            orders = Counters.of(self.attempts, orders_found(self.ledgers))
            packages = Counters.of(self.attempts, packages_found(self.ledgers))
            assert orders.unexpected == orders.duplicated == packages.unexpected == packages.duplicated == 0
            found = {*orders_found(self.ledgers), *packages_found(self.ledgers)}
            assert self.attempts.acknowledged <= found, self.attempts.acknowledged - found
        finally:
            self.stack.close()

    def _do(self, work: Callable[[Callable[[], datetime]], Any], wrong_by: timedelta, fault_at: str) -> bool:
        """Do the work in a process that is killed, or here; whether it lived to its end."""
        now = self.amazon.now() + wrong_by
        lived = True
        if fault_at:
            process = self.processes.run(lambda: work(lambda: now), fault_at=fault_at, at=now)
            lived = process.code != KILLED
            if process.code not in (0, KILLED) and "ShipmentRefused" in process.output():
                raise ShipmentRefused("refused", "in the other process")
            assert process.code in (0, KILLED), process.output()
        else:
            work(lambda: now)
        self._look(is_at_rest=False)
        return lived

    def _look(self, *, is_at_rest: bool) -> None:
        earlier, self.ledgers = self.ledgers, read_ledgers(self.amazon, opening_stock=STOCK)
        self.ledgers.left_before = count_left_before(earlier, self.ledgers)
        violations = find_violations(self.ledgers, is_at_rest=is_at_rest)
        if earlier:
            violations += find_steps_back(earlier, self.ledgers)
        assert not violations, violations

    def _number(self, at: int) -> str:
        return self.numbers[at % len(self.numbers)]
