"""Recording what left: only what there is, and only once."""

from datetime import timedelta

import pytest

from amazon_channel.models import ShipmentConfirmation
from commerce_orders.models import Order, OrderEvent, OrderLine, Shipment
from commerce_orders.services.fulfilment import Package, ShipmentRefused, adopt_shipment, record_shipment
from commerce_orders.services.sheet import ship_rows
from commerce_orders.states import OrderStatus, ShipmentOrigin
from tests.factories import NOW, make_account, make_amazon_order, make_commerce_order

pytestmark = pytest.mark.django_db

TRACKING = "1Z999AA10123456784"
INDIA = "A21TJRUUN4KGV"


def make_order(*, status=OrderStatus.PROCESSING, **columns):
    """A Commerce order of 1 and 2 units."""
    amazon_order = make_amazon_order(with_commerce_order=False, **columns)
    amazon_order.commerce_order = make_commerce_order(amazon_order=amazon_order, status=status)
    amazon_order.save()
    return amazon_order.commerce_order


def record(order, *, now=NOW, shipments_seen=None, despite_request=True, **package):
    return record_shipment(
        order_id=order.pk,
        package=Package(**{"carrier_code": "UPS", "tracking_number": TRACKING} | package),
        actor="ada",
        origin=ShipmentOrigin.STAFF,
        now=now,
        shipments_seen=shipments_seen,
        despite_request=despite_request,
    )


def adopt(order, *units, **package):
    quantities = {line.pk: quantity for line, quantity in zip(order.lines.all(), units, strict=False)}
    values = {"carrier_code": "UPS", "tracking_number": "", "quantities": quantities}
    return adopt_shipment(order_id=order.pk, package=Package(**values | package), actor="Amazon", now=NOW)


def shipped(order):
    return [line.quantity_shipped for line in order.lines.all()]


def assert_refused(order, code, field="", **options):
    before = (Order.objects.get(pk=order.pk).status, shipped(order), Shipment.objects.count())
    events = OrderEvent.objects.count()

    with pytest.raises(ShipmentRefused) as refused:
        record(order, **options)

    assert (refused.value.code, refused.value.field) == (code, field)
    assert str(refused.value) == refused.value.detail != ""
    assert (Order.objects.get(pk=order.pk).status, shipped(order), Shipment.objects.count()) == before
    assert (OrderEvent.objects.count(), ShipmentConfirmation.objects.count()) == (events, before[2])


def test_everything_left_completes_the_order():
    order = make_order()

    shipment = record(order, shipping_method=" Ground ", tracking_number=f" {TRACKING} ")

    order.refresh_from_db()
    assert (order.status, order.closed_at, shipped(order)) == ("complete", NOW, [1, 2])
    assert (shipment.tracking_number, shipment.shipping_method, shipment.shipped_at) == (TRACKING, "Ground", NOW)
    assert (shipment.recorded_by, shipment.recorded_at, shipment.origin) == ("ada", NOW, "staff")
    event = OrderEvent.objects.order_by("id").last()
    assert (event.kind, event.actor, event.from_status, event.to_status) == ("shipped", "ada", "processing", "complete")
    assert event.data == {"shipment": shipment.pk, "carrier": "UPS", "tracking_number": TRACKING, "units": 3}
    confirmation = ShipmentConfirmation.objects.get()
    assert (confirmation.shipment, confirmation.state, confirmation.not_before) == (shipment, "waiting", NOW)


def test_packages_one_by_one():
    order = make_order()
    first, second = order.lines.all()

    record(order, quantities={second.pk: 1, first.pk: 0})
    assert (Order.objects.get().status, shipped(order)) == ("partially_shipped", [0, 1])
    record(order, quantities={second.pk: 1})
    assert (Order.objects.get().status, shipped(order)) == ("partially_shipped", [0, 2])
    record(order)
    assert (Order.objects.get().status, shipped(order)) == ("complete", [1, 2])
    kinds = [(event.kind, event.to_status) for event in OrderEvent.objects.order_by("id")]
    assert kinds[1:] == [("shipped", "partially_shipped"), ("shipped", ""), ("shipped", "complete")]
    references = list(ShipmentConfirmation.objects.values_list("package_reference_id", flat=True))
    assert len(set(references)) == 3


@pytest.mark.parametrize("tracking_number", ["", "   ", "\t\n"])
def test_a_package_without_a_tracking_number_is_refused(tracking_number):
    assert_refused(make_order(), "tracking_number_missing", "tracking_number", tracking_number=tracking_number)


@pytest.mark.parametrize("carrier_code", ["", "Pigeon", "DPD", "…"])
def test_a_carrier_that_amazon_does_not_know_there_is_refused(carrier_code):
    assert_refused(make_order(), "carrier_unknown", "carrier_code", carrier_code=carrier_code)


@pytest.mark.parametrize("carrier_name", ["", "  "])
def test_another_carrier_needs_a_name(carrier_name):
    order = make_order()
    assert_refused(order, "carrier_name_missing", "carrier_name", carrier_code="Other", carrier_name=carrier_name)

    assert record(order, carrier_code="Other", carrier_name=" Bike courier ").carrier_name == "Bike courier"


def test_india_knows_no_other_carrier():
    order = make_order(account=make_account(region="eu", marketplaces=(INDIA,)), marketplace_id=INDIA)
    assert_refused(order, "carrier_unknown", "carrier_code", carrier_code="Other", carrier_name="Bike courier")

    assert record(order, carrier_code="BlueDart").carrier_code == "BlueDart"


def test_a_ship_date_in_the_future_is_refused():
    order = make_order()
    assert_refused(order, "shipped_in_the_future", "shipped_at", shipped_at=NOW + timedelta(minutes=5, seconds=1))

    assert record(order, shipped_at=NOW + timedelta(minutes=5)).shipped_at == NOW


def test_a_parcel_never_left_before_it_was_bought():
    order = make_order()

    assert_refused(
        order, "shipped_before_purchase", "shipped_at", shipped_at=order.placed_at - timedelta(days=1, seconds=1)
    )
    assert record(order, shipped_at=order.placed_at - timedelta(days=1)).shipped_at == order.placed_at


def test_a_parcel_never_left_before_it_was_bought_by_a_clock_that_is_behind_amazons():
    order = make_order()
    Order.objects.update(placed_at=NOW + timedelta(minutes=5))

    assert record(order).shipped_at == NOW + timedelta(minutes=5)


def test_what_the_buyer_asks_to_cancel_is_shipped_only_when_that_was_seen():
    order = make_order()
    Order.objects.update(buyer_wants_to_cancel=True)

    assert_refused(order, "buyer_wants_to_cancel", "despite_request", despite_request=False)
    record(order, despite_request=True)


@pytest.mark.parametrize("units", [3, -1, 10**12])
def test_more_units_than_are_left_are_refused(units):
    order = make_order()
    _first, second = order.lines.all()
    assert_refused(order, "quantity_too_large", "lines", quantities={second.pk: units})


def test_units_that_left_or_were_canceled_cannot_leave_again():
    order = make_order()
    first, second = order.lines.all()
    record(order, quantities={first.pk: 1})
    OrderLine.objects.filter(pk=second.pk).update(quantity_canceled=1)

    assert_refused(order, "quantity_too_large", "lines", quantities={first.pk: 1})
    assert_refused(order, "quantity_too_large", "lines", quantities={second.pk: 2})
    record(order, quantities={second.pk: 1})
    assert Order.objects.get().status == "complete"


@pytest.mark.parametrize("quantities", [{}, "zeros"])
def test_an_empty_package_is_refused(quantities):
    order = make_order()
    if quantities:
        quantities = {line.pk: 0 for line in order.lines.all()}
    assert_refused(order, "nothing_to_ship", "lines", quantities=quantities)


def test_a_line_of_another_order_is_refused():
    order, other = make_order(), make_order()
    assert_refused(order, "line_unknown", "lines", quantities={other.lines.first().pk: 1})


@pytest.mark.parametrize(
    ("status", "code"), [(OrderStatus.CANCELED, "order_canceled"), (OrderStatus.COMPLETE, "nothing_left_to_ship")]
)
def test_a_closed_order_cannot_be_shipped(status, code):
    assert_refused(make_order(status=status), code)


@pytest.mark.parametrize("status", [OrderStatus.PROCESSING, OrderStatus.COMPLETE])
def test_what_the_channel_ships_cannot_be_shipped_by_us(status):
    assert_refused(make_order(status=status, fulfilled_by="AMAZON"), "fulfilled_by_channel")


def test_a_form_that_is_sent_twice_is_refused_the_second_time():
    order = make_order()
    first, _second = order.lines.all()
    record(order, quantities={first.pk: 1}, shipments_seen=0)

    assert_refused(order, "shipments_changed", shipments_seen=0)
    record(order, shipments_seen=1)


@pytest.mark.parametrize("is_requested", [False, True])
@pytest.mark.parametrize("is_fulfilled_by_channel", [False, True])
@pytest.mark.parametrize("status", OrderStatus)
def test_one_rule_says_what_may_be_shipped(status, is_fulfilled_by_channel, is_requested):
    order = make_order(status=status)
    requested_at = NOW if is_requested and order.is_open else None
    rows = Order.objects.filter(pk=order.pk)
    rows.update(is_fulfilled_by_channel=is_fulfilled_by_channel, cancellation_requested_at=requested_at)
    order.refresh_from_db()

    assert order.is_to_ship == rows.to_ship().exists()
    if not order.is_to_ship:
        assert_refused(order, order.why_not_to_ship)


def test_many_orders_are_recorded_each_for_itself():
    good, canceled, late = make_order(), make_order(status=OrderStatus.CANCELED), make_order()
    package = Package(carrier_code="UPS", tracking_number=TRACKING)

    asked = make_order()
    Order.objects.filter(pk=asked.pk).update(buyer_wants_to_cancel=True)
    orders = (good, canceled, asked, late)

    outcomes = ship_rows({order.pk: package for order in orders}, actor="ada", clock=lambda: NOW)

    assert [outcomes[order.pk].refusal for order in orders] == [
        "",
        "This order is canceled and cannot be shipped.",
        "The buyer asks to cancel this order. Ship it from its own page, or cancel it there.",
        "",
    ]
    assert set(Shipment.objects.values_list("order", flat=True)) == {good.pk, late.pk}


def test_an_adopted_package_is_counted_and_not_told():
    order = make_order()

    shipment = adopt(order, 1, 1)

    assert (shipment.origin, shipment.recorded_by, shipped(order)) == ("channel", "Amazon", [1, 1])
    assert Order.objects.get().status == "partially_shipped"
    assert not ShipmentConfirmation.objects.exists()


def test_an_adopted_package_counts_no_unit_twice():
    order = make_order()
    record(order, quantities={order.lines.last().pk: 1})

    shipment = adopt(order, 5, 5)

    assert {line.line.sku: line.quantity for line in shipment.lines.all()} == {"SKU-1": 1, "SKU-2": 1}
    assert (Order.objects.get().status, shipped(order)) == ("complete", [1, 2])
    assert adopt(order, 1, 1) is None


@pytest.mark.parametrize("status", [OrderStatus.CANCELED, OrderStatus.COMPLETE])
def test_nothing_is_adopted_for_a_closed_order(status):
    order = make_order(status=status)
    assert adopt(order, 1, 2) is None
    assert (shipped(order), Shipment.objects.count()) == ([0, 0], 0)


def test_a_package_of_lines_that_we_do_not_know_is_not_adopted():
    order = make_order()
    assert adopt(order, quantities={10**6: 1}) is None
    assert not Shipment.objects.exists()


def test_each_order_of_many_is_shipped_at_its_own_time():
    orders = make_order(), make_order()
    times = [NOW + timedelta(seconds=5), NOW + timedelta(seconds=15)]
    ticks = iter(times)
    package = Package(carrier_code="UPS", tracking_number=TRACKING)

    ship_rows({order.pk: package for order in orders}, actor="ada", clock=lambda: next(ticks))

    assert [Order.objects.get(pk=order.pk).updated_at for order in orders] == times
