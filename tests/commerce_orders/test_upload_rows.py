"""What each row of a file of shipments says."""

from datetime import timedelta

import pytest
from django.utils import translation

from commerce_orders.models import Order, Shipment
from commerce_orders.services.upload_judging import judge_rows
from tests.commerce_orders.product_files import xlsx_file
from tests.commerce_orders.uploaded import make_orders, outcomes, ship, upload
from tests.factories import NOW, make_account, make_amazon_order

pytestmark = pytest.mark.django_db

HEADER = ["Order number", "SKU", "Quantity", "Carrier", "Tracking number", "Ship date"]


def judged(*cells: str, **columns):
    (order,) = make_orders(1, **columns)
    return order, outcomes(upload([HEADER, [cells[0].format(order=order), *cells[1:]]]))[0]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (("", "", "", "UPS", "1Z1", ""), "The order number is missing."),
        (("4711", "", "", "UPS", "1Z1", ""), "There is no order 4711."),
        (("{order.number}", "", "", "UPS", "", ""), "The tracking number is missing."),
        (("{order.number}", "", "", "UPS", "9,40011E+21", ""), "The spreadsheet has rounded “9,40011E+21”."),
        (("{order.number}", "", "", "", "1Z1", ""), "The carrier is missing."),
        (("{order.number}", "", "", "Pigeon", "1Z1", ""), "The carrier “Pigeon” is not known for this order."),
        (("{order.number}", "", "", "other", "1Z1", ""), "The carrier “other” is not known for this order."),
        (("{order.number}", "", "", "UPS", "1Z1", "soon"), "“soon” is not a date. Write it as 2026-12-31."),
        (("{order.number}", "", "", "UPS", "1Z1", "02/11/2026"), "“02/11/2026” can be two dates."),
        (("{order.number}", "", "", "UPS", "1Z1", "31.02.2026"), "“31.02.2026” is not a date."),
        (("{order.number}", "", "", "UPS", "1Z1", "2026-11-30"), "The ship date cannot be in the future."),
        (("{order.number}", "", "", "UPS", "1Z1", "2026-10-30"), "The ship date is before the day of the purchase."),
        (
            ("{order.number}", "SKU-9", "1", "UPS", "1Z1", ""),
            "The SKU SKU-9 is not in this order. It has: SKU-1, SKU-2.",
        ),
        (("{order.number}", "", "1", "UPS", "1Z1", ""), "A quantity needs a SKU, as this order has several."),
        (("{order.number}", "SKU-2", "two", "UPS", "1Z1", ""), "“two” is not a number of units."),
        (("{order.number}", "SKU-2", "3", "UPS", "1Z1", ""), "3 cannot be shipped, 2 left."),
        (("{order.number}", "SKU-2", "0", "UPS", "1Z1", ""), "Nothing of this is left to ship."),
        (("{order.number}", "", "", "UPS", "x" * 101, ""), "“xxxxxxxxxxxxxxxxxxxx…” is too long."),
        (("{order.number}", "", "", "UPS", "{order}", ""), ""),
    ],
)
def test_a_row_that_cannot_be_shipped_says_why(cells, words):
    _order, (state, said) = judged(*cells)

    assert said.startswith(words)
    assert state == ("refused" if words else "ready")
    assert not Shipment.objects.exists()


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"status": "canceled", "closed_at": NOW}, "This order is canceled and cannot be shipped."),
        ({"status": "complete", "closed_at": NOW}, "Everything in this order is shipped already."),
        ({"is_fulfilled_by_channel": True}, "The sales channel ships this order itself."),
        ({"cancellation_requested_at": NOW}, "The cancellation of this order was requested."),
        ({"buyer_wants_to_cancel": True}, "The buyer asks to cancel this order."),
    ],
)
def test_an_order_that_cannot_be_shipped_says_why(columns, words):
    (order,) = make_orders(1)
    Order.objects.filter(pk=order.pk).update(**columns)

    ((state, said),) = outcomes(upload([HEADER, [order.number, "", "", "UPS", "1Z1", ""]]))

    assert (state, said[: len(words)]) == ("refused", words)


def test_the_words_are_in_the_language_of_whoever_reads_them():
    (order,) = make_orders(1)
    uploaded = upload([HEADER, [order.number, "", "", "UPS", "", ""]])

    with translation.override("de"):
        from commerce_orders.services.upload_words import WORDS

        assert outcomes(uploaded)[0][1] == str(WORDS["tracking_number_missing"])


def test_an_order_is_named_by_either_number_and_days_as_people_write_them():
    orders = make_orders(6, purchased_at=NOW - timedelta(days=9))
    days = ["2026-11-19", "19.11.2026", "19/11/2026", "11/19/2026", "2026年11月19日", "2026-11-20T08:00"]
    rows = [[order.number, "", "", "ups", f"1Z{order.pk}", day] for order, day in zip(orders, days, strict=True)]
    rows[0][0] = orders[0].channel_order_id

    ship(uploaded := upload([HEADER, *rows]))

    assert outcomes(uploaded) == [("shipped", "")] * 6
    noon = NOW.replace(day=19)
    assert [row.shipped_at for row in Shipment.objects.order_by("id")] == [*[noon] * 5, NOW]
    assert {row.carrier_code for row in Shipment.objects.all()} == {"UPS"}


def test_rows_of_one_order_and_number_are_one_package_wherever_they_stand():
    first, second = make_orders(2)
    rows = [
        [first.number, "SKU-1", "1", "UPS", "1Z1", ""],
        [second.number, "", "", "UPS", "1Z2", ""],
        [first.number, "SKU-2", "1", "UPS", "1Z1", ""],
        [first.number, "SKU-2", "", "UPS", "1Z3", ""],
        [first.number, "SKU-2", "1", "UPS", "1Z4", ""],
    ]

    ship(uploaded := upload([HEADER, *rows]))

    assert outcomes(uploaded) == [*[("shipped", "")] * 4, ("refused", "1 cannot be shipped, 0 left.")]
    assert {row.tracking_number: [line.quantity for line in row.lines.all()] for row in Shipment.objects.all()} == {
        "1Z1": [1, 1],
        "1Z2": [1, 2],
        "1Z3": [1],
    }


def test_rows_that_contradict_those_above_say_which():
    first, second = make_orders(2)
    rows = [
        [first.number, "", "", "UPS", "1Z1", ""],
        [first.number, "", "", "UPS", "1Z1", ""],
        [first.number, "", "", "UPS", "1Z2", ""],
        [second.number, "SKU-1", "1", "UPS", "1Z1", ""],
        [second.number, "SKU-2", "1", "USPS", "1Z1", ""],
    ]

    uploaded = upload([HEADER, *rows])

    shared = f"The same tracking number is on {first.number} too. That is right only if both are in one package."
    assert outcomes(uploaded) == [
        ("ready", ""),
        ("already", "Row 2 says the same."),
        ("refused", "Row 2 ships everything that is left in this order."),
        ("ready", shared),
        ("refused", "Row 5 names another carrier for this package."),
    ]
    ship(uploaded)
    assert [state for state, _words in outcomes(uploaded)] == ["shipped", "already", "refused", "shipped", "refused"]


def test_a_number_of_two_orders_is_not_guessed_at():
    first = make_amazon_order(account=make_account())
    make_amazon_order(account=make_account(), amazon_order_id=first.amazon_order_id)

    ((state, said),) = outcomes(upload([HEADER, [first.amazon_order_id, "", "", "UPS", "1Z1", ""]]))

    assert (state, said.partition(".")[0]) == ("refused", f"More than one order has the number {first.amazon_order_id}")


def test_cells_of_a_workbook_that_have_no_text_say_so():
    first, second, third = make_orders(3)
    rows = [
        [first.number, "", "", "UPS", 940011020088123456789, ""],
        [int(second.number), "SKU-2", 2.0, "UPS", 123456789012, NOW.date()],
        [third.number, "", "", "UPS", "=A1", ""],
    ]

    uploaded = upload(xlsx_file([HEADER, *rows]))

    assert outcomes(uploaded) == [
        (
            "refused",
            "The spreadsheet has rounded “940011020088123500000”. Format the column as text and enter it again.",
        )
        if (said := outcomes(uploaded)[0][1]).startswith("The spreadsheet has rounded “9400110200881235")
        else ("refused", said),
        ("ready", ""),
        ("refused", "A cell holds a formula, which is not evaluated. Paste its value."),
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_rows_are_judged_in_a_constant_number_of_statements(count, django_assert_num_queries):
    orders = make_orders(count)
    uploaded = upload([HEADER, *([order.number, "SKU-1", "1", "UPS", f"1Z{order.pk}", ""] for order in orders)])
    rows = list(uploaded.rows.all())

    with django_assert_num_queries(8):
        judge_rows(rows, upload=uploaded, now=NOW)
