from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from amazon_channel.models import AmazonOrder
from amazon_channel.services.carrier_names import save_carrier_name
from commerce_orders.models import Order, Shipment
from tests.factories import NOW, make_account, make_amazon_order
from tests.staff import SignIn

ORDERS = "/admin/amazon_channel/amazonorder/"


@pytest.fixture
def packer(sign_in: SignIn) -> Client:
    return sign_in("amazon_channel.view_amazonorder", "commerce_orders.ship_order")


def ship(client: Client, numbers: dict[AmazonOrder, str], **fields: str) -> Any:
    shared = {"carrier_code": "UPS", "shipping_method": "", "carrier_name": "", "shipped_at": "2026-11-20"}
    each = {f"tracking_number_{order.pk}": number for order, number in numbers.items()}
    chosen = ",".join(str(order.pk) for order in numbers)
    return client.post(f"{ORDERS}ship/?orders={chosen}", shared | fields | each)


def test_the_action_leads_to_the_page_of_the_selected_orders(packer: Client) -> None:
    first, second = make_amazon_order(), make_amazon_order()
    make_amazon_order()

    response = packer.post(ORDERS, {"action": "ship_selected", "_selected_action": [first.pk, second.pk]}, follow=True)

    assert {row.order for row in response.context["waiting"]} == {first, second}


def test_each_order_has_its_own_outcome_and_a_refusal_stops_no_other(packer: Client) -> None:
    account = make_account()
    good, complete, later = (make_amazon_order(account=account) for _ in range(3))
    other_tab = packer.get(f"{ORDERS}ship/?orders={good.pk},{complete.pk},{later.pk}")
    assert len(other_tab.context["waiting"]) == 3

    response = ship(packer, {good: "1Z1", complete: "x" * 90, later: ""}, carrier_code="UPS")

    outcomes = {row.order: (row.shipment is not None, row.refusal) for row in response.context["rows"]}
    assert outcomes == {good: (True, ""), complete: (True, ""), later: (False, "")}
    assert [row.order for row in response.context["waiting"]] == [later]
    assert set(Shipment.objects.values_list("order_id", "tracking_number")) == {
        (good.commerce_order_id, "1Z1"),
        (complete.commerce_order_id, "x" * 90),
    }


def test_a_refused_order_does_not_stop_the_others(packer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    account = make_account()
    refused, good = make_amazon_order(account=account), make_amazon_order(account=account)
    assert refused.commerce_order
    # All its units are canceled, which the page cannot know.
    for line in refused.commerce_order.lines.all():
        line.quantity_canceled = line.quantity
        line.save()

    response = ship(packer, {refused: "1Z1", good: "1Z2"})

    outcomes = {row.order: (row.shipment is not None, row.refusal) for row in response.context["rows"]}
    assert outcomes == {refused: (False, "Choose at least one item to ship."), good: (True, "")}
    assert Shipment.objects.get().order_id == good.commerce_order_id


def test_what_the_buyer_asks_to_cancel_is_left_out_in_words(packer: Client) -> None:
    account = make_account()
    asked, good = make_amazon_order(account=account, buyer_wants_to_cancel=True), make_amazon_order(account=account)
    shown = packer.get(f"{ORDERS}ship/?orders={asked.pk},{good.pk}").content.decode()
    assert shown.count("<bdi>Buyer asks to cancel</bdi>") == 1

    response = ship(packer, {asked: "1Z1", good: "1Z2"})

    outcomes = {row.order: (row.shipment is not None, row.refusal) for row in response.context["rows"]}
    assert outcomes == {
        asked: (False, "The buyer asks to cancel this order. Ship it from its own page, or cancel it there."),
        good: (True, ""),
    }
    assert Shipment.objects.get().order_id == good.commerce_order_id


def test_a_number_for_an_order_that_cannot_be_shipped_any_more_is_answered_in_its_row(packer: Client) -> None:
    account = make_account()
    shipped, canceling, good = (make_amazon_order(account=account) for _ in range(3))
    ship(packer, {shipped: "1Z0"})
    Order.objects.filter(pk=canceling.commerce_order_id).update(cancellation_requested_at=NOW)

    response = ship(packer, {shipped: "1Z1", canceling: "1Z2", good: "1Z3"})

    assert {row.order: (row.is_open, row.refusal, row.entered) for row in response.context["rows"]} == {
        shipped: (False, "Everything in this order is shipped already.", "1Z1"),
        canceling: (
            False,
            "The cancellation of this order was requested. It can be shipped only if that is refused.",
            "1Z2",
        ),
        good: (False, "", ""),
    }
    assert "2 orders could not be shipped" in response.content.decode()
    assert list(Shipment.objects.order_by("id").values_list("tracking_number", flat=True)) == ["1Z0", "1Z3"]


def test_a_number_alone_for_an_order_that_somebody_else_shipped_is_answered_too(packer: Client) -> None:
    order = make_amazon_order()
    ship(packer, {order: "1Z0"})

    (row,) = ship(packer, {order: "1Z1"}).context["rows"]

    assert (row.refusal, row.entered) == ("Everything in this order is shipped already.", "1Z1")


def test_a_page_sent_twice_ships_once(packer: Client) -> None:
    order = make_amazon_order()

    ship(packer, {order: "1Z1"})
    response = ship(packer, {order: "1Z1"})

    assert response.context["waiting"] == []
    assert Shipment.objects.count() == 1


def test_only_carriers_that_all_marketplaces_know_are_offered(packer: Client) -> None:
    account = make_account()
    us = make_amazon_order(account=account)
    german = make_amazon_order(account=account, marketplace_id="A1PA6795UKMFR9")

    response = packer.get(f"{ORDERS}ship/?orders={us.pk},{german.pk}")

    codes = [code for code, _name in response.context["form"].fields["carrier_code"].choices]
    assert "DHL" in codes
    assert "USPS" not in codes
    assert "Hermes" not in codes


def test_orders_that_cannot_be_shipped_say_so(packer: Client) -> None:
    order = make_amazon_order(status="SHIPPED", fulfilled_by="AMAZON", with_commerce_order=False)

    response = packer.get(f"{ORDERS}ship/?orders={order.pk},nonsense,")

    assert "Nothing to ship here" in response.content.decode()
    assert response.context["waiting"] == []


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_a_constant_number_of_queries(packer: Client, rows: int, django_assert_num_queries) -> None:
    account = make_account()
    chosen = ",".join(str(make_amazon_order(account=account).pk) for _ in range(rows))

    with django_assert_num_queries(8):
        packer.get(f"{ORDERS}ship/?orders={chosen}")


def test_shipping_needs_its_own_permission(sign_in: SignIn) -> None:
    client = sign_in("amazon_channel.view_amazonorder", "amazon_channel.change_amazonorder")
    order = make_amazon_order(purchased_at=NOW)

    assert ship(client, {order: "1Z1"}).status_code == 403
    assert "ship_selected" not in client.get(ORDERS).content.decode()
    assert not Shipment.objects.exists()


def test_a_row_has_a_carrier_of_its_own_however_it_is_spelt(packer: Client) -> None:
    save_carrier_name(spelling="Der gelbe", marketplace_id="A1PA6795UKMFR9", carrier_code="DHL")
    save_carrier_name(spelling="Rad-Kurier", marketplace_id="", carrier_code="Other")
    account = make_account()
    us, german = make_amazon_order(account=account), make_amazon_order(account=account, marketplace_id="A1PA6795UKMFR9")
    second, third = (make_amazon_order(account=account, marketplace_id="A1PA6795UKMFR9") for _ in range(2))

    typed = {us: "u.s.p.s.", german: "DHL Paket", second: "der gelbe", third: "rad kurier"}
    numbers = {order: f"N{order.pk}" for order in typed}
    ship(packer, numbers, **{f"carrier_{order.pk}": carrier for order, carrier in typed.items()})

    assert [(row.carrier_code, row.carrier_name) for row in Shipment.objects.order_by("id")] == [
        ("USPS", ""),
        ("DHL", ""),
        ("DHL", ""),
        ("Other", "Rad-Kurier"),
    ]


def test_all_that_is_to_ship_comes_soonest_first_and_in_portions(
    packer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amazon_channel.admin.ship_sheet.ORDERS_AT_ONCE", 2)
    account = make_account()
    late, soon, later = (
        make_amazon_order(account=account, ship_by=NOW + timedelta(hours=hours)) for hours in (30, 2, 31)
    )
    whenever = make_amazon_order(account=account, ship_by=None)
    make_amazon_order(account=account, with_commerce_order=False)
    make_amazon_order(status="SHIPPED", units_to_ship=0)

    first = packer.get(f"{ORDERS}ship/?work=to_ship&account={account.pk}")
    second = packer.get(f"{ORDERS}ship/{first.context['next_orders']}")

    assert [row.order for row in first.context["rows"]] == [soon, late]
    assert [row.order for row in second.context["rows"]] == [later, whenever]
    assert second.context["next_orders"] == ""
    assert packer.get(f"{ORDERS}ship/?work=late").context["rows"] == []


def test_a_sheet_of_what_is_to_do_answers_for_the_orders_that_it_showed(
    packer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others are first by now: one was shipped by somebody else, and a more urgent one came in."""
    monkeypatch.setattr("amazon_channel.admin.ship_sheet.ORDERS_AT_ONCE", 2)
    account = make_account()
    shipped, last, following, undated = (
        make_amazon_order(account=account, ship_by=hours and NOW + timedelta(hours=hours)) for hours in (2, 3, 4, None)
    )
    shown = packer.get(f"{ORDERS}ship/?work=to_ship").context["shown"]
    assert shown == f"{shipped.pk},{last.pk}"
    ship(packer, {shipped: "1Z0"})
    make_amazon_order(account=account, ship_by=NOW + timedelta(hours=1))

    typed = {f"tracking_number_{shipped.pk}": "1Z1", f"tracking_number_{last.pk}": "1Z2", "shown": shown}
    fields = {"carrier_code": "UPS", "shipped_at": "2026-11-20"}
    response = packer.post(f"{ORDERS}ship/?work=to_ship", typed | fields)

    assert [(row.order, row.shipment is not None, row.refusal, row.entered) for row in response.context["rows"]] == [
        (shipped, False, "Everything in this order is shipped already.", "1Z1"),
        (last, True, "", ""),
    ]
    assert list(Shipment.objects.order_by("id").values_list("tracking_number", flat=True)) == ["1Z0", "1Z2"]
    following_page = packer.get(f"{ORDERS}ship/{response.context['next_orders']}")
    assert [row.order for row in following_page.context["rows"]] == [following, undated]
