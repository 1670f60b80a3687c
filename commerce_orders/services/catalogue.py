"""The catalogue: which product a channel's SKU means, and what happens when that changes."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import IntegerField, QuerySet, Value
from django.utils.translation import gettext as _

from commerce_orders.channels import SalesChannel, installed_channels
from commerce_orders.models import Order, OrderEvent, OrderLine, Product, SkuAlias
from commerce_orders.refusals import Refused
from commerce_orders.services.stock import settle_orders
from commerce_orders.services.transitions import record_events
from commerce_orders.states import EventKind, Reason
from project.bulk import in_portions

ACTOR = "catalogue"  # how events name who did something
LONGEST_SKU = 120
MOST_ON_HAND = 999_999_999
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class ProductRefused(Refused):
    """The catalogue cannot be changed so."""


def find_products(*, channel: str, skus: Collection[str]) -> dict[str, int]:
    """Keys of products by those of a channel's ``skus`` that lead to one: by an alias, or else by our own SKU.

    One statement, and none for no SKU.
    """
    wanted = sorted(sku for sku in set(skus) if sku)
    if not wanted:
        return {}
    own = Product.objects.filter(sku__in=wanted).order_by()
    aliases = SkuAlias.objects.filter(channel=channel, sku__in=wanted).order_by()
    found = own.values_list("sku", "pk", Value(0, IntegerField())).union(
        aliases.values_list("sku", "product_id", Value(1, IntegerField())), all=True
    )
    return {sku: product_id for sku, product_id, _is_alias in sorted(found, key=lambda row: row[2])}


def create_product(*, sku: str, name: str, quantity: int, is_active: bool, now: datetime) -> Product:
    """Add a product; open orders with its SKU get it. Raises ``ProductRefused`` and then changes nothing."""
    sku = _checked_sku(sku)
    _check_quantity(quantity)
    try:
        with skus_getting_products([sku], channels=installed_channels(), now=now):
            return Product.objects.create(
                sku=sku, name=name.strip(), quantity=quantity, is_active=is_active, updated_at=now
            )
    except IntegrityError as error:
        raise ProductRefused(
            "sku_taken", _("There is a product with the SKU %(sku)s already.") % {"sku": sku}, field="sku"
        ) from error


def change_product(
    *, product_id: int, name: str, is_active: bool, quantity: int, quantity_seen: int, now: datetime
) -> list[str]:
    """Set what a person entered; returns the fields that changed.

    ``quantity_seen`` is what was on hand when the person looked: if units have left since, the new figure is refused
    rather than undoing that. Raises ``ProductRefused`` and then changes nothing.
    """
    with transaction.atomic():
        product = Product.objects.select_for_update(no_key=True).get(pk=product_id)
        values = {"name": name.strip(), "is_active": is_active}
        if quantity != quantity_seen:
            _check_quantity(quantity)
            if product.quantity != quantity_seen:
                raise ProductRefused(
                    "quantity_changed",
                    _("The quantity on hand is now %(quantity)s, not %(seen)s. Count again.")
                    % {"quantity": product.quantity, "seen": quantity_seen},
                    field="quantity",
                )
            values["quantity"] = quantity
        changed = [field for field, value in values.items() if getattr(product, field) != value]
        if changed:
            for field in changed:
                setattr(product, field, values[field])
            product.updated_at = now
            product.save(update_fields=[*changed, "updated_at"])
    return changed


def add_alias(*, product_id: int, channel: str, sku: str, now: datetime) -> SkuAlias:
    """Let a channel's SKU mean this product; open orders with it get the product.

    Raises ``ProductRefused`` and then changes nothing.
    """
    sku = _checked_sku(sku)
    try:
        with skus_getting_products([sku], channels=_channels_named(channel), now=now):
            return SkuAlias.objects.create(product_id=product_id, channel=channel, sku=sku)
    except IntegrityError as error:
        taken = SkuAlias.objects.select_related("product").get(channel=channel, sku=sku)
        raise ProductRefused(
            "alias_taken",
            _("%(sku)s means the product %(product)s already. Remove that alias first.")
            % {"sku": sku, "product": taken.product.sku},
            field="sku",
        ) from error


def remove_alias(*, alias_id: int, now: datetime) -> None:
    """Take an alias back.

    Lines of open orders with this SKU of which nothing has left lose the product, and what they had reserved.
    """
    alias = SkuAlias.objects.get(pk=alias_id)
    with skus_getting_products([alias.sku], channels=_channels_named(alias.channel), now=now):
        alias.delete()
        mistaken = OrderLine.objects.filter(
            product_id=alias.product_id, sku=alias.sku, quantity_shipped=0, order__channel=alias.channel
        )
        for order_ids in in_portions(_lock_open_orders([mistaken])):
            mistaken.filter(order__in=order_ids).update(product=None)
            settle_orders(order_ids, now=now)


@contextmanager
def skus_getting_products(skus: Sequence[str], *, channels: Sequence[SalesChannel], now: datetime) -> Iterator[None]:
    """A transaction in which these SKUs come to have a product.

    The channels hear of it first, before any row is locked here that they may wait for; in the end unmatched lines of
    open orders get their products.
    """
    with transaction.atomic():
        for channel in channels:
            channel.catalogue_changed(skus=skus, now=now)
        yield
        _match_lines(skus, channels=channels, now=now)


def _match_lines(skus: Sequence[str], *, channels: Sequence[SalesChannel], now: datetime) -> None:
    products: dict[tuple[str, str], int] = {}
    unmatched = OrderLine.objects.filter(product=None)
    meant = []
    for channel in channels:
        for some in in_portions(skus):
            found = find_products(channel=channel.code, skus=some)
            products |= {(channel.code, sku): product_id for sku, product_id in found.items()}
            meant.append(unmatched.filter(sku__in=found, order__channel=channel.code))
    for order_ids in in_portions(_lock_open_orders(meant)):
        lines = []
        for line in unmatched.filter(order__in=order_ids).select_related("order"):
            if product_id := products.get((line.order.channel, line.sku)):
                line.product_id = product_id
                lines.append(line)
        OrderLine.objects.bulk_update(lines, ["product"])
        settle_orders(order_ids, now=now)
        orders = {line.order_id: line.order for line in lines}
        events = [
            OrderEvent(order=order, at=now, kind=EventKind.CHANGED, actor=ACTOR, reason=Reason.MATCHED)
            for order in orders.values()
        ]
        record_events(list(orders.values()), events, now=now)


def _lock_open_orders(lines: Iterable[QuerySet[OrderLine]]) -> list[int]:
    """Keys of the open orders of ``lines``, all of them locked before anything is done to one."""
    wanted: set[int] = set()
    for each in lines:
        wanted.update(each.filter(order__closed_at=None).order_by().values_list("order_id", flat=True))
    locked: list[int] = []
    for some in in_portions(sorted(wanted)):
        locked += Order.objects.filter(pk__in=some, closed_at=None).locked().values_list("pk", flat=True)
    return locked


def _channels_named(code: str) -> list[SalesChannel]:
    channels = [channel for channel in installed_channels() if channel.code == code]
    if not channels:
        raise ProductRefused(
            "channel_unknown",
            _("There is no sales channel %(channel)s. Choose from: %(allowed)s.")
            % {"channel": code, "allowed": ", ".join(channel.code for channel in installed_channels())},
            field="channel",
        )
    return channels


def _checked_sku(sku: str) -> str:
    sku = sku.strip()
    if not 0 < len(sku) <= LONGEST_SKU or CONTROL_CHARACTERS.search(sku):
        raise ProductRefused(
            "sku_invalid",
            _("A SKU has 1 to %(longest)s characters and no line breaks.") % {"longest": LONGEST_SKU},
            field="sku",
        )
    return sku


def _check_quantity(quantity: int) -> None:
    if not 0 <= quantity <= MOST_ON_HAND:
        raise ProductRefused(
            "quantity_invalid",
            _("The quantity on hand must be a whole number from 0 to %(most)s.") % {"most": MOST_ON_HAND},
            field="quantity",
        )
