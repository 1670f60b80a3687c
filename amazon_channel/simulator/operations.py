"""The SP-API operations and the token request: from a call to a reply."""

import json
import re
from datetime import timedelta
from typing import Any

from . import rejections
from .buckets import Buckets
from .calls import Call
from .confirmation import check_confirmation, read_confirmation
from .faults import Fault
from .feed_operations import FEED_OPERATIONS, FeedOperations
from .listing import Position
from .marketplaces import MARKETPLACES
from .options import DIRECT_TO_CONSUMER_SHIPPING, INVENTORY_AND_ORDER_TRACKING, Options
from .orders import Order
from .page_tokens import PageTokens
from .presigned import TRANSFERS
from .projection import View, render
from .replies import NO_CONTENT, Reply, json_reply, login_refusal, refusal
from .search import find_page, is_not_yet_visible, is_out_of_reach
from .search_query import read_included_data, read_search
from .sellers import Seller
from .timestamps import write_timestamp
from .tokens import LoginRejection, Logins
from .world import World

_ORDER_ID = re.compile(r"\d{3}-\d{7}-\d{7}")
_SHIPPING_ROLES = {DIRECT_TO_CONSUMER_SHIPPING, INVENTORY_AND_ORDER_TRACKING}


class Operations:
    """What Amazon does on each call."""

    def __init__(self, world: World, options: Options, seed: int) -> None:
        self.options = options
        self.logins = Logins(world.random)
        self.feeding = FeedOperations(world, seed)
        self._world = world
        self._buckets = Buckets()
        self._page_tokens = PageTokens(key=f"page tokens of {seed}".encode())

    def answer(self, call: Call, fault: Fault | None) -> tuple[Reply, str | None]:
        """The reply and the seller it was for. Checks come in Amazon's order: token, rate, role, parameters."""
        now = self._world.clock.now()
        if call.operation == "token":
            return self._login(call), None
        if call.operation in TRANSFERS:
            return self.feeding.transfer(call), None
        seller: Seller | None = None
        try:
            seller = self.logins.seller_of(call.access_token, self._world.sellers, now)
            if not self._buckets.take(seller.id, call.operation, now, self.options.rate_scale):
                raise rejections.QUOTA_EXCEEDED
            if not self._roles(seller):
                raise rejections.NO_ROLE
            return self._perform(call, seller, fault), seller.id
        except rejections.Rejection as rejection:
            return refusal(rejection), seller.id if seller else None

    def _perform(self, call: Call, seller: Seller, fault: Fault | None) -> Reply:
        if call.operation == "searchOrders":
            return self._search(call, seller, fault.kind if fault else "")
        if call.operation == "getOrder":
            return self._get(call, seller)
        if call.operation == "confirmShipment":
            return self._confirm(call, seller)
        if call.operation in FEED_OPERATIONS:
            if not self._roles(seller) & _SHIPPING_ROLES:
                raise rejections.NO_ROLE
            return self.feeding.perform(call, seller, fault, self.options)
        return self._participations(seller)

    def _login(self, call: Call) -> Reply:
        world = self._world
        form = call.body if isinstance(call.body, dict) else {}
        try:
            lifetime = self.options.token_lifetime_seconds
            return json_reply(200, self.logins.grant(form, world.sellers, world.clock.now(), lifetime))
        except LoginRejection as rejection:
            return login_refusal(rejection)

    def _search(self, call: Call, seller: Seller, quirk: str) -> Reply:
        world, now = self._world, self._world.clock.now()
        latest = now - timedelta(seconds=self.options.search_delay_seconds)
        query = read_search(call.query, latest)
        filters = query.filters
        position: Position | None = None
        if query.token:
            lifetime = self.options.page_token_lifetime_seconds
            position = self._page_tokens.read(query.token, filters, now, lifetime)
        listing = world.listing(seller.id, by_creation=filters.by_creation)
        page = find_page(listing, filters, position=position, size=query.page_size, now=now, latest=latest)
        orders, end = page.orders, page.end
        if quirk in {"duplicate_page", "same_token", "empty_page_with_token"}:
            end = position or (filters.after, -1)
        if quirk == "empty_page_with_token":
            orders = []
        if self.options.shuffle_pages:
            orders = world.random.sample(orders, len(orders))
        view = View(query.included, self._roles(seller))
        tail: dict[str, Any] = {}
        if end is not None:
            repeats = quirk == "same_token" and query.token
            tail["pagination"] = {"nextToken": query.token if repeats else self._page_tokens.write(filters, end, now)}
        bound = "createdBefore" if filters.by_creation else "lastUpdatedBefore"
        tail[bound] = write_timestamp(filters.before or latest)
        rows = b",".join([render(order, view, now) for order in orders])
        return Reply(200, b'{"orders":[' + rows + b"]," + json.dumps(tail).encode()[1:])

    def _get(self, call: Call, seller: Seller) -> Reply:
        view = View(read_included_data(call.query), self._roles(seller))
        order = self._order(call.order_id, seller)
        return Reply(200, b'{"order":' + render(order, view, self._world.clock.now()) + b"}")

    def _confirm(self, call: Call, seller: Seller) -> Reply:
        if not self._roles(seller) & _SHIPPING_ROLES:
            raise rejections.NO_ROLE
        marketplace_id, package = read_confirmation(call.body)
        order = self._order(call.order_id, seller)
        check_confirmation(
            order,
            marketplace_id,
            package,
            awaiting=order.awaiting,
            max_edits=self.options.max_package_edits,
            now=self._world.clock.now(),
        )
        self._world.accept(order, package, timedelta(seconds=self.options.confirmation_delay_seconds))
        return NO_CONTENT

    def _participations(self, seller: Seller) -> Reply:
        payload = []
        for marketplace in (MARKETPLACES[marketplace_id] for marketplace_id in seller.marketplace_ids):
            payload.append(
                {
                    "marketplace": {
                        "id": marketplace.id,
                        "name": marketplace.name,
                        "countryCode": marketplace.country_code,
                        "defaultCurrencyCode": marketplace.currency,
                        "defaultLanguageCode": marketplace.language,
                        "domainName": f"www.{marketplace.domain}",
                    },
                    "storeName": seller.store_name,
                    "participation": {"isParticipating": True, "hasSuspendedListings": False},
                }
            )
        return json_reply(200, {"payload": payload})

    def _order(self, order_id: str, seller: Seller) -> Order:
        if not _ORDER_ID.fullmatch(order_id):
            raise rejections.WRONG_ORDER_ID
        now = self._world.clock.now()
        order = self._world.find(order_id, seller.id)
        if order is None or is_not_yet_visible(order, now) or is_out_of_reach(order, now):
            raise rejections.NOT_FOUND
        return order

    def _roles(self, seller: Seller) -> frozenset[str]:
        return frozenset(self.options.roles if seller.roles is None else seller.roles)
