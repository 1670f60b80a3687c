from django.urls import path

from amazon_channel.api.order_settings import OrderSettingsView
from amazon_channel.api.orders import AmazonOrderListView, AmazonOrderView

urlpatterns = [
    path("orders/", AmazonOrderListView.as_view(), name="amazon_orders"),
    path("orders/<number:amazon_order_id>/", AmazonOrderView.as_view(), name="amazon_order"),
    path("accounts/<id:id>/order-settings/", OrderSettingsView.as_view(), name="order_settings"),
]
