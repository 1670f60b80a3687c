"""The statuses of a Commerce order and the only ways between them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrderStatus(models.TextChoices):
    PENDING = "pending", _("Pending")
    PROCESSING = "processing", _("Processing")
    PARTIALLY_SHIPPED = "partially_shipped", _("Partially shipped")
    COMPLETE = "complete", _("Complete")
    CANCELED = "canceled", _("Canceled")


OPEN = frozenset({OrderStatus.PENDING, OrderStatus.PROCESSING, OrderStatus.PARTIALLY_SHIPPED})
FINAL = frozenset({OrderStatus.COMPLETE, OrderStatus.CANCELED})

TRANSITIONS: dict[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.PENDING: frozenset(
        {
            OrderStatus.PROCESSING,
            OrderStatus.PARTIALLY_SHIPPED,
            OrderStatus.COMPLETE,
            OrderStatus.CANCELED,
        }
    ),
    OrderStatus.PROCESSING: frozenset({OrderStatus.PARTIALLY_SHIPPED, OrderStatus.COMPLETE, OrderStatus.CANCELED}),
    # Units that left cannot be called back: what remains is shipped, or canceled, and the order is complete.
    OrderStatus.PARTIALLY_SHIPPED: frozenset({OrderStatus.COMPLETE}),
    OrderStatus.COMPLETE: frozenset(),
    OrderStatus.CANCELED: frozenset(),
}


class ShipmentOrigin(models.TextChoices):
    STAFF = "staff", _("Shipped here")
    API = "api", _("Shipped by a connected system")
    CHANNEL = "channel", _("Shipped at the sales channel")


class ChannelState(models.TextChoices):
    """How far the sales channel is with a shipment that it must be told about."""

    WAITING = "waiting", _("Waiting to be sent")
    SENT = "sent", _("Sent, not confirmed yet")
    CONFIRMED = "confirmed", _("Confirmed")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Not needed")


class CancellationState(models.TextChoices):
    """How far a cancellation is that somebody here asked for."""

    REQUESTED = "requested", _("Cancellation requested")
    CANCELED = "canceled", _("Canceled")
    REFUSED = "refused", _("Cancellation refused")


class EventKind(models.TextChoices):
    CREATED = "created", _("Order created")
    STATUS_CHANGED = "status_changed", _("Status changed")
    CHANGED = "changed", _("Order changed")
    ACKNOWLEDGED = "acknowledged", _("Taken over by a connected system")
    SHIPPED = "shipped", _("Shipment recorded")
    CHANNEL_SENT = "channel_sent", _("Tracking number sent")
    CHANNEL_CONFIRMED = "channel_confirmed", _("Shipment confirmed")
    CHANNEL_REFUSED = "channel_refused", _("Shipment refused")
    CHANNEL_WITHDRAWN = "channel_withdrawn", _("Tracking number not sent")
    CORRECTED = "corrected", _("Shipment corrected")
    CANCELLATION_REQUESTED = "cancel_requested", _("Cancellation requested")
    CANCELLATION_REFUSED = "cancel_refused", _("Cancellation refused")
    HELD = "held", _("Held by the sales channel")
    CONFLICT = "conflict", _("Conflict")
    SETTLED = "settled", _("Conflict resolved")
    NOTE = "note", _("Note")


class Reason(models.TextChoices):
    """Why something happened, where it was not a person who said why."""

    CANCELED_AT_CHANNEL = "canceled_at_channel", _("Canceled at the sales channel")
    CANCELED_AS_REQUESTED = "canceled_as_requested", _("Canceled as requested")
    ITEMS_CANCELED_AT_CHANNEL = "items_canceled_at_channel", _("Items were canceled at the sales channel")
    ITEMS_CANCELED_AFTER_SHIPMENT = (
        "items_canceled_after_shipment",
        _("Items were canceled at the sales channel after they had shipped"),
    )
    ITEMS_ADDED_AT_CHANNEL = "items_added_at_channel", _("Items were added at the sales channel")
    ITEMS_REARRANGED_AT_CHANNEL = "items_rearranged_at_channel", _("Items were split or merged at the sales channel")
    TOTALS_CHANGED_AT_CHANNEL = "totals_changed_at_channel", _("The amounts were changed at the sales channel")
    REOPENED_AT_CHANNEL = "reopened_at_channel", _("Open again at the sales channel")
    CORRECTED_AT_CHANNEL = "corrected_at_channel", _("Corrected at the sales channel")
    SHIPPED_OTHERWISE = "shipped_otherwise", _("The sales channel counts these items as shipped already")
    FEWER_ITEMS_EXPECTED = "fewer_items_expected", _("Sent for the items that the sales channel still expects")
    BUYER_ASKS_TO_CANCEL = "buyer_asks_to_cancel", _("The buyer asks to cancel")
    MATCHED = "matched", _("An unmatched line was matched to a product")
    BUYER_ASKS_NO_MORE = "buyer_asks_no_more", _("The buyer no longer asks to cancel")
    HELD_NO_MORE = "held_no_more", _("The sales channel no longer holds the order")
    SENT_AGAIN = "sent_again", _("Sent to the sales channel again")


class WebhookEventType(models.TextChoices):
    """What other systems can be told of; the names are promised to them."""

    ORDER_CREATED = "order.created", _("Order created")
    ORDER_UPDATED = "order.updated", _("Order changed")
    ORDER_CANCELED = "order.canceled", _("Order canceled")
    ORDER_SHIPPED = "order.shipped", _("Shipment recorded")
    ORDER_COMPLETED = "order.completed", _("Order complete")
    ORDER_PROBLEM = "order.problem", _("Problem with an order")


WEBHOOK_TEST = "webhook.test"  # sent to one endpoint, when somebody asks for it


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENDING = "sending", _("Being sent")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Failed")


class DisabledReason(models.TextChoices):
    BY_HAND = "by_hand", _("Disabled by hand")
    GONE = "gone", _("Wants no more webhooks")
    FAILING = "failing", _("Failed for five days")

    @classmethod
    def by_themselves(cls) -> tuple["DisabledReason", ...]:
        return cls.FAILING, cls.GONE
