"""A Commerce order as other systems see it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from commerce_orders.api.chosen_fields import CHOSEN, ChoosableSerializer
from commerce_orders.api.fields import MoneyField, TimeField
from commerce_orders.channels import ChannelStatus, channel_of
from commerce_orders.models import ApiToken, Cancellation, Order, OrderLine, Shipment
from commerce_orders.models.orders import OrderQuerySet
from commerce_orders.models.tokens import Scope
from commerce_orders.states import CancellationState, ChannelState, OrderStatus
from customers.models import PersonalDetails, PostalAddress
from customers.services.access import reveal_contacts


class RecipientSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    company = serializers.CharField()
    lines = serializers.ListField(child=serializers.CharField(), help_text="Street lines, in the order to print them.")
    city = serializers.CharField()
    district = serializers.CharField()
    region = serializers.CharField()
    postal_code = serializers.CharField()
    country_code = serializers.CharField(help_text="ISO 3166-1, two letters.")
    phone = serializers.CharField()
    buyer_email = serializers.CharField()


class TotalsSerializer(serializers.Serializer[Any]):
    subtotal = MoneyField()
    shipping = MoneyField()
    gift_wrap = MoneyField()
    tax = MoneyField()
    other = MoneyField(help_text="Charges that the channel names otherwise.")
    discount = MoneyField(help_text="A positive amount that is taken off.")
    grand_total = MoneyField()


class LineSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="What a shipment's `line` names.")
    sku = serializers.CharField()
    name = serializers.CharField()
    quantity = serializers.IntegerField()
    quantity_shipped = serializers.IntegerField()
    quantity_canceled = serializers.IntegerField()
    product = serializers.CharField(
        source="product.sku", allow_null=True, help_text="Our own SKU; null while the catalogue does not know this one."
    )
    unit_price = MoneyField(currency="order.currency", allow_null=True)
    total = MoneyField(currency="order.currency")


class ShippedLineSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(source="line_id")
    quantity = serializers.IntegerField()


class ShipmentSerializer(serializers.Serializer[Any]):
    """One package with its tracking number."""

    # The context has ``channel_statuses``, by shipment id.

    id = serializers.IntegerField()
    carrier_code = serializers.CharField()
    carrier_name = serializers.CharField()
    shipping_method = serializers.CharField()
    tracking_number = serializers.CharField()
    shipped_at = TimeField()
    lines = ShippedLineSerializer(many=True)
    channel_status = serializers.SerializerMethodField(help_text="Null where the channel need not be told.")
    channel_detail = serializers.SerializerMethodField(help_text="The channel's own message when it refused.")

    @extend_schema_field(serializers.ChoiceField(ChannelState.choices, allow_null=True))
    def get_channel_status(self, shipment: Shipment) -> str | None:
        status = self._status(shipment)
        return str(status.state) if status else None

    def get_channel_detail(self, shipment: Shipment) -> str:
        status = self._status(shipment)
        return status.detail if status else ""

    def _status(self, shipment: Shipment) -> ChannelStatus | None:
        statuses: dict[int, ChannelStatus] = self.context["channel_statuses"]
        return statuses.get(shipment.pk)


class CancellationSerializer(serializers.Serializer[Any]):
    """The last request to cancel the order."""

    reason = serializers.CharField(help_text="Code of the sales channel.")
    state = serializers.ChoiceField(CancellationState.choices)
    requested_at = TimeField()
    answered_at = TimeField(allow_null=True)
    answer = serializers.CharField(help_text="The channel's own message when it refused.")


class OrderSerializer(ChoosableSerializer):
    """A Commerce order; every amount is in its currency."""

    # The context has ``channel_statuses``, by shipment id, and ``recipients``, by contact id.

    number = serializers.CharField()
    status = serializers.ChoiceField(OrderStatus.choices)
    channel = serializers.CharField()
    channel_order_id = serializers.CharField()
    placed_at = TimeField()
    ship_by = TimeField(allow_null=True)
    deliver_by = TimeField(allow_null=True)
    is_guest = serializers.BooleanField()
    customer = serializers.CharField(
        source="customer.number", allow_null=True, help_text="Customer number; null for a guest."
    )
    recipient = serializers.SerializerMethodField(
        help_text="Null without the scope `customers:read`, and once the personal data is erased."
    )
    currency = serializers.CharField()
    totals = TotalsSerializer(source="*")
    lines = LineSerializer(many=True)
    shipments = ShipmentSerializer(many=True)
    buyer_wants_to_cancel = serializers.BooleanField(help_text="The buyer asks to cancel; nobody has to agree.")
    cancellation = serializers.SerializerMethodField(
        help_text="Null while nobody here asked to cancel; what the buyer asks is not counted."
    )
    external_number = serializers.CharField(
        help_text="The order's number in the system that took it over; empty while none has."
    )
    acknowledged_at = TimeField(allow_null=True, help_text="When it was taken over.")
    version = serializers.IntegerField(help_text="Grows with each change of the order.")
    updated_at = TimeField()

    @extend_schema_field(RecipientSerializer(allow_null=True))
    def get_recipient(self, order: Order) -> dict[str, Any] | None:
        recipient: dict[str, Any] | None = self.context["recipients"].get(order.contact_id)
        return recipient

    @extend_schema_field(CancellationSerializer(allow_null=True))
    def get_cancellation(self, order: Order) -> dict[str, Any] | None:
        cancellations: list[Cancellation] = list(order.cancellations.all())
        return dict(CancellationSerializer(cancellations[-1]).data) if cancellations else None


Fields = frozenset[str] | None  # those that are asked for; all, if None


def represented_orders(token: ApiToken, fields: Fields = None) -> OrderQuerySet:
    """What ``token`` may see, with all that it needs; personal data is loaded only for who may see that too."""
    orders = orders_without_recipients(fields).visible_to(token)
    return orders.select_related("contact") if _shows_recipients(token, fields) else orders


def orders_without_recipients(fields: Fields = None) -> OrderQuerySet:
    """Orders with all that their representation needs but personal data, as for an answer that is kept."""
    orders = Order.objects.select_related("customer")
    parts: dict[str, str | Prefetch[Any]] = {
        "lines": Prefetch("lines", OrderLine.objects.select_related("product")),
        "shipments": "shipments__lines",
        "cancellation": "cancellations",
    }
    for name, lookup in parts.items():
        if fields is None or name in fields:
            orders = orders.prefetch_related(lookup)
    return orders


def represent_orders(
    orders: Sequence[Order], *, token: ApiToken, purpose: str, now: datetime, fields: Fields = None
) -> list[dict[str, Any]]:
    """``orders`` must come from ``represented_orders(token, fields)``. Personal data shown leaves one audit row."""
    recipients = {}
    if _shows_recipients(token, fields):
        contacts = {order.contact_id: order.contact for order in orders if order.contact and order.contact.data}
        details = reveal_contacts(list(contacts.values()), actor=token.actor, purpose=purpose, now=now)
        recipients = {contact_id: represent_recipient(detail) for contact_id, detail in details.items()}
    return _represent(orders, recipients, fields)


def _shows_recipients(token: ApiToken, fields: Fields) -> bool:
    return Scope.CUSTOMERS_READ in token.scopes and (fields is None or "recipient" in fields)


def represent_without_recipients(orders: Sequence[Order]) -> list[dict[str, Any]]:
    """``orders`` may come from ``orders_without_recipients()``."""
    return _represent(orders, {}, None)


def _represent(
    orders: Sequence[Order], recipients: Mapping[int, dict[str, Any]], fields: Fields
) -> list[dict[str, Any]]:
    statuses = {}
    if fields is None or "shipments" in fields:
        statuses = channel_statuses(shipment for order in orders for shipment in order.shipments.all())
    context = {"recipients": recipients, "channel_statuses": statuses, CHOSEN: fields}
    return list(OrderSerializer(orders, many=True, context=context).data)


def represent_shipments(shipments: Sequence[Shipment]) -> list[dict[str, Any]]:
    context = {"channel_statuses": channel_statuses(shipments)}
    return list(ShipmentSerializer(shipments, many=True, context=context).data)


def channel_statuses(shipments: Iterable[Shipment]) -> dict[int, ChannelStatus]:
    """How far each channel is with its shipments, by shipment id; one question per channel."""
    by_channel = defaultdict(list)
    for shipment in shipments:
        by_channel[shipment.order.channel].append(shipment)
    statuses: dict[int, ChannelStatus] = {}
    for of_channel in by_channel.values():
        if channel := channel_of(of_channel[0].order):
            statuses |= channel.shipment_statuses(of_channel)
    return statuses


def represent_recipient(details: PersonalDetails) -> dict[str, Any]:
    address = details.address or PostalAddress()
    return {
        "name": address.name or details.display_name,
        "company": address.company or details.company,
        "lines": list(address.lines),
        "city": address.city,
        "district": address.district,
        "region": address.region,
        "postal_code": address.postal_code,
        "country_code": address.country_code,
        "phone": address.phone,
        "buyer_email": details.buyer_email,
    }
