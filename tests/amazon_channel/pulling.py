"""What tests of pulls ask and compare."""

from datetime import datetime

from amazon_channel.models import AmazonOrder, PullState, SyncRun

FAILED, WAITING, DONE = SyncRun.Outcome.FAILED, SyncRun.Outcome.WAITING, SyncRun.Outcome.DONE


def state(shop):
    return PullState.objects.get(account=shop.account)


def searches(shop):
    return [entry["query"] for entry in shop.amazon.log(operation="searchOrders")]


def since(query):
    return datetime.fromisoformat(query["lastUpdatedAfter"])


def whole_second(moment):
    return moment.replace(microsecond=0)


def place_many(shop, count=250, **request):
    return shop.amazon.create_orders(
        count=count, **({"status": "UNSHIPPED", "marketplace_id": "ATVPDKIKX0DER", "features": []} | request)
    )


def stored(shop):
    return set(AmazonOrder.objects.filter(account=shop.account).values_list("amazon_order_id", flat=True))
