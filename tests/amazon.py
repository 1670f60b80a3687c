"""Fixtures: a local Amazon over real HTTP, and a seller account connected to it; a pytest plugin."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from amazon_channel.gateway.connection import close_connections
from amazon_channel.models import SellerAccount, SyncRun
from amazon_channel.services.pull import pull_orders
from amazon_channel.simulator import Simulator
from amazon_channel.simulator.running import running_simulator
from tests.factories import make_account

US = "ATVPDKIKX0DER"


@pytest.fixture(scope="session")
def running_amazon() -> Iterator[Any]:
    # Tests move Amazon's clock and ours apart, which must not make tokens run out.
    options = {
        "rate_scale": 0,
        "search_delay_seconds": 0,
        "confirmation_delay_seconds": 0,
        "feed_delay_seconds": 0,
        "token_lifetime_seconds": 1e9,
    }
    with running_simulator(seed=1, **options) as running:
        yield running
    close_connections()


@pytest.fixture
def amazon(running_amazon: Any, settings: Any) -> Simulator:
    """Amazon without limits or delays, empty, its clock standing still at now."""
    settings.AMAZON_SP_API_URL = settings.AMAZON_LWA_URL = running_amazon.url
    simulator: Simulator = running_amazon.simulator
    simulator.reset(seed=1)
    return simulator


@pytest.fixture
def account(db: None) -> SellerAccount:
    return make_account()


class Shop:
    """What tests do most: orders at Amazon, then a pull."""

    def __init__(self, amazon: Simulator, account: SellerAccount) -> None:
        self.amazon = amazon
        self.account = account

    def place(self, *, quantities: tuple[int, ...] = (1, 2), **request: Any) -> str:
        """A plain merchant-fulfilled US order of one item per quantity, at 10.00 a unit; its Amazon number."""
        request = {
            "status": "UNSHIPPED",
            "fulfilled_by": "MERCHANT",
            "marketplace_id": US,
            "features": [],
            "items": [
                {"sku": f"SKU-{position}", "quantity": quantity, "unit_price": "10.00"}
                for position, quantity in enumerate(quantities, start=1)
            ],
        } | request
        (order_id,) = self.amazon.create_orders(**request)
        return order_id

    def pull(self, **options: Any) -> SyncRun:
        self.account.refresh_from_db()
        return pull_orders(account=self.account, **options)

    def later(self, **period: float) -> Any:
        """A clock that is ahead by ``period``, for services."""
        return lambda: timezone.now() + timedelta(**period)


@pytest.fixture
def shop(amazon: Simulator, account: SellerAccount) -> Shop:
    return Shop(amazon, account)
