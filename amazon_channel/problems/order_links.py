"""The pages of an order that has a problem."""

from django.urls import reverse

from amazon_channel.models import AmazonOrder
from commerce_orders.problems import Link

VIEW_ORDERS = "amazon_channel.view_amazonorder"
RETRY_ORDERS = "amazon_channel.change_amazonorder"


def links_to(order: AmazonOrder) -> tuple[Link, ...]:
    """The Amazon order and, where there is one, its Commerce order, which is read with it."""
    address = reverse("admin:amazon_channel_amazonorder_change", args=[order.pk])
    links = [Link(order.amazon_order_id, address, VIEW_ORDERS)]
    if order.commerce_order is not None:
        address = reverse("admin:commerce_orders_order_change", args=[order.commerce_order_id])
        links.append(Link(order.commerce_order.number, address, "commerce_orders.view_order"))
    return tuple(links)
