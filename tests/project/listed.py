"""Every list of the back office: where it is, what makes a row of it, and what an export of it costs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import Group, User

from amazon_channel.models import CarrierSpelling, OrderDifference, ReconciledDay, SellerAccount
from commerce_orders.models import ShipmentUpload
from commerce_orders.services.tokens import create_token
from commerce_orders.services.webhooks.distribution import distribute_events
from commerce_orders.services.webhooks.outbox import News, Subject, write_news
from commerce_orders.states import WebhookEventType
from customers.models import Customer, PersonalDataAccess
from project.audit import record_change
from project.models import Area, AuditEntry
from tests.commerce_orders.stocked import make_product
from tests.commerce_orders.webhooks.receivers import make_webhook
from tests.factories import NOW, make_account, make_amazon_order, make_contact, make_reconciliation


@dataclass(frozen=True, slots=True)
class Listed:
    """``make`` makes the row with that number and returns what the first column of its export says.

    ``queries`` are those of one export, whatever its length: four for who asks and what they may, one for the rows, and
    more for what hangs on them. A list that is not ``by_name`` has the newest first. ``{account}`` in the address is
    the first account's key, and ``menu`` the place of the Export menu on a page with several.
    """

    address: str
    make: Callable[[int], str]
    permission: str
    queries: int = 5
    by_name: bool = False
    menu: int = 0

    def page(self) -> str:
        return self.address.format(account="{account}" in self.address and first_account().pk)


def first_account() -> SellerAccount:
    return SellerAccount.objects.order_by("pk").first() or make_account(name="Northwind")


def customer(number: int) -> str:
    return Customer.objects.create(
        number=f"C-{number}", email_index=str(number), contact=make_contact(), created_at=NOW
    ).number


def look(number: int) -> str:
    at = NOW + timedelta(minutes=number)
    PersonalDataAccess.objects.create(at=at, actor="dana", purpose="order", contacts_seen=1)
    return f"2026-11-20 12:{number:02d}"


def amazon_order(number: int) -> str:
    return make_amazon_order(account=first_account()).amazon_order_id


def commerce_order(number: int) -> str:
    order = make_amazon_order(account=first_account()).commerce_order
    assert order is not None
    return order.number


def product(number: int) -> str:
    return make_product(f"SKU-{number}", 2).sku


def token(number: int) -> str:
    return create_token(name=f"System {number}", scopes=["orders:read"], now=NOW)[0].name


def upload(number: int) -> str:
    return ShipmentUpload.objects.create(
        name=f"labels {number}.csv", uploaded_by="dana", uploaded_at=NOW, progressed_at=NOW, content=b"Ada Lovelace"
    ).name


def webhook(number: int) -> str:
    return make_webhook(name=f"System {number}").name


def delivery(number: int) -> str:
    if number == 1:
        make_webhook(name="Warehouse")
    subject = Subject("amazon", f"111-{number}", f"10000{number}", "processing", 1)
    write_news([News(WebhookEventType.ORDER_CREATED, NOW, subject, {})])
    distribute_events(now=NOW)
    return "Order created"


def account(number: int) -> str:
    return make_account(name=f"Account number {number}").name


def carrier_name(number: int) -> str:
    name = CarrierSpelling.objects.create(spelling=f"our van {number}", folded=f"ourvan{number}", carrier_code="UPS")
    return name.spelling


def user(number: int) -> str:
    user = User.objects.create_user(f"user{number}", password="a-long-password")
    user.groups.add(Group.objects.get_or_create(name="Clerks")[0])
    return user.username


def group(number: int) -> str:
    return Group.objects.create(name=f"Group {number}").name


def change(number: int) -> str:
    record_change(
        area=Area.SETTINGS,
        action=AuditEntry.Action.CHANGED,
        subject="Northwind",
        subject_id=1,
        actor="ada",
        now=NOW + timedelta(minutes=number),
        changes={"unknown_sku": ("import", "hold")},
    )
    return f"2026-11-20 12:{number:02d}"


def problem(number: int) -> str:
    make_amazon_order(account=first_account(), problem_code="status_unknown", problem_since=NOW)
    return "Unknown Amazon status"


def day(number: int) -> str:
    day = NOW.date() + timedelta(days=number)
    ReconciledDay.objects.create(account=first_account(), day=day, amazon=5, held=4, counted_at=NOW)
    return day.isoformat()


def difference(number: int) -> str:
    found = OrderDifference.objects.create(
        reconciliation=make_reconciliation(first_account()),
        account=first_account(),
        amazon_order_id=f"111-{number:07d}-0000000",
        kind="missing",
        day=NOW.date(),
        found_at=NOW,
    )
    return found.amazon_order_id


# By the name of the model that the admin site knows, each list that staff open.
CHANGELISTS = {
    "customers.Customer": Listed("/admin/customers/customer/", customer, "customers.view_customer"),
    "customers.PersonalDataAccess": Listed(
        "/admin/customers/personaldataaccess/", look, "customers.view_personaldataaccess"
    ),
    "commerce_orders.Order": Listed(
        "/admin/commerce_orders/order/", commerce_order, "commerce_orders.view_order", queries=7
    ),
    "commerce_orders.Product": Listed(
        "/admin/commerce_orders/product/", product, "commerce_orders.view_product", by_name=True
    ),
    "commerce_orders.ApiToken": Listed(
        "/admin/commerce_orders/apitoken/", token, "commerce_orders.view_apitoken", queries=6, by_name=True
    ),
    "commerce_orders.ShipmentUpload": Listed(
        "/admin/commerce_orders/shipmentupload/", upload, "commerce_orders.ship_order"
    ),
    "commerce_orders.WebhookDelivery": Listed(
        "/admin/commerce_orders/webhookdelivery/", delivery, "commerce_orders.view_webhookdelivery", queries=6
    ),
    "commerce_orders.WebhookEndpoint": Listed(
        "/admin/commerce_orders/webhookendpoint/", webhook, "commerce_orders.view_webhookendpoint", by_name=True
    ),
    "amazon_channel.SellerAccount": Listed(
        "/admin/amazon_channel/selleraccount/", account, "amazon_channel.view_selleraccount", by_name=True
    ),
    "amazon_channel.CarrierSpelling": Listed(
        "/admin/amazon_channel/carrierspelling/", carrier_name, "amazon_channel.view_carrierspelling", by_name=True
    ),
    "amazon_channel.OrderSettings": Listed(
        "/admin/amazon_channel/ordersettings/", account, "amazon_channel.view_ordersettings", by_name=True
    ),
    "amazon_channel.AmazonOrder": Listed(
        "/admin/amazon_channel/amazonorder/", amazon_order, "amazon_channel.view_amazonorder", queries=7
    ),
    "amazon_channel.Reconciliation": Listed(
        "/admin/amazon_channel/reconciliation/", account, "amazon_channel.view_syncrun", queries=7, by_name=True
    ),
    "auth.User": Listed("/admin/auth/user/", user, "auth.view_user", queries=7, by_name=True),
    "auth.Group": Listed("/admin/auth/group/", group, "auth.view_group", queries=7, by_name=True),
}
# And those on pages of our own.
ACCOUNT_PAGE = "/admin/amazon_channel/reconciliation/{account}/"
OTHERS = {
    "changes": Listed("/admin/changes/", change, "project.view_auditentry", queries=6),
    "problems": Listed("/admin/problems/?reason=status_unknown", problem, "amazon_channel.view_amazonorder"),
    "days": Listed(ACCOUNT_PAGE, day, "amazon_channel.view_syncrun", queries=7),
    "differences": Listed(ACCOUNT_PAGE, difference, "amazon_channel.view_syncrun", queries=6, menu=1),
}
LISTS = CHANGELISTS | OTHERS
