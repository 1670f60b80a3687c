"""What was altered or lost here under Amazon's own version is found by comparison, named and repaired."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from amazon_channel.models import AmazonOrder, AmazonOrderItem, OrderDifference, ShipmentConfirmation
from amazon_channel.services.order_settings import change_order_settings
from commerce_orders.models import Order, OrderEvent, OrderLine, Shipment, ShipmentLine
from customers.models import Contact
from tests.amazon_channel.pulling import place_many
from tests.amazon_channel.reconciling import counts, differences, reconcile
from tests.amazon_channel.shipping import TRACKING, push, ship

pytestmark = pytest.mark.django_db

COLUMNS = [
    {"status": "CANCELLED"},
    {"fulfilled_by": "AMAZON"},
    {"purchased_at": None},
    {"last_updated_at": "2099-01-01T00:00:00Z"},
    {"ship_by": None},
    {"deliver_by": "2027-01-01T00:00:00Z"},
    {"grand_total": Decimal("0.01")},
    {"currency": "XXX"},
    {"units_ordered": 99},
    {"units_to_ship": 0},
    {"marketplace_id": ""},
    {"is_prime": True},
    {"buyer_wants_to_cancel": True},
    {"payload": {}},
]


def shown(order_id):
    """Everything that the mirror says of an order, without keys and times of ours."""
    (row,) = AmazonOrder.objects.filter(amazon_order_id=order_id).values()
    items = AmazonOrderItem.objects.filter(order=row["id"]).order_by("order_item_id").values()
    contact = Contact.objects.get(pk=row["contact_id"])
    for name in ("stored_at", "contact_id", "commerce_order_id"):
        del row[name]
    return row, [{name: value for name, value in item.items() if name != "id"} for item in items], contact.details


def drop_commerce_order(order_id):
    """As somebody does in the database who knows nothing of this program."""
    AmazonOrder.objects.filter(amazon_order_id=order_id).update(commerce_order=None)
    order = Order.objects.get(channel_order_id=order_id)
    OrderEvent.objects.filter(order=order).delete()
    ShipmentConfirmation.objects.filter(shipment__order=order).delete()
    Shipment.objects.filter(order=order).delete()
    OrderLine.objects.filter(order=order).delete()
    order.delete()


@pytest.fixture
def order_id(shop):
    order_id = shop.place()
    shop.pull()
    return order_id


def test_every_altered_column_is_found_and_repaired(shop):
    ids = place_many(shop, len(COLUMNS))
    shop.pull()
    before = [shown(order_id) for order_id in ids]
    for order_id, columns in zip(ids, COLUMNS, strict=True):
        assert AmazonOrder.objects.filter(amazon_order_id=order_id).update(**columns)

    run = reconcile(shop)

    many = len(COLUMNS)
    assert counts(run) == {"amazon": many, "stored": many, "stale": many, "repaired": many}
    assert sorted(differences(run)) == [(order_id, "altered", True, "") for order_id in sorted(ids)]
    assert OrderDifference.objects.first().get_kind_display() == "Altered here"
    assert [shown(order_id) for order_id in ids] == before
    assert counts(reconcile(shop)) == {"amazon": many, "stored": many}


ALTERATIONS = [
    lambda order: order.items.last().delete(),
    lambda order: order.items.all().delete(),
    lambda order: order.items.update(quantity_shipped=1),
    lambda order: order.items.update(item_total=Decimal(7)),
    lambda order: order.items.create(order_item_id="1", quantity_ordered=1, sku="NOBODY-ORDERED-THIS"),
    lambda order: AmazonOrder.objects.filter(pk=order.pk).update(contact=None),
    lambda order: Contact.objects.filter(pk=order.contact_id).update(data={}, email_index="", name_index=""),
]


def test_altered_items_and_details_are_found_and_repaired(shop):
    ids = place_many(shop, len(ALTERATIONS))
    shop.pull()
    before = [shown(order_id) for order_id in ids]
    for order_id, alter in zip(ids, ALTERATIONS, strict=True):
        alter(AmazonOrder.objects.get(amazon_order_id=order_id))

    run = reconcile(shop)

    assert sorted(differences(run)) == [(order_id, "altered", True, "") for order_id in sorted(ids)]
    assert [shown(order_id) for order_id in ids] == before
    assert OrderEvent.objects.count() == len(ids)
    assert differences(reconcile(shop)) == []


@pytest.mark.parametrize("rows", ["confirmation", "shipment"])
@pytest.mark.parametrize("quantities", [None, {"SKU-2": 1}], ids=["complete", "partly"])
def test_a_package_that_is_gone_here_is_recorded_again_and_not_sent(shop, order_id, rows, quantities):
    ship(order_id, quantities=quantities)
    push(shop)
    shop.pull()
    order = Order.objects.values("status", "version").get()
    lines = list(OrderLine.objects.values())
    packed = list(ShipmentLine.objects.order_by("line").values_list("line", "quantity"))
    reference = ShipmentConfirmation.objects.get().package_reference_id
    ShipmentConfirmation.objects.all().delete()
    if rows == "shipment":
        Shipment.objects.all().delete()
    shop.amazon.clear_log()

    run = reconcile(shop)

    assert differences(run) == [(order_id, "altered", True, "")]
    confirmation = ShipmentConfirmation.objects.get()
    assert (confirmation.state, confirmation.package_reference_id) == ("confirmed", reference)
    assert confirmation.shipment.tracking_number == TRACKING
    assert list(ShipmentLine.objects.order_by("line").values_list("line", "quantity")) == packed
    assert list(OrderLine.objects.values()) == lines
    assert Order.objects.get().status == order["status"]
    assert OrderEvent.objects.last().kind == "channel_confirmed"
    assert push(shop, hours=1).sent == 0
    assert counts(reconcile(shop)) == {"amazon": 1, "stored": 1}


def test_what_has_left_here_and_amazon_does_not_show_yet_is_no_difference(shop, order_id):
    ship(order_id)
    partly = shop.place(quantities=(3, 2))
    erased = shop.place()
    shop.pull()
    line = Order.objects.get(channel_order_id=partly).lines.first()
    ship(partly, quantities={line.sku: 1})
    contacts = Contact.objects.filter(amazon_orders__amazon_order_id=erased)
    contacts.update(data=None, email_index="", name_index="", erased_at=timezone.now())

    assert counts(reconcile(shop)) == {"amazon": 3, "stored": 3}


def test_an_unreadable_order_is_left_to_its_own_reason(shop, order_id):
    shop.amazon.act(order_id, "merge", json={"orderItems": []})
    shop.pull()
    AmazonOrder.objects.update(status="CANCELLED")

    assert differences(reconcile(shop)) == [(order_id, "stale", False, "unreadable")]


def test_a_comparison_costs_the_same_statements_for_one_order_and_for_three(shop):
    def statements(count):
        ids = place_many(shop, count + 1)
        shop.pull()
        AmazonOrder.objects.filter(amazon_order_id__in=ids).update(status="CANCELLED")
        drop_commerce_order(ids[-1])
        with CaptureQueriesContext(connection) as queries:
            run = reconcile(shop)
        assert run.repaired == count + 1
        return len(queries)

    assert statements(1) == statements(3)


def test_a_pull_of_an_unchanged_order_still_reads_it_once_and_writes_nothing(shop, order_id):
    AmazonOrder.objects.update(status="CANCELLED")

    assert shop.pull().unchanged == 1
    assert AmazonOrder.objects.get().status == "CANCELLED"


@pytest.mark.parametrize("status", ["UNSHIPPED", "SHIPPED"])
@pytest.mark.parametrize("fulfilled_by", ["MERCHANT", "AMAZON"])
def test_a_commerce_order_that_is_gone_is_made_again(shop, status, fulfilled_by):
    order_id = shop.place(status=status, fulfilled_by=fulfilled_by)
    shop.pull()
    is_wanted = Order.objects.filter(channel_order_id=order_id).exists()
    assert is_wanted == (fulfilled_by == "MERCHANT" or status == "SHIPPED")
    if is_wanted:
        drop_commerce_order(order_id)

    run = reconcile(shop)

    assert counts(run) == {"amazon": 1, "stored": 1} | ({"stale": 1, "repaired": 1} if is_wanted else {})
    if is_wanted:
        assert differences(run) == [(order_id, "order_gone", True, "")]
        assert OrderDifference.objects.get().get_kind_display() == "Commerce order gone here"
        order = Order.objects.get()
        assert order.status == ("complete" if status == "SHIPPED" else "processing")
        assert AmazonOrder.objects.get().commerce_order == order
    assert counts(reconcile(shop)) == {"amazon": 1, "stored": 1}


def test_a_link_to_an_order_that_there_is_no_more_is_found(shop, order_id):
    """A database that was changed by a tool which keeps no foreign keys."""
    if connection.vendor == "postgresql":
        pytest.skip("PostgreSQL lets no row go that another one names")
    OrderEvent.objects.all().delete()
    OrderLine.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM commerce_orders_order")

    assert differences(reconcile(shop)) == [(order_id, "order_gone", True, "")]
    assert AmazonOrder.objects.get().commerce_order == Order.objects.get()


def test_a_commerce_order_that_the_settings_do_not_want_is_not_made(shop, order_id):
    drop_commerce_order(order_id)
    fba = shop.place(status="SHIPPED", fulfilled_by="AMAZON")
    change(shop, import_orders="disabled")
    shop.pull()

    assert counts(reconcile(shop)) == {"amazon": 2, "stored": 2}

    # What came while nothing was wanted stays as it is when the settings change; see ``change_order_settings``.
    change(shop, import_orders="enabled")
    assert differences(reconcile(shop)) == []
    shop.pull()
    assert set(Order.objects.values_list("channel_order_id", flat=True)) == {order_id}
    assert AmazonOrder.objects.get(amazon_order_id=fba).commerce_order is None


def change(shop, **changes):
    change_order_settings(account=shop.account, changes=changes, actor="ada", now=timezone.now())


def test_a_refused_commerce_order_is_a_problem_and_no_difference(shop, order_id):
    drop_commerce_order(order_id)
    AmazonOrder.objects.update(
        problem_code="order_number_taken", problem_since=timezone.now(), had_commerce_order=False
    )

    assert counts(reconcile(shop)) == {"amazon": 1, "stored": 1}


def test_open_orders_that_no_list_shows_are_compared_too(shop):
    altered, gone = (shop.place(age_seconds=10 * 86_400) for _ in range(2))
    shop.pull(since=timezone.now() - timedelta(days=30))
    AmazonOrder.objects.filter(amazon_order_id=altered).update(grand_total=1)
    drop_commerce_order(gone)

    run = reconcile(shop)

    assert sorted(differences(run)) == sorted([(altered, "altered", True, ""), (gone, "order_gone", True, "")])
    assert counts(run) == {"stale": 2, "repaired": 2}
    assert Order.objects.count() == 2
