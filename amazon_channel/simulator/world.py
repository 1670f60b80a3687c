"""The truth: sellers, their orders, and what has been decided but has not happened yet."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from . import statuses
from .clock import Clock
from .factory import OrderFactory
from .listing import Listing
from .merge_patch import merge
from .new_orders import NewOrders
from .orders import Order
from .sellers import DEFAULT_SELLER, Seller
from .timestamps import read_timestamp, write_timestamp
from .transitions import Package, ship_package

Json = dict[str, Any]
_MILLISECOND = timedelta(milliseconds=1)


class World:
    def __init__(self, seed: int, clock: Clock) -> None:
        self.clock = clock
        self.random = Random(seed)
        self.sellers: dict[str, Seller] = {DEFAULT_SELLER: Seller()}
        self._factory = OrderFactory(self.random)
        self._orders: dict[tuple[str, str], Order] = {}
        self._by_creation: dict[str, Listing] = {}
        self._by_update: dict[str, Listing] = {}
        self._due: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._decided = 0
        self._changed: dict[Order, None] = {}

    def __len__(self) -> int:
        return len(self._orders)

    def orders(self) -> Iterator[Order]:
        """Every order, oldest creation first."""
        return iter(self._orders.values())

    def find(self, order_id: str, seller: str | None = None) -> Order | None:
        """That seller's order of this id; without a seller, the first seller's who has one."""
        for owner in (seller,) if seller else self.sellers:
            if order := self._orders.get((owner, order_id)):
                return order
        return None

    def listing(self, seller: str, *, by_creation: bool) -> Listing:
        listings = self._by_creation if by_creation else self._by_update
        return listings.setdefault(seller, Listing())

    def create(self, new: NewOrders) -> list[Order]:
        """Add orders. All of one call share their time of creation. ValueError for an unknown seller."""
        seller = self.sellers.get(new.seller)
        if seller is None:
            raise ValueError(f"unknown seller {new.seller!r}")
        created_at = new.created_at or self.clock.stamp()
        orders = [self._build(new, seller, created_at) for _ in range(new.count)]
        self.listing(seller.id, by_creation=True).add_many((order.created_at, order) for order in orders)
        self.listing(seller.id, by_creation=False).add_many((order.last_updated_at, order) for order in orders)
        for order in orders:
            self._expect_details(order)
        return orders

    def take_back(self, order: Order) -> None:
        """An order from before, as it was then; what had been decided still happens."""
        order.sequence = len(self._orders)
        self._orders[order.seller, order.id] = order
        self.listing(order.seller, by_creation=True).add(order.created_at, order)
        self.listing(order.seller, by_creation=False).add(order.last_updated_at, order)
        self._expect_details(order)
        for package in order.awaiting:
            self._expect_package(order, package)

    def change(self, order: Order, document: Json, what: str, *, bump: bool = True, at: datetime | None = None) -> None:
        """Store a changed document; with `bump` lastUpdatedTime moves, to `at` or to now."""
        if bump or at is not None:
            moment = at or self.clock.stamp()
            self.listing(order.seller, by_creation=False).move(order.last_updated_at, moment, order)
            order.last_updated_at = moment
            if isinstance(document, dict) and "lastUpdatedTime" in document:
                document["lastUpdatedTime"] = write_timestamp(moment)
        order.replace_document(document)
        self.note(order, at or self.clock.now(), what)

    def accept(self, order: Order, package: Package, delay: timedelta) -> None:
        """Take a confirmed package whose effect comes after `delay`."""
        known = {waiting.reference for waiting in order.awaiting} | _references(order)
        if package.reference in known:
            order.edits[package.reference] = order.edits.get(package.reference, 0) + 1
        package = replace(package, in_effect_at=self.clock.now() + delay)
        order.awaiting.append(package)
        self.note(order, self.clock.now(), f"confirmation of package {package.reference} accepted")
        self._expect_package(order, package)
        self.settle()

    def note(self, order: Order, at: datetime, what: str) -> None:
        """Write into the order's history what has just been done to it."""
        order.record(at, what)
        self._changed[order] = None

    def take_changed(self) -> list[Order]:
        """The orders that changed since this was asked last."""
        changed = list(self._changed)
        self._changed.clear()
        return changed

    def after(self, moment: datetime, effect: Callable[[datetime], None]) -> None:
        """Let `effect` happen when the clock has got to `moment`; it is told which moment that was."""
        self._decided += 1
        heapq.heappush(self._due, (moment, self._decided, effect))

    def settle(self) -> None:
        """Let everything that is due happen, in the order of its time."""
        while self._due and self._due[0][0] <= self.clock.now():
            moment, _, effect = heapq.heappop(self._due)
            effect(moment)

    def _build(self, new: NewOrders, seller: Seller, created_at: datetime) -> Order:
        document: Json = {}
        if not new.exact:
            document = self._factory.build(new.wish, seller.marketplace_ids, created_at)
        while not new.exact and (seller.id, document["orderId"]) in self._orders:
            document = self._factory.build(new.wish, seller.marketplace_ids, created_at)
        if new.updated_at is not None:
            document["lastUpdatedTime"] = write_timestamp(new.updated_at)
        if new.order is not None:
            document = merge(document, new.order)
        order = Order(
            id=str(document.get("orderId")),
            seller=seller.id,
            sequence=len(self._orders),
            created_at=_moment(document.get("createdTime"), created_at),
            last_updated_at=_moment(document.get("lastUpdatedTime"), created_at),
            packed="",
            visible_at=new.visible_at,
            listed=new.listed,
            details_at=new.details_at,
            details_bump=new.details_bump,
        )
        if (seller.id, order.id) in self._orders:
            raise ValueError(f"there is an order {order.id} already")
        order.replace_document(document)
        self.note(order, self.clock.now(), "created")
        self._orders[seller.id, order.id] = order
        return order

    def _expect_details(self, order: Order) -> None:
        if order.details_at is not None and order.details_bump:
            self.after(order.details_at, partial(self._details_appear, order))

    def _expect_package(self, order: Order, package: Package) -> None:
        assert package.in_effect_at is not None
        self.after(package.in_effect_at, partial(self._take_effect, order, package))

    def _details_appear(self, order: Order, moment: datetime) -> None:
        if order.details_at is not None:
            order.details_at = None
            self.change(order, order.document, "details revealed", at=self._update_time(order, moment))

    def _update_time(self, order: Order, moment: datetime) -> datetime:
        """`moment`, unless the order has been updated since: every update has a later time than the one before."""
        later = max(moment, order.last_updated_at + _MILLISECOND)
        return later if later <= self.clock.now() else self.clock.stamp()

    def _take_effect(self, order: Order, package: Package, moment: datetime) -> None:
        order.awaiting.remove(package)
        if order.status == statuses.CANCELLED:
            self.note(order, self.clock.now(), f"confirmation of package {package.reference} dropped: cancelled")
            return
        document = order.document
        at = self._update_time(order, moment)
        try:
            ship_package(document, package, at)
        except (KeyError, TypeError, AttributeError) as error:  # a test has spoilt the order meanwhile
            self.note(order, at, f"confirmation of package {package.reference} dropped: {error!r}")
            return
        self.change(order, document, f"package {package.reference} confirmed", at=at)


def _references(order: Order) -> set[str]:
    return {package.get("packageReferenceId") for package in order.document.get("packages", [])}


def _moment(text: object, otherwise: datetime) -> datetime:
    try:
        return read_timestamp(text)
    except ValueError:
        return otherwise
