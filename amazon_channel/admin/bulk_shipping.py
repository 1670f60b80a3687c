"""Shipping many orders with one carrier, a tracking number for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from amazon_channel.admin.pills import request_pills
from amazon_channel.models import AmazonOrder
from commerce_orders.admin.ship_form import INPUT, PackageForm
from commerce_orders.channels import Carrier, channel_of
from commerce_orders.models import Order, Shipment
from commerce_orders.services.bulk_shipping import record_shipments
from commerce_orders.services.fulfilment import Package, ShipmentRefused
from commerce_orders.states import ShipmentOrigin
from customers.listing import BackOfficeAdmin

ORDERS_AT_ONCE = 50


class BulkShipForm(PackageForm):
    def __init__(self, *args: Any, orders: Sequence[AmazonOrder], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for order in orders:
            self.fields[self.tracking(order)] = forms.CharField(
                label=order.amazon_order_id,
                max_length=100,
                required=False,
                widget=forms.TextInput({**INPUT, "autocomplete": "off", "spellcheck": "false"}),
            )

    @staticmethod
    def tracking(order: AmazonOrder) -> str:
        return f"tracking_number_{order.pk}"

    def tracking_field(self, order: AmazonOrder) -> forms.BoundField:
        return self[self.tracking(order)]

    def packages(self, orders: Sequence[AmazonOrder]) -> dict[int, Package]:
        """By Commerce order id; an order whose tracking number is left empty is not shipped now."""
        return {
            order.commerce_order_id: self.package(tracking_number=number, quantities=None)
            for order in orders
            if order.commerce_order_id and (number := self.cleaned_data[self.tracking(order)])
        }


@dataclass(frozen=True, slots=True)
class Row:
    """One order of the page: still to be given a number, or with what became of it."""

    order: AmazonOrder
    requests: list[SafeString]
    field: forms.BoundField | None
    shipment: Shipment | None
    refusal: str
    entered: str  # the number that was refused and for which there is no field any more

    @property
    def is_open(self) -> bool:
        return self.field is not None


def ship_together(admin: BackOfficeAdmin, request: HttpRequest) -> HttpResponse:
    """Show the form, or record what was entered and show each order's outcome.

    Each order ships all that is left in it, so sending the page twice changes nothing: the second time every
    order is refused as shipped already. So is a number typed for an order that somebody else shipped meanwhile.
    """
    now = timezone.now()
    orders = _chosen(request.GET.get("orders", ""))
    open_orders = [order for order in orders if _is_to_ship(order.commerce_order)]
    asked = [order for order in orders if order in open_orders or _is_typed(order, request.POST)]
    carriers, other = _carriers_of_all([order.commerce_order for order in asked if order.commerce_order])
    form = BulkShipForm(
        request.POST if request.method == "POST" else None,
        orders=asked,
        carriers=carriers,
        other=other,
        zone=asked[0].account.time_zone if asked else "UTC",
        now=now,
    )
    outcomes = {}
    if form.is_bound and form.is_valid():
        outcomes = record_shipments(
            form.packages(asked),
            actor=request.user.get_username(),
            origin=ShipmentOrigin.STAFF,
            now=now,
            despite_request=False,
        )
    rows = [
        _row(order, form, outcomes.get(order.commerce_order_id or 0), is_open=order in open_orders) for order in orders
    ]
    return admin.render_page(
        request,
        "admin/amazon_channel/amazonorder/ship.html",
        title=_("Ship selected orders"),
        form=form,
        rows=rows,
        now=now,
        shipped=[row for row in rows if row.shipment],
        refused=[row for row in rows if row.refusal],
        waiting=[row for row in rows if row.field],
        has_carriers=bool(carriers),
        may_see_commerce_order=request.user.has_perm("commerce_orders.view_order"),
    )


def _chosen(numbers: str) -> list[AmazonOrder]:
    ids = [int(number) for number in numbers.split(",") if number.isdecimal()][:ORDERS_AT_ONCE]
    return list(
        AmazonOrder.objects.listed()
        .filter(pk__in=ids)
        .select_related("account", "commerce_order")
        .defer("payload", "account__encrypted_credentials")
        .order_by("ship_by", "id")
    )


def _is_to_ship(order: Order | None) -> bool:
    return (
        order is not None
        and order.is_open
        and not order.is_fulfilled_by_channel
        and order.cancellation_requested_at is None
    )


def _is_typed(order: AmazonOrder, data: QueryDict) -> bool:
    return order.commerce_order is not None and bool(data.get(BulkShipForm.tracking(order)))


def _carriers_of_all(orders: Sequence[Order]) -> tuple[list[Carrier], str]:
    """The carriers that the channel takes for every one of ``orders``, in the order of the first."""
    lists = [list(channel.carriers(order)) for order in orders if (channel := channel_of(order))]
    shared = [carrier for carrier in lists[0] if all(carrier in others for others in lists)] if lists else []
    channel = channel_of(orders[0]) if orders else None
    return shared, channel.other_carrier if channel else ""


def _row(order: AmazonOrder, form: BulkShipForm, outcome: Shipment | ShipmentRefused | None, *, is_open: bool) -> Row:
    shipment = outcome if isinstance(outcome, Shipment) else None
    refusal = _in_words(outcome) if isinstance(outcome, ShipmentRefused) else ""
    return Row(
        order,
        request_pills(order),
        field=form.tracking_field(order) if is_open and not shipment else None,
        shipment=shipment,
        refusal=refusal,
        entered=form.cleaned_data[form.tracking(order)] if refusal and not is_open else "",
    )


def _in_words(refusal: ShipmentRefused) -> str:
    if refusal.code == "buyer_wants_to_cancel":
        return _("The buyer asks to cancel this order. Ship it from its own page, or cancel it there.")
    return refusal.detail
