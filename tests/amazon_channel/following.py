"""What tests of orders that change at Amazon look at."""

from typing import Any

from amazon_channel.models import AmazonOrder
from commerce_orders.models import Order, OrderEvent, OrderLine


def lines() -> list[tuple[str, int, int, int, int]]:
    """SKU, ordered, shipped, canceled in time and canceled after they left."""
    columns = ("sku", "quantity", "quantity_shipped", "quantity_canceled", "quantity_canceled_late")
    return list(OrderLine.objects.order_by("id").values_list(*columns))


def timeline(*, start: int = 1) -> list[str]:
    """The entries after the first ``start``, in the words that staff read."""
    return [
        " · ".join(filter(None, (event.get_kind_display(), event.get_to_status_display(), event.reason_label)))
        for event in OrderEvent.objects.order_by("id")[start:]
    ]


def problem() -> tuple[str, str]:
    row = AmazonOrder.objects.get()
    return row.problem_code, row.problem_detail


def status() -> str:
    return Order.objects.get().status


def to_ship() -> int:
    return AmazonOrder.objects.get().units_to_ship


def item_ids(shop: Any, order_id: str) -> list[str]:
    return [item["orderItemId"] for item in shop.amazon.order(order_id)["orderItems"]]


def change_items(shop: Any, order_id: str, *changes: dict[str, Any]) -> None:
    """Merge each change into the item at its place; items beyond the changes go."""
    items = shop.amazon.order(order_id)["orderItems"]
    changed = [item | change for item, change in zip(items, changes, strict=False)]
    shop.amazon.act(order_id, "merge", json={"orderItems": changed})


def new_item(shop: Any, order_id: str, **changes: Any) -> dict[str, Any]:
    """Another item like the first, under a number of its own."""
    first = shop.amazon.order(order_id)["orderItems"][0]
    return {**first, "orderItemId": "77777777777777", **changes}
