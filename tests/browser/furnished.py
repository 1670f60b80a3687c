"""A shop with something on every page, around the real clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.utils import timezone

from amazon_channel.mapping.personal import without_personal_data
from amazon_channel.models import (
    AmazonOrder,
    ConnectionTest,
    OrderDifference,
    ReconciledDay,
    SellerAccount,
    ShipmentConfirmation,
    SyncRun,
)
from amazon_channel.services.order_settings import change_order_settings
from commerce_orders.models import ApiToken, OrderLine, Product, ShipmentUpload
from commerce_orders.services.catalogue import add_alias
from commerce_orders.services.fulfilment import Package, record_shipment
from commerce_orders.services.tokens import create_token
from commerce_orders.states import OrderStatus, ShipmentOrigin
from commerce_orders.wording import Amount, wording
from customers.models import Customer
from tests.amazon_channel.readings import plain_order
from tests.browser.furnished_trade import furnish_trade
from tests.browser.furnished_uploads import furnish_upload
from tests.browser.furnished_webhooks import furnish_webhooks
from tests.commerce_orders.stocked import make_product
from tests.factories import make_account, make_amazon_order, make_commerce_order, make_contact, make_reconciliation

PASSWORD = "a-long-password-of-tests"
HOSTILE = "<script>alert(1)</script>\u202egnp.exe\"'><img src=x onerror=alert(2)>"
DE = "A1PA6795UKMFR9"
SUMS = "Amazon states %(stated)s; its parts add up to %(computed)s."


@dataclass(frozen=True, slots=True)
class Shop:
    user: User
    to_ship: AmazonOrder
    refused: AmazonOrder
    hostile: AmazonOrder
    revoked: SellerAccount
    token: ApiToken
    customer: Customer
    product: Product
    upload: ShipmentUpload
    webhook_pages: dict[str, str]

    def pages(self) -> dict[str, str]:
        """The address of each main page, by a name for its picture."""
        account = self.to_ship.account
        return {
            "dashboard": "/admin/",
            "dashboard-accounts": "/admin/?days=90&by=account",
            "problems": "/admin/problems/",
            "problems-refused": "/admin/problems/?reason=shipment_refused",
            "orders": "/admin/amazon_channel/amazonorder/",
            "orders-late": "/admin/amazon_channel/amazonorder/?work=late",
            "amazon-order": f"/admin/amazon_channel/amazonorder/{self.refused.pk}/change/",
            "amazon-order-hostile": f"/admin/amazon_channel/amazonorder/{self.hostile.pk}/change/",
            "ship-together": f"/admin/amazon_channel/amazonorder/ship/?orders={self.to_ship.pk},{self.hostile.pk}",
            "ship-all": "/admin/amazon_channel/amazonorder/ship/?work=to_ship",
            "shipment-files": "/admin/commerce_orders/shipmentupload/",
            "shipment-file-add": "/admin/commerce_orders/shipmentupload/add/",
            "shipment-file": f"/admin/commerce_orders/shipmentupload/{self.upload.pk}/change/",
            "carrier-names": "/admin/amazon_channel/carrierspelling/",
            "carrier-name-add": "/admin/amazon_channel/carrierspelling/add/",
            "commerce-orders": "/admin/commerce_orders/order/",
            "commerce-order": f"/admin/commerce_orders/order/{self.to_ship.commerce_order_id}/change/",
            "commerce-order-refused": f"/admin/commerce_orders/order/{self.refused.commerce_order_id}/change/",
            "commerce-order-hostile": f"/admin/commerce_orders/order/{self.hostile.commerce_order_id}/change/",
            "customers": "/admin/customers/customer/",
            "customer": f"/admin/customers/customer/{self.customer.pk}/change/",
            "products": "/admin/commerce_orders/product/",
            "product": f"/admin/commerce_orders/product/{self.product.pk}/change/",
            "product-add": "/admin/commerce_orders/product/add/",
            "product-map": f"/admin/commerce_orders/product/map/?channel=amazon&sku={'W' * 110}",
            "product-import": "/admin/commerce_orders/product/import/",
            "looks": "/admin/customers/personaldataaccess/",
            "accounts": "/admin/amazon_channel/selleraccount/",
            "account": f"/admin/amazon_channel/selleraccount/{account.pk}/change/",
            "completeness": "/admin/amazon_channel/reconciliation/",
            "completeness-account": f"/admin/amazon_channel/reconciliation/{account.pk}/",
            "orders-unknown": "/admin/amazon_channel/amazonorder/?q=111-7654321-7654321",
            "connection": f"/admin/amazon_channel/selleraccount/{self.revoked.pk}/connection/",
            "connect": "/admin/amazon_channel/selleraccount/add/",
            "order-settings": f"/admin/amazon_channel/ordersettings/{account.order_settings.pk}/change/",
            "order-settings-list": "/admin/amazon_channel/ordersettings/",
            "changes": "/admin/changes/",
            "second-factor": "/admin/second-factor/set-up/",
            "tokens": "/admin/commerce_orders/apitoken/",
            "token-create": "/admin/commerce_orders/apitoken/add/",
            "token": f"/admin/commerce_orders/apitoken/{self.token.pk}/change/",
            **self.webhook_pages,
            "users": "/admin/auth/user/",
            "user": f"/admin/auth/user/{self.user.pk}/change/",
        }


def furnish_completeness(account: SellerAccount, now: datetime) -> None:
    done = make_reconciliation(
        account, amazon=3612, stored=3609, missing=2, stale=1, repaired=2, unsettled=1, pages=37, api_calls=37,
        since=now - timedelta(days=3), started_at=now - timedelta(hours=9), finished_at=now - timedelta(hours=8),
    )  # fmt: skip
    make_reconciliation(
        account, occasion="asked", asked_by="dana", outcome="waiting", finished_at=None, pages=20, amazon=2000,
        since=now - timedelta(days=400), started_at=now - timedelta(minutes=20), api_calls=21,
        not_before=now + timedelta(minutes=3), error_code="budget_empty",
        error_detail=wording("Amazon's budget for this call is used up"),
    )  # fmt: skip
    make_reconciliation(
        account, outcome="failed", error_code="page_loop", error_detail=wording("Amazon gave the same page again"),
        since=now - timedelta(days=4), started_at=now - timedelta(days=1), finished_at=now - timedelta(days=1),
    )  # fmt: skip
    for age, (amazon, held) in enumerate([(310, 310), (1204, 1204), (1187, 1186), (911, 911)]):
        day = now.date() - timedelta(days=age)
        ReconciledDay.objects.create(account=account, day=day, amazon=amazon, held=held, counted_at=now)
    for kind, is_repaired, reason in (
        ("missing", True, ""), ("missing", False, "not_stored"), ("stale", True, ""),
        ("extra", True, ""), ("extra", False, "unchecked"), ("not_found", False, "not_found"),
    ):  # fmt: skip
        OrderDifference.objects.create(
            reconciliation=done,
            account=account,
            amazon_order_id=f"113-4471102-{OrderDifference.objects.count():07d}",
            kind=kind,
            day=now.date() - timedelta(days=2),
            amazon_version=now - timedelta(hours=30) if kind in {"missing", "stale"} else None,
            stored_version=now - timedelta(hours=40) if kind != "missing" else None,
            is_repaired=is_repaired,
            reason=reason,
            found_at=now - timedelta(hours=8),
        )


def furnish() -> Shop:
    now = timezone.now()
    user = User.objects.create_superuser("dana", password=PASSWORD)
    main, europe = make_account(name="Northwind US"), make_account(name="Nordwind", region="eu", marketplaces=(DE,))
    main.time_zone, europe.time_zone = "America/Los_Angeles", "Europe/Berlin"
    main.save()
    europe.error_code, europe.error_detail = "authorization_revoked", "invalid_grant: The request has an invalid grant"
    europe.error_since = now - timedelta(hours=3)
    europe.save()
    ConnectionTest.objects.create(
        account=europe,
        asked_by="dana",
        asked_at=now - timedelta(hours=1),
        started_at=now - timedelta(hours=1),
        finished_at=now - timedelta(minutes=59),
        results=[
            {"step": "application", "result": "passed", "code": "", "detail": "", "facts": {}},
            {
                "step": "authorisation",
                "result": "failed",
                "code": "authorization_revoked",
                "detail": europe.error_detail,
                "facts": {},
            },
        ],
    )
    main.pull_state.pulled_at = main.pull_state.succeeded_at = now - timedelta(minutes=2)
    main.pull_state.cursor = now - timedelta(minutes=2)
    main.pull_state.save()
    for age, outcome in ((8, "failed"), (5, "done"), (2, "done")):
        SyncRun.objects.create(
            account=main,
            started_at=now - timedelta(minutes=age),
            finished_at=now,
            outcome=outcome,
            pages=1,
            api_calls=1,
            seen=12,
            created=3,
            updated=4,
            cursor=now - timedelta(minutes=age),
            error_detail="" if outcome == "done" else wording("See the log"),
        )
    recent: dict[str, Any] = {
        "account": main,
        "purchased_at": now - timedelta(hours=5),
        "last_updated_at": now - timedelta(hours=4),
    }
    money = {
        "proceeds": {
            "grandTotal": {"amount": "37.80", "currencyCode": "USD"},
            "breakdowns": [
                {"type": "ITEM", "subtotal": {"amount": "30.00", "currencyCode": "USD"}},
                {"type": "SHIPPING", "subtotal": {"amount": "4.99", "currencyCode": "USD"}},
                {"type": "TAX", "subtotal": {"amount": "2.81", "currencyCode": "USD"}},
            ],
        }
    }
    to_ship = make_amazon_order(
        **recent,
        ship_by=now + timedelta(hours=5),
        is_prime=True,
        payload=money,
        grand_total=Decimal("37.80"),
        status_changes=[
            [(now - timedelta(hours=5)).isoformat(), "PENDING"],
            [(now - timedelta(hours=4)).isoformat(), "UNSHIPPED"],
        ],
    )
    make_amazon_order(**recent, ship_by=now - timedelta(days=2, hours=3), buyer_wants_to_cancel=True)
    make_amazon_order(**recent, ship_by=now + timedelta(days=3), is_business=True)
    make_amazon_order(**recent, status="SHIPPED", fulfilled_by="AMAZON", units_to_ship=0, with_commerce_order=False)
    make_amazon_order(**recent, status="CANCELLED", units_to_ship=0)
    make_amazon_order(**recent, status="PENDING", with_commerce_order=False)
    make_amazon_order(
        **recent,
        status="FUTURE_STATUS",
        with_commerce_order=False,
        problem_code="status_unknown",
        problem_detail=wording(
            "Amazon says “%(status)s”, fulfilled by “%(fulfilled_by)s”. The order is kept and watched.",
            status="FUTURE_STATUS",
            fulfilled_by="MERCHANT",
        ),
        problem_since=now,
    )
    make_amazon_order(
        account=europe,
        marketplace_id=DE,
        currency="EUR",
        purchased_at=now - timedelta(days=1),
        ship_by=now + timedelta(days=1),
        with_commerce_order=False,
        problem_code="does_not_add_up",
        problem_detail=wording(SUMS, stated=Amount(Decimal(30), "EUR"), computed=Amount(Decimal("29.98"), "EUR")),
        problem_since=now,
    )
    AmazonOrder.objects.filter(pk=to_ship.pk).update(
        payload=without_personal_data(plain_order(orderId=to_ship.amazon_order_id) | money),
        purchased_at=now - timedelta(hours=1),
    )
    change_order_settings(
        account=main, changes={"customer_creation": "create", "unknown_sku": "hold"}, actor="dana", now=now
    )
    hostile = make_amazon_order(
        **recent,
        quantities=(1,),
        contact=make_contact(name=HOSTILE),
        ship_by=now + timedelta(days=2),
        problem_code="not_stored",
        problem_detail=HOSTILE,
        problem_since=now,
    )
    hostile.items.update(title=HOSTILE * 5, sku="W" * 110)
    OrderLine.objects.filter(order=hostile.commerce_order).update(name=HOSTILE * 5, sku="W" * 110)
    refused = make_amazon_order(**recent, ship_by=now + timedelta(hours=30), payload=money)
    assert refused.commerce_order and to_ship.contact
    line, second = refused.commerce_order.lines.all()
    for number, quantities in (("1Z999AA10123456784", {line.pk: 1}), ("9400110200881234567890", {second.pk: 1})):
        record_shipment(
            order_id=refused.commerce_order.pk,
            actor="dana",
            origin=ShipmentOrigin.STAFF,
            now=now,
            package=Package(
                carrier_code="UPS", tracking_number=number, shipping_method="Ground", quantities=quantities
            ),
        )
    ShipmentConfirmation.objects.filter(shipment__tracking_number__startswith="9400").update(
        state="rejected",
        error_code="InvalidInput",
        error_detail="The tracking number 9400110200881234567890 does not match the expected format for UPS.",
    )
    customer = Customer.objects.create(
        number="C-12AB34CD56EF", email_index="0" * 32, contact=to_ship.contact, created_at=now
    )
    buyer_order = make_amazon_order(**recent, status="SHIPPED", units_to_ship=0, with_commerce_order=False)
    make_commerce_order(amazon_order=buyer_order, status=OrderStatus.COMPLETE, is_guest=False, customer=customer)
    furnish_completeness(main, now)
    furnish_trade([main, europe], now)
    product = make_product("SKU-1", 2, name=HOSTILE)
    make_product("W" * 110, 12_345_678, name="A name that is long enough to be cut off in a list")
    add_alias(product_id=product.pk, channel="amazon", sku="FBM-" + "W" * 100, now=now)
    LogEntry.objects.log_actions(user.pk, [product], CHANGE, "10 → 2", single_object=True)
    token, _text = create_token(name="Warehouse system", scopes=["orders:read", "shipments:write"], now=now)
    return Shop(
        user=user,
        to_ship=to_ship,
        refused=refused,
        hostile=hostile,
        revoked=europe,
        token=token,
        customer=customer,
        product=product,
        upload=furnish_upload(to_ship, hostile=HOSTILE),
        webhook_pages=furnish_webhooks(now),
    )
