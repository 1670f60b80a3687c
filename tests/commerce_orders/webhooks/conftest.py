from collections.abc import Iterator
from datetime import timedelta

import pytest

from commerce_orders.services.webhooks import sending
from tests.commerce_orders.webhooks.receivers import Receiver, receiving


@pytest.fixture(autouse=True)
def loopback_is_allowed(settings: pytest.FixtureRequest) -> None:
    settings.WEBHOOK_PRIVATE_HOSTS = ["127.0.0.1"]  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def no_answer_is_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may take a second for what no test means to be slow."""
    monkeypatch.setattr(sending, "SLOW", timedelta(minutes=1))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running
