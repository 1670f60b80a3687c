"""Order numbers of our own."""

from django.db import transaction

from commerce_orders.models import NumberSequence

ORDERS = "orders"
FIRST_ORDER_NUMBER = 100_000_001


def take_order_numbers(count: int) -> list[str]:
    """Take the next ``count`` numbers. Call it late in the transaction: others wait until it ends."""
    if not count:
        return []
    with transaction.atomic():
        sequence, _ = NumberSequence.objects.select_for_update().get_or_create(
            name=ORDERS, defaults={"next_value": FIRST_ORDER_NUMBER}
        )
        first = sequence.next_value
        NumberSequence.objects.filter(name=ORDERS).update(next_value=first + count)
    return [str(number) for number in range(first, first + count)]


def next_order_number() -> str:
    """The number that the next order is to get, without taking it: an example for people."""
    value = NumberSequence.objects.filter(name=ORDERS).values_list("next_value", flat=True).first()
    return str(value or FIRST_ORDER_NUMBER)
