"""Days as the workers count them, for tests of what is shown of them."""

from amazon_channel.models import SellerAccount
from amazon_channel.services.order_days import recount_days


def recount_all() -> None:
    for account in SellerAccount.objects.all():
        recount_days(account=account)
