"""What there is to tell is written with the change, or not at all; who has no webhooks pays nothing for it."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from commerce_orders.models import Order, WebhookDelivery, WebhookEvent
from commerce_orders.services.cancellation import complete_cancellation, request_cancellation
from commerce_orders.services.fulfilment import Package, record_shipment
from commerce_orders.services.transitions import change_status, record_event
from commerce_orders.services.webhooks.distribution import distribute_events
from commerce_orders.states import EventKind, OrderStatus, ShipmentOrigin
from project.jobs import OrmQ
from tests.commerce_orders.bazaar import bazaar, make_bazaar_order
from tests.commerce_orders.drafted import make_draft, take_in
from tests.commerce_orders.webhooks.receivers import make_endpoint
from tests.factories import NOW

pytestmark = pytest.mark.django_db
__all__ = ["bazaar"]

URL = "http://127.0.0.1/hooks"


def told() -> list[tuple[str, str | None, int | None]]:
    return [(event.kind, event.data["status"], event.data["version"]) for event in WebhookEvent.objects.all()]


def statements(work) -> int:
    with CaptureQueriesContext(connection) as captured:
        work()
    return sum(not query["sql"].startswith(("SAVEPOINT", "RELEASE")) for query in captured)


@pytest.mark.parametrize("orders", [1, 3])
@pytest.mark.parametrize(("endpoints", "expected"), [(0, 8), (1, 10), (2, 10)])
def test_intake_costs_two_statements_more_where_somebody_listens(orders, endpoints, expected):
    take_in(make_draft(99))  # the number sequence is there
    for _ in range(endpoints):
        make_endpoint(URL)

    count = statements(lambda: take_in(*[make_draft(serial) for serial in range(orders)]))

    assert count == expected
    assert WebhookEvent.objects.count() == (orders if endpoints else 0)


@pytest.mark.parametrize(("endpoints", "expected"), [(0, 3), (1, 5)])
def test_a_change_costs_two_statements_more_where_somebody_listens(endpoints, expected):
    take_in(make_draft())
    order = Order.objects.get()
    for _ in range(endpoints):
        make_endpoint(URL)

    assert statements(lambda: change_status(order, OrderStatus.COMPLETE, actor="ada", now=NOW)) == expected
    assert statements(lambda: record_event(order, EventKind.CHANGED, actor="ada", now=NOW)) == expected


def test_a_message_is_thin(bazaar):
    make_endpoint(URL)

    order = make_bazaar_order()

    event = WebhookEvent.objects.get()
    assert event.body == {
        "type": "order.created",
        "timestamp": "2026-11-20T12:00:00+00:00",
        "data": {
            "number": order.number,
            "status": "processing",
            "channel": "bazaar",
            "channel_order_id": "O-1",
            "version": 1,
        },
    }
    assert event.number == order.number
    assert event.message_id.startswith("msg_")
    assert OrmQ.objects.count() == 1


def test_the_life_of_an_order_is_told_with_rising_versions(bazaar):
    make_endpoint(URL)
    order = make_bazaar_order()
    first, second = order.lines.all()
    for line, number in ((first, "1Z1"), (second, "1Z2")):
        record_shipment(
            order_id=order.pk,
            package=Package(carrier_code="UPS", tracking_number=number, quantities={line.pk: line.quantity}),
            actor="ada",
            origin=ShipmentOrigin.STAFF,
            now=NOW,
        )

    assert told() == [
        ("order.created", "processing", 1),
        ("order.shipped", "partially_shipped", 2),
        ("order.shipped", "complete", 3),
        ("order.completed", "complete", 3),
    ]
    order.refresh_from_db()
    assert order.version == 3
    assert [event.data.get("shipment") for event in WebhookEvent.objects.filter(kind="order.shipped")] == list(
        order.shipments.values_list("pk", flat=True)
    )


def test_a_canceled_order_is_told(bazaar):
    make_endpoint(URL)
    order = make_bazaar_order()

    cancellation = request_cancellation(order_id=order.pk, reason="sold_out", actor="ada", now=NOW)
    complete_cancellation(cancellation_id=cancellation.pk, actor="bazaar", now=NOW)

    assert told() == [
        ("order.created", "processing", 1),
        ("order.updated", "processing", 2),
        ("order.canceled", "canceled", 3),
    ]


def test_an_order_that_comes_in_complete_is_told_as_both():
    make_endpoint(URL)

    take_in(make_draft(status=OrderStatus.COMPLETE, is_fulfilled_by_channel=True))

    assert told() == [("order.created", "complete", 1), ("order.completed", "complete", 1)]


def test_a_change_that_is_rolled_back_is_not_told():
    make_endpoint(URL)
    OrmQ.objects.all().delete()

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        take_in(make_draft())
        assert WebhookEvent.objects.count() == 1
        raise ZeroDivisionError

    assert (Order.objects.count(), WebhookEvent.objects.count(), OrmQ.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize("events", [1, 3])
def test_distribution_makes_one_delivery_for_each_who_wants_it(events, django_assert_num_queries):
    all_of_it = make_endpoint(URL)
    make_endpoint(URL, events=("order.problem",))
    make_endpoint(URL, disabled_at=NOW, disabled_reason="by_hand")
    take_in(*[make_draft(serial) for serial in range(events)])

    # Two savepoints of each portion, events, endpoints, deliveries, done, ring; and looking for more.
    with django_assert_num_queries(10):
        assert distribute_events(now=NOW) == events

    deliveries = WebhookDelivery.objects.values_list("endpoint", "event__kind", "state")
    assert list(deliveries) == [(all_of_it.pk, "order.created", "waiting")] * events
    assert distribute_events(now=NOW) == 0
    assert WebhookDelivery.objects.count() == events


def test_what_happens_while_all_are_disabled_is_kept_for_a_replay():
    make_endpoint(URL, disabled_at=NOW, disabled_reason="by_hand")

    take_in(make_draft())
    distribute_events(now=NOW)

    assert (WebhookEvent.objects.count(), WebhookDelivery.objects.count()) == (1, 0)
