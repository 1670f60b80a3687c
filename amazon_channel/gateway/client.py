"""The calls to Amazon's Selling Partner API that this product makes; the only door out.

Reads are Orders v2026-01-01; only ``confirmShipment`` is v0, which has no later version.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from sp_api.api.orders.orders_2026_01_01 import OrdersV20260101
from sp_api.api.orders.orders_v0 import OrdersV0
from sp_api.api.sellers.sellers import Sellers
from sp_api.base._transport_httpx import HttpxTransport

from amazon_channel.gateway.connection import http_client
from amazon_channel.gateway.errors import AmazonProtocolError, AmazonTransient
from amazon_channel.gateway.replies import TokenRefused, expect_no_content, rate_of, read_object
from amazon_channel.gateway.tokens import SellerTokens, TokenKeeper
from amazon_channel.marketplaces import ENDPOINTS
from amazon_channel.models.accounts import Credentials
from commerce_orders.wording import wording

ORDERS_PER_PAGE = 100
PAGE_TOKENS_LIVE = timedelta(hours=23)  # Amazon: 24 hours
INCLUDED_DATA = ("BUYER", "RECIPIENT", "FULFILLMENT", "PROCEEDS", "PROMOTION", "CANCELLATION", "PACKAGES", "TAX")
USER_AGENT = "CommerceBackOffice/1.0 (Language=Python)"

RawOrder = dict[str, Any]
Answer = TypeVar("Answer")

read_page = partial(read_object, required="orders")
read_order = partial(read_object, required="order")
read_payload = partial(read_object, required="payload")


@dataclass(frozen=True, slots=True)
class Window:
    """What a search asks for. Frozen over all its pages, as Amazon demands with a pagination token.

    By last change or by creation: Amazon takes exactly one of the two, and ``…_before`` only with its own ``…_after``.
    """

    last_updated_after: datetime | None
    marketplace_ids: tuple[str, ...]
    created_after: datetime | None = None
    created_before: datetime | None = None
    last_updated_before: datetime | None = None

    def __post_init__(self) -> None:
        if (self.last_updated_after is None) == (self.created_after is None):
            raise ValueError("a window is either of changes or of creations")
        if self.created_before is not None and self.created_after is None:
            raise ValueError("created_before belongs to created_after")
        if self.last_updated_before is not None and self.last_updated_after is None:
            raise ValueError("last_updated_before belongs to last_updated_after")

    def as_request(self) -> dict[str, Any]:
        """Parameters of ``searchOrders``, Orders v2026-01-01."""
        bounds = {
            "lastUpdatedAfter": self.last_updated_after,
            "lastUpdatedBefore": self.last_updated_before,
            "createdAfter": self.created_after,
            "createdBefore": self.created_before,
        }
        return {
            **{name: iso(moment) for name, moment in bounds.items() if moment is not None},
            "marketplaceIds": list(self.marketplace_ids),
        }


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One page of a search. ``orders`` are as Amazon sent them and may be anything; ``rate`` is calls a second.

    ``last_updated_before`` or ``created_before`` is the bound up to which Amazon looked.
    """

    orders: Sequence[Any]
    next_token: str | None
    last_updated_before: datetime | None
    rate: float | None
    created_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class PackageConfirmation:
    """What Amazon is told about one package; ``quantities`` is units by Amazon's order item id."""

    amazon_order_id: str
    marketplace_id: str
    package_reference_id: str
    carrier_code: str
    carrier_name: str
    shipping_method: str
    tracking_number: str
    shipped_at: datetime
    quantities: dict[str, int]

    def as_request(self) -> dict[str, Any]:
        """Body of ``confirmShipment``, Orders v0. ``packageReferenceId`` must be a string of digits."""
        package = {
            "packageReferenceId": self.package_reference_id,
            "carrierCode": self.carrier_code,
            "trackingNumber": self.tracking_number,
            "shipDate": iso(self.shipped_at),
            "orderItems": [
                {"orderItemId": item_id, "quantity": quantity} for item_id, quantity in self.quantities.items()
            ],
        }
        if self.carrier_name:
            package["carrierName"] = self.carrier_name
        if self.shipping_method:
            package["shippingMethod"] = self.shipping_method
        return {"marketplaceId": self.marketplace_id, "packageDetail": package}


@dataclass(frozen=True, slots=True)
class Participation:
    marketplace_id: str
    name: str
    is_participating: bool


def iso(moment: datetime) -> str:
    """UTC with a ``Z``: an offset's plus sign would arrive at Amazon as a space."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class SellingPartnerClient(OrdersV20260101, OrdersV0, Sellers):
    """The library's operations on one connection and one token, replies handed on as they are.

    ``OrdersV20260101`` comes first, so that the reads are its own and only ``confirm_shipment`` is v0.
    """

    def __init__(
        self, credentials: Credentials, *, endpoint: str, login_url: str, tokens: TokenKeeper | None = None
    ) -> None:
        # Not the library's: it lets SP_API_DEFAULT_MARKETPLACE override the account and opens two connections.
        self.endpoint = endpoint
        self.marketplace_id = ""
        self.version = None
        self.restricted_data_token = None
        self._auth = SellerTokens(credentials, base_url=login_url, keeper=tokens)
        self._transport = HttpxTransport(client=http_client())

    @property
    def headers(self) -> dict[str, str]:
        # The library cuts eight characters off the address, which is right for https:// only.
        return {**super().headers, "host": urlsplit(self.endpoint).netloc, "user-agent": USER_AGENT}

    def _check_response(self, res: httpx.Response, *_: object) -> httpx.Response:
        return res

    def prepare_token(self) -> None:
        self._auth.prepare()

    def renew_token(self, *, has_expired: bool) -> bool:
        return self._auth.renew(has_expired=has_expired)


class AmazonGateway:
    """Amazon for one seller account. Raises ``AmazonError``s only; counts its calls, token calls left out."""

    def __init__(self, credentials: Credentials, *, region: str, tokens: TokenKeeper | None = None) -> None:
        self._client = SellingPartnerClient(
            credentials,
            endpoint=settings.AMAZON_SP_API_URL or ENDPOINTS[region],
            login_url=settings.AMAZON_LWA_URL,
            tokens=tokens,
        )
        self.calls = 0

    def log_in(self) -> None:
        """Have an access token, without a call to the Selling Partner API."""
        self._client.prepare_token()

    def search_orders(self, window: Window, *, token: str | None = None) -> OrderPage:
        """One page of the orders in ``window``, with all data we use."""
        parameters: dict[str, Any] = {
            **window.as_request(),
            "includedData": list(INCLUDED_DATA),
            "maxResultsPerPage": ORDERS_PER_PAGE,
        }
        if token:
            parameters["paginationToken"] = token
        body, rate = self._call(read_page, self._client.search_orders, **parameters)
        pagination = body.get("pagination") or {}
        if not isinstance(body["orders"], list) or not isinstance(pagination, dict):
            raise AmazonProtocolError("unreadable_reply", wording("Amazon's page of orders is no list"))
        next_token = pagination.get("nextToken") or None
        if next_token is not None and not isinstance(next_token, str):
            raise AmazonProtocolError("unreadable_reply", wording("Amazon's pagination token is no text"))
        return OrderPage(
            orders=body["orders"],
            next_token=next_token,
            last_updated_before=_moment(body.get("lastUpdatedBefore")),
            rate=rate,
            created_before=_moment(body.get("createdBefore")),
        )

    def get_order(self, amazon_order_id: str) -> tuple[RawOrder, float | None]:
        """One order with the same data as in a search, and the rate that Amazon states."""
        body, rate = self._call(read_order, self._client.get_order, amazon_order_id, includedData=list(INCLUDED_DATA))
        if not isinstance(body["order"], dict):
            raise AmazonProtocolError("unreadable_reply", wording("Amazon's order is no object"))
        return body["order"], rate

    def confirm_shipment(self, package: PackageConfirmation) -> float | None:
        """Tell Amazon about a package, or correct one with the same reference; returns the rate.

        Amazon accepts (204) before it acts: a later read shows whether the package is there.
        """
        _, rate = self._call(
            expect_no_content, self._client.confirm_shipment, package.amazon_order_id, **package.as_request()
        )
        return rate

    def marketplace_participations(self) -> list[Participation]:
        """The marketplaces that this seller sells in."""
        body, _ = self._call(read_payload, self._client.get_marketplace_participation)
        try:
            return [
                Participation(
                    marketplace_id=row["marketplace"]["id"],
                    name=row["marketplace"]["name"],
                    is_participating=bool(row["participation"]["isParticipating"]),
                )
                for row in body["payload"]
            ]
        except (TypeError, KeyError) as error:
            raise AmazonProtocolError("unreadable_reply", wording("Amazon's list of marketplaces has gaps")) from error

    def _call(
        self, read: Callable[[httpx.Response], Answer], operation: Any, *arguments: Any, **parameters: Any
    ) -> tuple[Answer, float | None]:
        """Make the call and read its reply; with a token that Amazon does not take, once more with a new one."""
        reply = self._attempt(operation, *arguments, **parameters)
        try:
            return read(reply), rate_of(reply)
        except TokenRefused as refusal:
            if not self._client.renew_token(has_expired=refusal.has_expired):
                raise
        reply = self._attempt(operation, *arguments, **parameters)
        return read(reply), rate_of(reply)

    def _attempt(self, operation: Any, *arguments: Any, **parameters: Any) -> httpx.Response:
        self._client.prepare_token()  # without a token no call is made, nor counted
        self.calls += 1
        try:
            reply: httpx.Response = operation(*arguments, **parameters)
        except httpx.TimeoutException as error:
            raise AmazonTransient("timeout", wording("Amazon did not answer in time")) from error
        except httpx.RequestError as error:
            raise AmazonTransient("unreachable", wording("Amazon cannot be reached")) from error
        return reply


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None
