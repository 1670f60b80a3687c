"""What the page of a product says."""

from dataclasses import dataclass
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import get_content_type_for_model
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Sum

from commerce_orders.admin.product_forms import AliasForm, ProductForm
from commerce_orders.channels import installed_channels
from commerce_orders.models import Order, Product, Reservation

RESERVATIONS_SHOWN = 50
CHANGES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class ReservationRow:
    """What an order waits to be sent; ``order`` is empty while the channel still holds it."""

    reservation: Reservation
    channel: str
    order: Order | None


def describe(
    product: Product, *, user: User | AnonymousUser, form: ProductForm | None, alias_form: AliasForm | None
) -> dict[str, Any]:
    """The template's context."""
    reserved = product.reservations.filter(reserved__gt=0).aggregate(units=Sum("reserved", default=0))["units"]
    rows = reservation_rows(product)
    return {
        "product": product,
        "reserved": reserved,
        "available": product.quantity - reserved,
        "form": form or ProductForm.of(product),
        "alias_form": alias_form or AliasForm(),
        "aliases": [(alias, channel_names().get(alias.channel, alias.channel)) for alias in product.aliases.all()],
        "reservations": rows[:RESERVATIONS_SHOWN],
        "has_more_reservations": len(rows) > RESERVATIONS_SHOWN,
        "changes": LogEntry.objects.filter(
            content_type=get_content_type_for_model(product), object_id=str(product.pk)
        ).select_related("user")[:CHANGES_SHOWN],
        "may_change": user.has_perm("commerce_orders.change_product"),
        "may_see_orders": user.has_perm("commerce_orders.view_order"),
    }


def reservation_rows(product: Product) -> list[ReservationRow]:
    """The newest open reservations with their Commerce orders, one more than is shown; two statements."""
    reservations = list(product.reservations.filter(reserved__gt=0).order_by("-id")[: RESERVATIONS_SHOWN + 1])
    orders = {
        (order.channel, order.channel_account, order.channel_order_id): order
        for order in Order.objects.filter(channel_order_id__in=[row.channel_order_id for row in reservations])
    }
    names = channel_names()
    return [
        ReservationRow(
            reservation=row,
            channel=names.get(row.channel, row.channel),
            order=orders.get((row.channel, row.channel_account, row.channel_order_id)),
        )
        for row in reservations
    ]


def channel_names() -> dict[str, str]:
    return {channel.code: channel.name for channel in installed_channels()}
