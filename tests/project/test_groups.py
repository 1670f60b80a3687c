"""Each group × each action: who may do what."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from amazon_channel.models import ShipmentConfirmation
from commerce_orders.services.catalogue import add_alias
from commerce_orders.services.fulfilment import Package, record_shipment
from commerce_orders.services.tokens import create_token
from commerce_orders.services.webhooks.endpoints import send_test_event
from commerce_orders.states import ShipmentOrigin
from customers.models import Customer
from tests.commerce_orders.stocked import make_product
from tests.commerce_orders.webhooks.receivers import make_webhook
from tests.factories import NOW, make_amazon_order
from tests.staff import SignIn

VIEWER, WAREHOUSE, ORDER_DESK, MANAGER = "Viewer", "Warehouse", "Order desk", "Manager"
EVERYBODY = {VIEWER, WAREHOUSE, ORDER_DESK, MANAGER}
PACKERS = EVERYBODY - {VIEWER}
DESK = {ORDER_DESK, MANAGER}


@dataclass(frozen=True, slots=True)
class Rows:
    amazon_order: int
    order: int
    account: int
    settings: int
    customer: int
    token: int
    confirmation: int
    product: int
    alias: int
    webhook: int
    message: int


@pytest.fixture
def rows(db: None) -> Rows:
    order = make_amazon_order()
    assert order.contact and order.commerce_order_id
    shipment = record_shipment(
        order_id=order.commerce_order_id,
        package=Package(carrier_code="UPS", tracking_number="1Z999"),
        actor="lee",
        origin=ShipmentOrigin.STAFF,
        now=NOW,
    )
    customer = Customer.objects.create(number="C-1", email_index="x", contact=order.contact, created_at=NOW)
    token, _text = create_token(name="System", scopes=["orders:read"], now=NOW)
    product = make_product("MINE")
    alias = add_alias(product_id=product.pk, channel="amazon", sku="THEIRS", now=NOW)
    message = send_test_event(endpoint_id=make_webhook().pk, now=NOW)
    return Rows(
        amazon_order=order.pk,
        order=order.commerce_order_id,
        account=order.account_id,
        settings=order.account.order_settings.pk,
        customer=customer.pk,
        token=token.pk,
        confirmation=ShipmentConfirmation.objects.get(shipment=shipment).pk,
        product=product.pk,
        alias=alias.pk,
        webhook=message.endpoint_id,
        message=message.pk,
    )


Action = tuple[str, str, set[str]]
ACTIONS: list[Action] = [
    ("GET", "/admin/", EVERYBODY),
    ("GET", "/admin/amazon_channel/amazonorder/", EVERYBODY),
    ("GET", "/admin/amazon_channel/amazonorder/{amazon_order}/change/", EVERYBODY),
    ("POST", "/admin/amazon_channel/amazonorder/{amazon_order}/reveal/", PACKERS),
    ("GET", "/admin/problems/", EVERYBODY),
    ("POST", "/admin/amazon_channel/amazonorder/{amazon_order}/send/{confirmation}/", DESK),
    ("GET", "/admin/amazon_channel/amazonorder/ship/?orders={amazon_order}", PACKERS),
    ("GET", "/admin/commerce_orders/order/", EVERYBODY),
    ("GET", "/admin/commerce_orders/order/{order}/change/", EVERYBODY),
    ("POST", "/admin/commerce_orders/order/{order}/reveal/", PACKERS),
    ("POST", "/admin/commerce_orders/order/{order}/ship/", PACKERS),
    ("GET", "/admin/commerce_orders/product/", DESK),
    ("GET", "/admin/commerce_orders/product/{product}/change/", DESK),
    ("POST", "/admin/commerce_orders/product/{product}/change/", DESK),
    ("GET", "/admin/commerce_orders/product/add/", DESK),
    ("POST", "/admin/commerce_orders/product/add/", DESK),
    ("POST", "/admin/commerce_orders/product/{product}/aliases/", DESK),
    ("POST", "/admin/commerce_orders/product/{product}/aliases/{alias}/remove/", DESK),
    ("GET", "/admin/commerce_orders/product/map/?channel=amazon&sku=X", DESK),
    ("GET", "/admin/commerce_orders/product/import/", DESK),
    ("POST", "/admin/commerce_orders/product/import/", DESK),
    ("GET", "/admin/customers/customer/", DESK),
    ("GET", "/admin/customers/customer/{customer}/change/", DESK),
    ("GET", "/admin/customers/personaldataaccess/", {MANAGER}),
    ("GET", "/admin/amazon_channel/selleraccount/", {MANAGER}),
    ("GET", "/admin/amazon_channel/selleraccount/add/", {MANAGER}),
    ("GET", "/admin/amazon_channel/selleraccount/{account}/change/", {MANAGER}),
    ("POST", "/admin/amazon_channel/selleraccount/{account}/change/", {MANAGER}),
    ("POST", "/admin/amazon_channel/selleraccount/{account}/pull/", {MANAGER}),
    ("POST", "/admin/amazon_channel/amazonorder/fetch/", DESK),
    ("GET", "/admin/amazon_channel/selleraccount/{account}/documents/", {MANAGER}),
    ("GET", "/admin/amazon_channel/reconciliation/", {MANAGER}),
    ("GET", "/admin/amazon_channel/reconciliation/{account}/", {MANAGER}),
    ("POST", "/admin/amazon_channel/reconciliation/{account}/start/", {MANAGER}),
    ("GET", "/admin/amazon_channel/carrierspelling/", {MANAGER}),
    ("GET", "/admin/amazon_channel/carrierspelling/add/", {MANAGER}),
    ("POST", "/admin/amazon_channel/amazonorder/ship/row/", PACKERS),
    ("POST", "/admin/amazon_channel/amazonorder/{amazon_order}/ship/", PACKERS),
    ("POST", "/admin/amazon_channel/amazonorder/{amazon_order}/note/", PACKERS),
    ("GET", "/admin/commerce_orders/shipmentupload/", PACKERS),
    ("GET", "/admin/commerce_orders/shipmentupload/add/", PACKERS),
    ("POST", "/admin/commerce_orders/shipmentupload/0/ship/", PACKERS),
    ("POST", "/admin/commerce_orders/shipmentupload/0/columns/", PACKERS),
    ("GET", "/admin/commerce_orders/shipmentupload/0/result.csv", PACKERS),
    ("GET", "/admin/amazon_channel/ordersettings/", {MANAGER}),
    ("POST", "/admin/amazon_channel/ordersettings/{settings}/change/", {MANAGER}),
    ("GET", "/admin/commerce_orders/apitoken/", {MANAGER}),
    ("GET", "/admin/commerce_orders/apitoken/add/", {MANAGER}),
    ("POST", "/admin/commerce_orders/apitoken/{token}/revoke/", {MANAGER}),
    ("GET", "/admin/commerce_orders/webhookendpoint/", {MANAGER}),
    ("GET", "/admin/commerce_orders/webhookendpoint/add/", {MANAGER}),
    ("GET", "/admin/commerce_orders/webhookendpoint/{webhook}/change/", {MANAGER}),
    ("POST", "/admin/commerce_orders/webhookendpoint/{webhook}/change/", {MANAGER}),
    ("POST", "/admin/commerce_orders/webhookendpoint/{webhook}/rotate/", {MANAGER}),
    ("POST", "/admin/commerce_orders/webhookendpoint/{webhook}/test/", {MANAGER}),
    ("POST", "/admin/commerce_orders/webhookendpoint/{webhook}/enable/", {MANAGER}),
    ("POST", "/admin/commerce_orders/webhookendpoint/{webhook}/disable/", {MANAGER}),
    ("POST", "/admin/commerce_orders/webhookendpoint/{webhook}/redeliver/", {MANAGER}),
    ("POST", "/admin/commerce_orders/webhookendpoint/{webhook}/replay/", {MANAGER}),
    ("POST", "/admin/commerce_orders/webhookendpoint/{webhook}/remove/", {MANAGER}),
    ("GET", "/admin/commerce_orders/webhookdelivery/", {MANAGER}),
    ("GET", "/admin/commerce_orders/webhookdelivery/{message}/change/", {MANAGER}),
    ("POST", "/admin/commerce_orders/webhookdelivery/{message}/redeliver/", {MANAGER}),
    ("GET", "/admin/auth/user/", set()),
    ("GET", "/admin/auth/group/", set()),
]


@pytest.mark.parametrize(("method", "address", "allowed"), ACTIONS)
@pytest.mark.parametrize("name", [VIEWER, WAREHOUSE, ORDER_DESK, MANAGER])
def test_a_group_may_do_its_own_work_only(
    sign_in: SignIn, groups: dict[str, Group], rows: Rows, name: str, method: str, address: str, allowed: set[str]
) -> None:
    client: Client = sign_in(group=groups[name])
    places = {field: getattr(rows, field) for field in Rows.__slots__}
    call: Callable[..., object] = client.get if method == "GET" else client.post

    response = call(address.format(**places))

    assert (response.status_code != 403) == (name in allowed)  # type: ignore[attr-defined]
    assert response.status_code in {200, 302, 403, 404}  # type: ignore[attr-defined]


@pytest.mark.parametrize("address", ["/admin/", "/admin/commerce_orders/order/", "/admin/amazon_channel/amazonorder/"])
def test_whoever_is_not_signed_in_is_asked_to(client: Client, db: None, address: str) -> None:
    assert client.get(address).headers["Location"] == f"/admin/login/?next={address}"


def test_groups_hold_exactly_the_permissions_of_their_work(groups: dict[str, Group]) -> None:
    held = {
        name: set(group.permissions.values_list("content_type__app_label", "codename"))
        for name, group in groups.items()
    }

    assert held[VIEWER] == {("commerce_orders", "view_order"), ("amazon_channel", "view_amazonorder")}
    assert held[WAREHOUSE] - held[VIEWER] == {("commerce_orders", "ship_order"), ("customers", "view_personal_data")}
    assert held[ORDER_DESK] - held[WAREHOUSE] == {
        ("commerce_orders", "cancel_order"),
        ("amazon_channel", "change_amazonorder"),
        ("commerce_orders", "view_product"),
        ("commerce_orders", "add_product"),
        ("commerce_orders", "change_product"),
        ("customers", "view_customer"),
    }
    assert held[ORDER_DESK] < held[MANAGER]
