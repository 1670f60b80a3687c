"""Days of trade for pictures of the dashboard's charts."""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from amazon_channel.models import OrderDay, SellerAccount
from amazon_channel.models.durations import Durations


def furnish_trade(accounts: list[SellerAccount], now: datetime) -> None:
    """Counted days of a quarter of a year, as no handful of orders gives them."""
    dice = Random(7)
    for account, currency in zip(accounts, ("USD", "EUR"), strict=True):
        for age in range(90):
            for fulfilled_by, share in (("MERCHANT", 1.0), ("AMAZON", 0.4)):
                orders = round(share * dice.uniform(20, 45) * (1.4 if age % 7 < 2 else 1))
                is_ours = fulfilled_by == "MERCHANT" and age > 1
                late = dice.randrange(4) if is_ours else 0
                times = [timedelta(hours=dice.lognormvariate(2.6, 0.5)) for _ in range(orders if is_ours else 0)]
                OrderDay.objects.create(
                    account=account,
                    day=now.date() - timedelta(days=age),
                    fulfilled_by=fulfilled_by,
                    currency=currency,
                    orders=orders,
                    units=orders * 2,
                    revenue=Decimal(orders * 3499) / 100,
                    shipped_on_time=orders - late if is_ours else 0,
                    shipped_late=late,
                    confirmation_times=Durations.of(times).as_json(),
                )
