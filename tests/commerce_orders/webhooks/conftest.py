from collections.abc import Iterator

import pytest

from tests.commerce_orders.webhooks.receivers import Receiver, receiving


@pytest.fixture(autouse=True)
def loopback_is_allowed(settings: pytest.FixtureRequest) -> None:
    settings.WEBHOOK_PRIVATE_HOSTS = ["127.0.0.1"]  # type: ignore[attr-defined]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running
