"""One simulator over real HTTP for the whole run, back at its start before every test, its clock standing still."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from amazon_channel.simulator import CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN, Simulator
from amazon_channel.simulator.running import RunningSimulator, running_simulator

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
SEARCH = "/orders/2026-01-01/orders"
EVERYTHING = "BUYER,RECIPIENT,FULFILLMENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,PACKAGES,TAX,PAYMENT"


@dataclass
class Caller:
    """A client of the simulated Amazon, logged in as the demo seller."""

    http: httpx.Client
    simulator: Simulator
    headers: dict[str, str] = field(default_factory=dict)

    def log_in(self, **form: str) -> httpx.Response:
        whole = {
            "grant_type": "refresh_token",
            "refresh_token": REFRESH_TOKEN,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        }
        response = self.http.post("/auth/o2/token", data=whole | form)
        if response.status_code == 200:
            self.headers = {"x-amz-access-token": response.json()["access_token"]}
        return response

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        return self.http.get(path, params=parameters, headers=self.headers)

    def search(self, **parameters: Any) -> httpx.Response:
        if not {"createdAfter", "lastUpdatedAfter"} & set(parameters):
            parameters["lastUpdatedAfter"] = "2026-01-01T00:00:00Z"
        return self.get(SEARCH, **parameters)

    def search_ids(self, **parameters: Any) -> list[str]:
        response = self.search(**parameters)
        assert response.status_code == 200, response.text
        return [order["orderId"] for order in response.json()["orders"]]

    def pages(self, **parameters: Any) -> list[dict[str, Any]]:
        pages = [self.search(**parameters).json()]
        while token := pages[-1].get("pagination", {}).get("nextToken"):
            pages.append(self.search(**parameters, paginationToken=token).json())
        return pages

    def order(self, order_id: str, included: str = EVERYTHING) -> dict[str, Any]:
        response = self.get(f"{SEARCH}/{order_id}", includedData=included)
        assert response.status_code == 200, response.text
        return response.json()["order"]

    def confirm(self, order_id: str, body: Any) -> httpx.Response:
        return self.http.post(f"/orders/v0/orders/{order_id}/shipmentConfirmation", json=body, headers=self.headers)


@pytest.fixture(scope="session")
def amazon() -> Iterator[RunningSimulator]:
    with running_simulator(
        now=NOON, rate_scale=0, search_delay_seconds=0, confirmation_delay_seconds=0, feed_delay_seconds=0
    ) as running:
        yield running


@pytest.fixture
def simulator(amazon: RunningSimulator) -> Simulator:
    amazon.simulator.reset(seed=1)
    return amazon.simulator


@pytest.fixture(scope="session")
def http(amazon: RunningSimulator) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=amazon.url) as client:
        yield client


@pytest.fixture
def caller(http: httpx.Client, simulator: Simulator) -> Caller:
    caller = Caller(http, simulator)
    caller.log_in()
    simulator.clear_log()
    return caller
