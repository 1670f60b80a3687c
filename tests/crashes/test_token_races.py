"""Eight workers begin at once and need the seller's access token: one asks for it."""

from amazon_channel.models import AccessToken, SellerAccount
from amazon_channel.services.access_tokens import SharedToken, open_gateway

WORKERS = 8


def see_the_marketplaces():
    open_gateway(SellerAccount.objects.get()).marketplace_participations()


def ask_without_permission():
    SharedToken._may_ask = lambda self, row: True


def let_them_begin(shop, processes, **options):
    shop.amazon.add_fault("token", "delay", args={"seconds": 0.7})
    AccessToken.objects.create(account=shop.account)
    workers = [processes.start(see_the_marketplaces, **options) for _ in range(WORKERS)]
    assert [worker.wait() for worker in workers] == [0] * WORKERS
    return len(shop.amazon.log(operation="token"))


def test_of_eight_workers_one_asks(shop, processes):
    """Row 15."""
    assert let_them_begin(shop, processes) == 1


def test_without_permission_several_ask(shop, processes):
    """The control."""
    assert let_them_begin(shop, processes, without=ask_without_permission) > 1
