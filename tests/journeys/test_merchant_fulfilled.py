"""An order that the merchant ships, from the buyer's click to Amazon's SHIPPED."""

import pytest

from amazon_channel.models import AmazonOrder, OrderSettings, ShipmentConfirmation
from amazon_channel.services.order_settings import change_order_settings
from commerce_orders.models import Order, OrderEvent, Shipment
from customers.models import Contact, Customer
from tests.amazon_channel.shipping import TRACKING, confirmations_at_amazon, only_confirmation, push, ship
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def configure(shop, **settings):
    OrderSettings.objects.filter(account=shop.account).update(**settings)
    shop.account.order_settings.refresh_from_db()


def listed():
    return list(AmazonOrder.objects.listed().values_list("amazon_order_id", "status"))


def test_from_pending_to_shipped(shop):
    order_id = shop.place(status="PENDING")
    shop.pull()
    assert (AmazonOrder.objects.count(), listed(), Order.objects.count()) == (1, [], 0)

    shop.amazon.act(order_id, "verify", details_in_seconds=120)
    shop.pull()
    assert (listed(), Order.objects.count()) == ([(order_id, "UNSHIPPED")], 0)

    shop.amazon.set_clock(advance_seconds=121)
    shop.pull()
    order = Order.objects.get()
    row = AmazonOrder.objects.get()
    assert (order.status, order.number, row.commerce_order) == ("processing", "100000001", order)
    assert (order.placed_at, order.ship_by, order.deliver_by) == (row.purchased_at, row.ship_by, row.deliver_by)
    assert (order.currency, order.grand_total) == ("USD", row.grand_total)
    assert (order.is_guest, order.customer, Customer.objects.count()) == (True, None, 0)
    assert order.contact == row.contact

    ship(order_id, quantities={"SKU-1": 1})
    order.refresh_from_db()
    assert order.status == "partially_shipped"
    push(shop)
    shop.pull()
    assert AmazonOrder.objects.get().status == "PARTIALLY_SHIPPED"

    ship(order_id, carrier_code="Other", carrier_name="Bike courier", tracking_number="BIKE-2")
    order.refresh_from_db()
    assert (order.status, order.closed_at is None) == ("complete", False)
    push(shop)
    shop.pull()
    assert listed() == [(order_id, "SHIPPED")]
    assert set(ShipmentConfirmation.objects.values_list("state", flat=True)) == {"confirmed"}
    packages = shop.amazon.order(order_id)["packages"]
    assert [(package["carrier"], package["trackingNumber"]) for package in packages] == [
        ("UPS", TRACKING),
        ("Bike courier", "BIKE-2"),
    ]
    assert AmazonOrder.objects.get().units_to_ship == 0
    changes = [status for _moment, status in AmazonOrder.objects.get().status_changes]
    assert changes == ["PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED"]


def test_a_customer_is_made_and_found_again_by_email(shop):
    configure(shop, customer_creation="create")
    buyer = {"buyerName": "Ada", "buyerEmail": "Ada@Marketplace.Amazon.com"}
    shop.place(order={"buyer": buyer})
    shop.pull()
    shop.place(order={"buyer": buyer | {"buyerEmail": "ada@marketplace.amazon.com", "buyerName": "Ada Lovelace"}})
    shop.place()
    shop.pull()

    assert Customer.objects.count() == 2
    customer = Order.objects.order_by("id").first().customer
    assert customer.orders.count() == 2
    assert customer.contact.details.buyer_name == "Ada Lovelace"
    assert not Order.objects.filter(is_guest=True).exists()


def test_a_customer_without_an_email_is_a_problem_and_no_order(shop):
    configure(shop, customer_creation="create")
    shop.place(order={"buyer": {"buyerEmail": None}})
    shop.pull()

    row = AmazonOrder.objects.get()
    assert (row.problem_code, row.commerce_order) == ("customer_email_missing", None)
    assert not Order.objects.exists()


def test_the_number_can_be_amazons(shop):
    configure(shop, order_number_source="amazon")
    order_id = shop.place()
    shop.pull()
    assert Order.objects.get().number == order_id


def test_the_first_status_can_be_pending_and_such_an_order_can_be_shipped(shop):
    configure(shop, new_order_status="pending")
    order_id = shop.place()
    shop.pull()
    assert Order.objects.get().status == "pending"

    ship(order_id)
    assert Order.objects.get().status == "complete"


def test_with_import_disabled_orders_are_shown_only_until_it_is_enabled(shop):
    configure(shop, import_orders="disabled")
    order_id = shop.place()
    shop.pull()
    assert (listed(), Order.objects.count()) == ([(order_id, "UNSHIPPED")], 0)

    change_order_settings(account=shop.account, changes={"import_orders": "enabled"}, actor="dana", now=NOW)
    shop.pull()
    assert shop.amazon.log(operation="getOrder") == []
    assert Order.objects.get().channel_order_id == order_id


@pytest.mark.parametrize("first", [{"SKU-1": 1}, {"SKU-1": 1, "SKU-2": 2}])
def test_what_was_shipped_in_seller_central_is_adopted_and_never_sent(shop, first):
    order_id = shop.place(quantities=(1, 2))
    shop.pull()
    ids = {item["product"]["sellerSku"]: item["orderItemId"] for item in shop.amazon.order(order_id)["orderItems"]}
    quantities = {ids[sku]: units for sku, units in first.items()}
    shop.amazon.act(order_id, "ship", items=quantities, package_reference_id="1", tracking_number="BY-HAND")

    shop.pull()

    order, shipment = Order.objects.get(), Shipment.objects.get()
    assert order.status == ("partially_shipped" if len(first) == 1 else "complete")
    assert (shipment.origin, shipment.tracking_number, shipment.recorded_by) == ("channel", "BY-HAND", "Amazon")
    assert {line.line.sku: line.quantity for line in shipment.lines.all()} == first
    assert (only_confirmation().state, only_confirmation().package_reference_id) == ("confirmed", "1")
    shop.amazon.act(order_id, "touch")
    shop.pull()
    push(shop, hours=1)
    assert Shipment.objects.count() == 1
    assert confirmations_at_amazon(shop) == []

    if order.status == "partially_shipped":
        ship(order_id)
        push(shop)
        shop.pull()
        assert len(confirmations_at_amazon(shop)) == 1
        assert (Order.objects.get().status, AmazonOrder.objects.get().status) == ("complete", "SHIPPED")


def test_two_packages_by_hand_without_tracking_numbers_are_both_adopted(shop):
    order_id = shop.place(quantities=(2,))
    shop.pull()
    (item,) = shop.amazon.order(order_id)["orderItems"]
    for reference in ("1", "2"):
        shop.amazon.act(
            order_id, "ship", items={item["orderItemId"]: 1}, package_reference_id=reference, tracking_number=""
        )
        shop.pull()

    assert Shipment.objects.count() == 2
    assert Order.objects.get().status == "complete"


def test_an_order_that_amazon_calls_shipped_without_packages_is_complete(shop):
    order_id = shop.place(quantities=(1, 2))
    shop.pull()
    ship(order_id, quantities={"SKU-1": 1})
    shop.amazon.act(order_id, "merge", json={"fulfillment": {"fulfillmentStatus": "SHIPPED"}})

    shop.pull()

    assert Order.objects.get().status == "complete"
    assert [line.quantity_shipped for line in Order.objects.get().lines.all()] == [1, 2]
    assert list(Shipment.objects.order_by("id").values_list("origin", flat=True)) == ["staff", "channel"]


def test_an_order_shipped_before_it_is_known_comes_with_its_packages(shop):
    order_id = shop.place(status="SHIPPED")
    shop.pull()

    order = Order.objects.get()
    assert (order.status, order.channel_order_id) == ("complete", order_id)
    assert all(line.quantity_shipped == line.quantity for line in order.lines.all())
    assert (Shipment.objects.count(), only_confirmation().state) == (1, "confirmed")
    push(shop)
    assert confirmations_at_amazon(shop) == []


def test_an_order_partly_shipped_before_it_is_known_can_be_finished(shop):
    order_id = shop.place(status="PARTIALLY_SHIPPED", quantities=(1, 2))
    shop.pull()
    assert Order.objects.get().status == "partially_shipped"

    ship(order_id)
    push(shop)
    shop.pull()
    assert (Order.objects.get().status, AmazonOrder.objects.get().status) == ("complete", "SHIPPED")
    assert len(shop.amazon.order(order_id)["packages"]) == 2


def test_personal_data_of_an_order_is_in_its_contact_only(shop):
    shop.place(order={"buyer": {"buyerName": "Canary Buyer"}})
    shop.pull()

    assert Contact.objects.get().details.buyer_name == "Canary Buyer"
    assert "Canary" not in str(list(AmazonOrder.objects.values()))
    assert "Canary" not in str(list(Order.objects.values())) + str(list(OrderEvent.objects.values()))


def test_a_package_that_appears_after_its_units_is_not_counted_again(shop):
    order_id = shop.place(status="PARTIALLY_SHIPPED", quantities=(2,))
    packages = shop.amazon.order(order_id)["packages"]
    shop.amazon.act(order_id, "merge", json={"packages": None})
    shop.pull()
    shop.amazon.act(order_id, "merge", json={"packages": packages})
    shop.pull()

    (line,) = Order.objects.get().lines.all()
    assert (line.quantity, line.quantity_shipped) == (2, 1)
    assert (Order.objects.get().status, AmazonOrder.objects.get().status) == (
        "partially_shipped",
        "PARTIALLY_SHIPPED",
    )
