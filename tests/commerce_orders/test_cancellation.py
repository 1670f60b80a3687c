"""A cancellation is asked for once, answered once, and never beside a shipment."""

from datetime import timedelta

import pytest

from commerce_orders.models import Cancellation, Order, OrderEvent, Shipment
from commerce_orders.services.cancellation import (
    CancellationRefused,
    complete_cancellation,
    grant_buyers_request,
    refuse_cancellation,
    request_cancellation,
)
from commerce_orders.services.change_times import STEP
from commerce_orders.services.fulfilment import Package, ShipmentRefused, adopt_shipment, record_shipment
from commerce_orders.services.stock import settle_orders
from commerce_orders.services.transitions import change_statuses
from commerce_orders.states import OrderStatus, ShipmentOrigin
from tests.commerce_orders.bazaar import Bazaar, bazaar, make_bazaar_order
from tests.commerce_orders.stocked import make_product, stock
from tests.factories import NOW

__all__ = ["bazaar"]
pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


def request(order: Order, *, reason: str = "sold_out", now=NOW) -> Cancellation:
    return request_cancellation(order_id=order.pk, reason=reason, actor="ada", now=now)


def complete(cancellation: Cancellation) -> bool:
    return complete_cancellation(cancellation_id=cancellation.pk, actor="Bazaar", now=LATER)


def refuse(cancellation: Cancellation, answer: str = "The parcel is on its way.") -> bool:
    return refuse_cancellation(cancellation_id=cancellation.pk, answer=answer, actor="Bazaar", now=LATER)


def ship(order: Order, units: int | None = None) -> Shipment:
    return record_shipment(
        order_id=order.pk,
        package=Package("UPS", "1Z1", quantities=units and {order.lines.all()[0].pk: units}),
        actor="ada",
        origin=ShipmentOrigin.STAFF,
        now=NOW,
    )


def adopt(order: Order, *units: int) -> None:
    quantities = {line.pk: quantity for line, quantity in zip(order.lines.all(), units, strict=True) if quantity}
    adopt_shipment(order_id=order.pk, package=Package("UPS", "", quantities=quantities), actor="Bazaar", now=NOW)


def event_rows(order: Order) -> list[tuple[str, str, str, str]]:
    """What came after the order was made."""
    return [(each.kind, each.actor, each.to_status, each.reason) for each in order.events.all()[1:]]


def state_of(order: Order) -> tuple[str, bool, list[int]]:
    order.refresh_from_db()
    canceled = [line.quantity_canceled for line in order.lines.all()]
    return order.status, order.cancellation_requested_at is not None, canceled


def assert_refused(order: Order, code: str, field: str = "", **options: str) -> str:
    before = state_of(order), Cancellation.objects.count(), OrderEvent.objects.count(), order.version

    with pytest.raises(CancellationRefused) as refused:
        request(order, **options)

    assert (refused.value.code, refused.value.field) == (code, field)
    assert str(refused.value) == refused.value.detail != ""
    assert (state_of(order), Cancellation.objects.count(), OrderEvent.objects.count(), order.version) == before
    return refused.value.detail


def test_a_request_is_kept_and_told_and_the_order_stays_as_it_is(bazaar: Bazaar) -> None:
    order = make_bazaar_order()

    cancellation = request(order)

    assert state_of(order) == ("processing", True, [0, 0])
    assert (order.cancellation_requested_at, order.updated_at, order.version) == (NOW, NOW + STEP, 2)
    stored = Cancellation.objects.get()
    assert (stored.state, stored.reason, stored.requested_by, stored.requested_at, stored.answered_at) == (
        "requested",
        "sold_out",
        "ada",
        NOW,
        None,
    )
    assert event_rows(order) == [("cancel_requested", "ada", "", "sold_out")]
    assert order.events.last().data == {"cancellation": cancellation.pk}
    assert bazaar.cancellations == [cancellation.pk]


def test_the_channel_agrees_once(bazaar: Bazaar) -> None:
    order = make_bazaar_order()
    cancellation = request(order)

    assert complete(cancellation) is True
    assert (complete(cancellation), refuse(cancellation)) == (False, False)

    assert state_of(order) == ("canceled", False, [1, 2])
    assert order.closed_at == LATER
    cancellation.refresh_from_db()
    assert (cancellation.state, cancellation.answered_at, cancellation.answer) == ("canceled", LATER, "")
    assert event_rows(order)[1:] == [("status_changed", "Bazaar", "canceled", "canceled_as_requested")]


def test_the_channel_refuses_once_and_the_order_can_be_shipped_or_asked_for_again(bazaar: Bazaar) -> None:
    order = make_bazaar_order()
    cancellation = request(order)

    assert refuse(cancellation) is True
    assert (refuse(cancellation), complete(cancellation)) == (False, False)

    assert state_of(order) == ("processing", False, [0, 0])
    assert (order.updated_at, order.version) == (LATER, 3)
    cancellation.refresh_from_db()
    assert (cancellation.state, cancellation.answered_at) == ("refused", LATER)
    assert cancellation.answer == "The parcel is on its way."
    assert event_rows(order)[1:] == [("cancel_refused", "Bazaar", "", "The parcel is on its way.")]
    second = request(order)
    assert bazaar.cancellations == [cancellation.pk, second.pk]
    refuse(second)
    ship(order)


def test_what_the_buyer_asks_for_is_granted_with_the_channels_reason_for_it(bazaar: Bazaar) -> None:
    order = make_bazaar_order(buyer_wants_to_cancel=True)

    cancellation = grant_buyers_request(order_id=order.pk, actor="ada", now=NOW)

    assert (cancellation.reason, bazaar.cancellations) == ("regret", [cancellation.pk])


@pytest.mark.parametrize(
    ("status", "code"), [(OrderStatus.PROCESSING, "not_asked_for"), (OrderStatus.CANCELED, "order_canceled")]
)
def test_what_the_buyer_asks_no_more_is_not_granted(bazaar: Bazaar, status: OrderStatus, code: str) -> None:
    order = make_bazaar_order(status=status)

    with pytest.raises(CancellationRefused) as refused:
        grant_buyers_request(order_id=order.pk, actor="ada", now=NOW)

    assert refused.value.code == code
    assert (Cancellation.objects.count(), bazaar.cancellations) == (0, [])


def test_an_order_of_a_channel_that_is_not_installed_is_canceled_at_once() -> None:
    order = make_bazaar_order(channel="gone")

    assert_refused(order, "reason_unknown", "reason", reason="sold_out")
    cancellation = request(order, reason="other")

    assert state_of(order) == ("canceled", False, [1, 2])
    assert (cancellation.state, cancellation.answered_at) == ("canceled", NOW)
    assert [row[0] for row in event_rows(order)] == ["cancel_requested", "status_changed"]


def test_an_unknown_reason_is_refused_with_those_allowed(bazaar: Bazaar) -> None:
    detail = assert_refused(make_bazaar_order(), "reason_unknown", "reason", reason="NoInventory")
    assert detail == "“NoInventory” is no reason to cancel this order. Choose one of: sold_out, regret."
    assert bazaar.cancellations == []


def test_a_second_request_is_refused_while_the_first_is_open(bazaar: Bazaar) -> None:
    order = make_bazaar_order()
    request(order)
    assert_refused(order, "cancellation_requested")


@pytest.mark.parametrize(
    ("status", "code"), [(OrderStatus.CANCELED, "order_canceled"), (OrderStatus.COMPLETE, "order_complete")]
)
def test_a_closed_order_cannot_be_canceled(bazaar: Bazaar, status: OrderStatus, code: str) -> None:
    assert_refused(make_bazaar_order(status=status), code)


def test_what_the_channel_ships_only_the_channel_cancels(bazaar: Bazaar) -> None:
    assert_refused(make_bazaar_order(is_fulfilled_by_channel=True), "fulfilled_by_channel")


def test_nothing_is_canceled_once_a_unit_has_left(bazaar: Bazaar) -> None:
    order = make_bazaar_order()
    ship(order, units=1)
    assert_refused(order, "already_shipped")


def test_nothing_is_shipped_while_a_cancellation_is_open(bazaar: Bazaar) -> None:
    order = make_bazaar_order()
    request(order)

    with pytest.raises(ShipmentRefused) as refused:
        ship(order)

    assert refused.value.code == "cancellation_requested"
    assert (Shipment.objects.count(), bazaar.shipments) == (0, [])


def test_what_was_shipped_at_the_channel_meanwhile_ends_the_request(bazaar: Bazaar) -> None:
    order = make_bazaar_order()
    cancellation = request(order)

    adopt(order, 1, 2)

    assert state_of(order) == ("complete", False, [0, 0])
    cancellation.refresh_from_db()
    assert (cancellation.state, cancellation.answered_at) == ("refused", NOW)
    assert complete(cancellation) is False


def test_an_order_canceled_after_units_have_left_is_a_conflict(bazaar: Bazaar) -> None:
    order = make_bazaar_order()
    cancellation = request(order)
    adopt(order, 0, 1)
    assert state_of(order) == ("partially_shipped", True, [0, 0])

    assert complete(cancellation) is True

    assert state_of(order) == ("complete", False, [1, 1])
    cancellation.refresh_from_db()
    assert cancellation.state == "canceled"
    assert event_rows(order)[-1] == ("conflict", "Bazaar", "complete", "canceled_as_requested")


def test_what_is_canceled_after_units_have_left_reserves_nothing_any_more(bazaar: Bazaar) -> None:
    order = make_bazaar_order()
    order.lines.update(product=make_product())
    settle_orders([order.pk], now=NOW)
    cancellation = request(order)
    adopt(order, 0, 1)
    settle_orders([order.pk], now=NOW)
    assert stock() == (9, 2)

    complete(cancellation)

    assert stock() == (9, 0)


@pytest.mark.parametrize("asked", [1, 3])
def test_orders_that_end_answer_their_cancellations_in_one_statement(
    bazaar: Bazaar, asked: int, django_assert_num_queries
) -> None:
    orders = [make_bazaar_order(serial) for serial in range(3)]
    for order in orders[:asked]:
        request(order)
    read = list(Order.objects.select_for_update().all())

    with django_assert_num_queries(7):  # a savepoint, the time, orders, cancellations, events, reservations
        change_statuses(read, OrderStatus.CANCELED, actor="Bazaar", now=LATER)

    assert not Order.objects.exclude(cancellation_requested_at=None).exists()
    assert set(Cancellation.objects.values_list("state", "answered_at")) == {("canceled", LATER)}
