"""Amazon's proceeds: exact, of one currency, and adding up or saying so."""

from decimal import Decimal

import pytest

from amazon_channel.mapping.drafts import Held, Waiting, make_draft
from amazon_channel.models import OrderSettings
from amazon_channel.states import Problem
from commerce_orders.models.money import minor_unit
from commerce_orders.services.drafts import OrderDraft, Totals
from tests.amazon_channel.readings import changed, many_orders, plain_order, read, refuse, usd


def draft_of(order):
    reading = read(order)
    return make_draft(reading, settings=OrderSettings(), contact_id=1, details=reading.details, products={})


def with_parts(grand_total, *parts):
    """A plain order (items of 30.00) with these parts, each a type and an amount, beside its items."""
    breakdowns = [{"type": kind, "subtotal": usd(amount)} for kind, amount in (("ITEM", "30.00"), *parts)]
    return plain_order(proceeds={"grandTotal": usd(grand_total), "breakdowns": breakdowns})


def test_five_hundred_orders_add_up_in_every_currency():
    currencies = set()
    for order in many_orders(500):
        money = read(order).money
        if money.totals is None:
            assert "proceeds" not in order
            continue
        currencies.add(money.currency)
        assert money.adds_up
        assert (
            money.totals.sum_of_parts == money.totals.grand_total == Decimal(order["proceeds"]["grandTotal"]["amount"])
        )
        assert money.totals.grand_total % minor_unit(money.currency) == 0
        assert money.sum_of_items == money.totals.subtotal
    assert {"USD", "EUR", "GBP", "JPY", "SEK", "PLN", "INR", "BRL", "AUD"} <= currencies


def test_every_order_to_ship_makes_a_draft():
    for order in many_orders(150, status="UNSHIPPED", fulfilled_by="MERCHANT"):
        draft = draft_of(order)
        assert isinstance(draft, OrderDraft)
        assert draft.totals.grand_total == draft.totals.sum_of_parts
        assert sum(line.total for line in draft.lines) == draft.totals.subtotal


def test_yen_have_no_fraction():
    order = many_orders(1, marketplace_id="A1VC38T7YXB528", features=[], items=[{"unit_price": "1980", "quantity": 2}])
    money = read(order[0]).money
    assert (money.currency, money.totals) == ("JPY", Totals(grand_total=Decimal(3960), subtotal=Decimal(3960)))


def test_a_fraction_that_the_currency_lacks_does_not_add_up():
    order = plain_order(
        proceeds={
            "grandTotal": usd("30.005"),
            "breakdowns": [{"type": "ITEM", "subtotal": usd("30.00")}, {"type": "TAX", "subtotal": usd("0.005")}],
        }
    )
    assert draft_of(order) == Held(Problem.DOES_NOT_ADD_UP, "Amazon states $30.005; its parts add up to $30.005.")


@pytest.mark.parametrize("discount", ["5.00", "-5.00"])
def test_a_discount_of_either_sign_is_taken_off(discount):
    draft = draft_of(with_parts("25.00", ("DISCOUNT", discount)))
    assert draft.totals == Totals(grand_total=Decimal(25), subtotal=Decimal(30), discount=Decimal(5))


def test_each_part_has_its_place_and_what_is_new_is_other():
    draft = draft_of(
        with_parts(
            "53.50",
            ("SHIPPING", "4.00"),
            ("GIFT_WRAP", "3.50"),
            ("TAX", "2.00"),
            ("COD_FEE", "1.00"),
            ("DELIVERY_TIP", "5.00"),
            ("OTHER", "3.00"),
            ("INVENTED_TOMORROW", "6.00"),
            ("DISCOUNT", "1.00"),
        )
    )
    assert draft.totals == Totals(
        grand_total=Decimal("53.50"),
        subtotal=Decimal(30),
        shipping=Decimal(4),
        gift_wrap=Decimal("3.50"),
        tax=Decimal(2),
        other=Decimal(15),
        discount=Decimal(1),
    )


def test_a_mismatch_of_a_cent_is_shown_with_both_figures():
    assert draft_of(with_parts("30.01")) == Held(
        Problem.DOES_NOT_ADD_UP, "Amazon states $30.01; its parts add up to $30.00."
    )


def test_items_that_make_another_subtotal_do_not_add_up():
    order = changed(plain_order(), "orderItems.0.proceeds.breakdowns.0.subtotal", usd("19.99"))
    assert draft_of(order) == Held(Problem.DOES_NOT_ADD_UP, "Amazon states $30.00; its parts add up to $29.99.")


def test_without_the_orders_parts_the_items_count():
    order = plain_order(proceeds={"breakdowns": None})
    assert draft_of(order).totals == Totals(grand_total=Decimal(30), subtotal=Decimal(30))


def test_an_item_without_proceeds_gets_price_times_units():
    order = changed(plain_order(), "orderItems.0.proceeds", ...)
    draft = draft_of(order)
    assert [line.total for line in draft.lines] == [Decimal(20), Decimal(10)]
    assert draft.totals.grand_total == Decimal(30)


def test_an_order_without_prices_waits_for_them():
    assert draft_of(plain_order(proceeds=None)) == Waiting(("prices",))


def test_a_replacement_without_proceeds_costs_nothing():
    order = plain_order(proceeds=None, associatedOrders=[{"associationType": "REPLACEMENT_ORIGINAL_ID"}])
    for item in order["orderItems"]:
        del item["proceeds"], item["product"]["price"]
    draft = draft_of(order)
    assert (draft.currency, draft.totals) == ("USD", Totals(grand_total=Decimal(0)))
    assert [(line.unit_price, line.total) for line in draft.lines] == [(None, Decimal(0))] * 2


@pytest.mark.parametrize(
    ("path", "currency"),
    [("orderItems.0.product.price.unitPrice", "EUR"), ("proceeds.grandTotal", "CAD")],
)
def test_an_order_in_two_currencies_is_unreadable(path, currency):
    order = changed(plain_order(), path, {"amount": "10.00", "currencyCode": currency})
    assert refuse(order).reason == "an order in more than one currency"


@pytest.mark.parametrize(
    ("money", "reason"),
    [
        ({"amount": 10, "currencyCode": "USD"}, "amount or currencyCode is no text"),
        ({"amount": "10.00"}, "amount or currencyCode is no text"),
        ({"amount": "10.00", "currencyCode": "US"}, "amount or currencyCode is no text"),
        ({"amount": "ten", "currencyCode": "USD"}, "amount is no number"),
        ({"amount": "", "currencyCode": "USD"}, "amount is no number"),
        ({"amount": "NaN", "currencyCode": "USD"}, "amount is too large or too fine"),
        ({"amount": "sNaN", "currencyCode": "USD"}, "amount is too large or too fine"),
        ({"amount": "-Infinity", "currencyCode": "USD"}, "amount is too large or too fine"),
        ({"amount": "10000000000", "currencyCode": "USD"}, "amount is too large or too fine"),
        ({"amount": "1E+999999", "currencyCode": "USD"}, "amount is too large or too fine"),
        ({"amount": "0.00001", "currencyCode": "USD"}, "amount is too large or too fine"),
        ("10.00", "grandTotal is no object"),
    ],
)
def test_an_amount_that_is_none_is_unreadable(money, reason):
    assert refuse(changed(plain_order(), "proceeds.grandTotal", money)).reason == reason


@pytest.mark.parametrize(
    ("text", "value"), [("1e1", "10"), (".5", "0.5"), ("-0.00", "0"), ("9999999999.9999", "9999999999.9999")]
)
def test_an_amount_is_exact_however_it_is_written(text, value):
    totals = read(changed(plain_order(), "proceeds.grandTotal", usd(text))).money.totals
    assert str(totals.grand_total.normalize()) == str(Decimal(value).normalize())
