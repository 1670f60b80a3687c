"""What Amazon orders take of our stock, and how they learn that the catalogue changed."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from amazon_channel import states
from amazon_channel.mapping.orders import OrderReading
from amazon_channel.mapping.stock import stock_claims
from amazon_channel.models import AmazonOrder, AmazonOrderItem, OrderSettings, PullState, SellerAccount
from amazon_channel.services.plans import Plan
from commerce_orders.services.catalogue import find_products
from commerce_orders.services.drafts import StockClaim
from commerce_orders.services.stock import claims_of_orders, settle_stock
from project import jobs
from project.bulk import in_portions


def find_page_products(plans: Sequence[Plan]) -> dict[str, int]:
    """Products of the SKUs of orders that have no Commerce order yet; one statement, none where all have theirs."""
    skus = {
        item.sku
        for plan in plans
        if plan.commerce_order_id is None and isinstance(plan.reading, OrderReading)
        for item in plan.reading.items
    }
    return find_products(channel=states.CHANNEL, skus=skus)


def settle_page(
    plans: Sequence[Plan],
    *,
    account: SellerAccount,
    settings: OrderSettings,
    products: Mapping[str, int],
    now: datetime,
) -> None:
    """Bring the reservations of a page's orders up to date, at the end of its transaction.

    A Commerce order that was there before counts by its lines, which know of our own shipments first; any other order
    by what Amazon says. No statement for new orders of which the catalogue knows nothing.
    """
    known = [plan.commerce_order_id for plan in plans if plan.has_stocked_lines and plan.commerce_order_id]
    claims: dict[str, Sequence[StockClaim]] = {}
    if known:
        claims.update(claims_of_orders(known).get((states.CHANNEL, account.reference), {}))
    for plan in plans:
        has_lines_of_its_own = plan.has_stocked_lines or (plan.earlier and plan.earlier.commerce_order_id)
        if has_lines_of_its_own or not isinstance(plan.reading, OrderReading):
            continue
        taken = stock_claims(plan.reading, settings=settings, products=products)
        if taken is not None and (plan.earlier or any(claim.product_id for claim in taken)):
            claims[plan.reading.amazon_order_id] = taken
    settle_stock(claims, channel=states.CHANNEL, channel_account=account.reference, now=now)


def decide_again_about_skus(*, skus: Collection[str]) -> None:
    """Have every order without a Commerce order that has an item of these SKUs decided about anew.

    Locks all accounts: a page that is being stored by the old catalogue is seen below, a later one reads the new.
    """
    list(PullState.objects.select_for_update().order_by("pk").values_list("pk"))
    accounts: set[int] = set()
    for some in in_portions(sorted(skus)):
        items = AmazonOrderItem.objects.filter(sku__in=some).order_by().values("order_id")
        waiting = dict(AmazonOrder.objects.undecided().filter(pk__in=items).values_list("pk", "account_id"))
        AmazonOrder.objects.filter(pk__in=waiting).update(is_to_decide=True)
        accounts.update(waiting.values())
    for account_id in sorted(accounts):
        jobs.ring("amazon_channel.tasks.decide_orders_again", account_id)
