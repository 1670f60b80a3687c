from django.urls import path, register_converter
from django.urls.converters import IntConverter, StringConverter

from commerce_orders.api.acknowledgements import AcknowledgeView
from commerce_orders.api.bulk_shipments import BulkShipmentsView
from commerce_orders.api.cancellations import CancelView
from commerce_orders.api.customers import CustomerListView, CustomerView
from commerce_orders.api.orders import OrderListView, OrderView
from commerce_orders.api.shipments import ShipmentListView, ShipmentView
from commerce_orders.api.webhook_deliveries import (
    DeliveryListView,
    DeliveryView,
    RedeliverFailedView,
    RedeliverView,
    ReplayView,
    TestView,
)
from commerce_orders.api.webhooks import SecretView, WebhookListView, WebhookView


class NumberConverter(StringConverter):
    """One part of an address; PostgreSQL cannot compare text with NUL."""

    regex = r"[^/\x00]+"


class IdConverter(IntConverter):
    """A row's id; more digits than a database's integer holds make no id."""

    regex = "[0-9]{1,18}"


register_converter(NumberConverter, "number")
register_converter(IdConverter, "id")

urlpatterns = [
    path("orders/", OrderListView.as_view(), name="orders"),
    path("orders/<number:number>/", OrderView.as_view(), name="order"),
    path("orders/<number:number>/shipments/", ShipmentListView.as_view(), name="shipments"),
    path("orders/<number:number>/shipments/<id:id>/", ShipmentView.as_view(), name="shipment"),
    path("orders/<number:number>/acknowledge/", AcknowledgeView.as_view(), name="acknowledge"),
    path("orders/<number:number>/cancel/", CancelView.as_view(), name="cancel"),
    path("webhooks/", WebhookListView.as_view(), name="webhooks"),
    path("webhooks/<id:id>/", WebhookView.as_view(), name="webhook"),
    path("webhooks/<id:id>/rotate-secret/", SecretView.as_view(), name="webhook_secret"),
    path("webhooks/<id:id>/test/", TestView.as_view(), name="webhook_test"),
    path("webhooks/<id:id>/redeliver-failed/", RedeliverFailedView.as_view(), name="webhook_redeliver_failed"),
    path("webhooks/<id:id>/replay/", ReplayView.as_view(), name="webhook_replay"),
    path("webhooks/<id:id>/deliveries/", DeliveryListView.as_view(), name="deliveries"),
    path("deliveries/<id:id>/", DeliveryView.as_view(), name="delivery"),
    path("deliveries/<id:id>/redeliver/", RedeliverView.as_view(), name="redeliver"),
    path("shipments/bulk/", BulkShipmentsView.as_view(), name="bulk_shipments"),
    path("customers/", CustomerListView.as_view(), name="customers"),
    path("customers/<number:number>/", CustomerView.as_view(), name="customer"),
]
