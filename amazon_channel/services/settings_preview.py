"""What order settings would do, before they are saved: to the merchant's own last orders, and to those that wait.

Nothing is written. The decisions are those of ``mapping.drafts``, by which orders are taken in.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from amazon_channel import states
from amazon_channel.mapping.drafts import Held, Outcome, Waiting, make_draft
from amazon_channel.mapping.orders import OrderReading, Version, read_order
from amazon_channel.mapping.stock import stock_claims
from amazon_channel.models import AmazonOrder, AmazonOrderItem, OrderSettings, SellerAccount
from amazon_channel.models.orders import AmazonOrderQuerySet
from amazon_channel.states import Problem
from commerce_orders.services.catalogue import find_products
from commerce_orders.services.drafts import OrderDraft
from commerce_orders.services.intake import find_refusals
from customers.models import PersonalDetails

# So many of the newest orders are looked through for an example; of the others nothing is read.
LOOKED_THROUGH = 300
FORECAST_AT_MOST = 500


class Kind(StrEnum):
    """What an example is to show."""

    OWN = "own"  # shipped by the merchant
    FBA = "fba"  # shipped by Amazon
    PENDING = "pending"  # Amazon still verifies the payment
    UNKNOWN_SKU = "unknown_sku"  # an item that no product stands for


@dataclass(frozen=True, slots=True)
class Sample:
    """A stored order, and what deciding about it needs."""

    row: AmazonOrder
    reading: OrderReading
    details: PersonalDetails

    @property
    def country_code(self) -> str:
        return self.details.address.country_code if self.details.address else ""

    def decide(self, settings: OrderSettings, products: Mapping[str, int]) -> Outcome:
        return make_draft(
            self.reading,
            settings=settings,
            contact_id=self.row.contact_id,
            details=self.details,
            products=products,
        )

    def units_reserved(self, settings: OrderSettings, products: Mapping[str, int]) -> int:
        claims = stock_claims(self.reading, settings=settings, products=products) or ()
        return sum(claim.to_ship for claim in claims if claim.product_id)

    def as_it_came(self) -> "Sample":
        """Before anything of it left."""
        items = tuple(replace(item, quantity_shipped=0) for item in self.reading.items)
        return replace(self, reading=replace(self.reading, status=states.UNSHIPPED, items=items, packages=()))


@dataclass(frozen=True, slots=True)
class Examples:
    """The newest fitting order of each kind that has one, and the products of their SKUs."""

    samples: Mapping[Kind, Sample]
    products: Mapping[str, int]

    def decide(self, kind: Kind, settings: OrderSettings) -> Outcome:
        return self.samples[kind].decide(settings, self.products)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What becomes of the orders that wait; ``is_whole`` unless there are more than were looked at."""

    made: int = 0
    held: int = 0
    freed: int = 0
    units_before: int = 0
    units_after: int = 0
    is_whole: bool = True


def settings_with(account: SellerAccount, values: Mapping[str, str], **changes: str) -> OrderSettings:
    """Settings that are not saved, to decide by."""
    return OrderSettings(account=account, **({**values} | changes))


def find_examples(account: SellerAccount) -> Examples:
    """Among the newest orders; a constant number of statements. Orders whose buyer is erased say nothing any more."""
    newest = list(
        AmazonOrder.objects.filter(account=account, contact__erased_at=None)
        .exclude(problem_code__in=states.NOT_MIRRORED)
        .order_by("-purchased_at", "-pk")
        .values_list("pk", "status", "fulfilled_by")[:LOOKED_THROUGH]
    )
    own = [pk for pk, status, by in newest if by == states.MERCHANT and status in states.VERIFIED]
    chosen: dict[Kind, int] = {}
    if own:
        chosen[Kind.OWN] = own[0]
    for pk, status, by in newest:
        if by == states.AMAZON and status == states.SHIPPED:
            chosen.setdefault(Kind.FBA, pk)
        elif by == states.MERCHANT and status in states.HELD_BY_AMAZON:
            chosen.setdefault(Kind.PENDING, pk)
    items = AmazonOrderItem.objects.filter(order__in=own).order_by("-order_id")
    skus_of: dict[int, set[str]] = {}
    for order_id, sku in items.values_list("order_id", "sku"):
        skus_of.setdefault(order_id, set()).add(sku)
    known = find_products(channel=states.CHANNEL, skus={sku for skus in skus_of.values() for sku in skus})
    unknown = next((pk for pk in own if skus_of.get(pk, set()) - known.keys()), None)
    if unknown is not None:
        chosen[Kind.UNKNOWN_SKU] = unknown
    samples = {sample.row.pk: sample for sample in _samples(AmazonOrder.objects.filter(pk__in=chosen.values()))}
    found = {kind: samples[pk] for kind, pk in chosen.items() if pk in samples}
    for kind in (Kind.OWN, Kind.UNKNOWN_SKU):
        if kind in found:
            found[kind] = found[kind].as_it_came()
    return Examples(found, _products_of(found.values()))


def forecast_change(*, account: SellerAccount, before: Mapping[str, str], after: Mapping[str, str]) -> Forecast:
    """What saving ``after`` in the place of ``before`` does to orders that wait without a Commerce order.

    The newest ``FORECAST_AT_MOST`` are looked at.
    """
    if dict(before) == dict(after):
        return Forecast()
    waiting = AmazonOrder.objects.filter(account=account).undecided().order_by("-pk")
    samples = list(_samples(waiting[: FORECAST_AT_MOST + 1]))
    is_whole, samples = len(samples) <= FORECAST_AT_MOST, samples[:FORECAST_AT_MOST]
    products = _products_of(samples)
    old, new = settings_with(account, before), settings_with(account, after)
    outcomes = [(sample, sample.decide(new, products)) for sample in samples]
    refused = find_refusals([outcome for _sample, outcome in outcomes if isinstance(outcome, OrderDraft)])
    made = held = freed = 0
    for sample, outcome in outcomes:
        had_problem = sample.row.problem_code != "" and sample.row.problem_code != Problem.DETAILS_MISSING
        if isinstance(outcome, OrderDraft) and outcome.channel_order_id not in refused:
            made += 1
        elif isinstance(outcome, Held | OrderDraft):
            held += not had_problem
        elif not isinstance(outcome, Waiting):
            freed += had_problem
    return Forecast(
        made=made,
        held=held,
        freed=freed,
        units_before=sum(sample.units_reserved(old, products) for sample in samples),
        units_after=sum(sample.units_reserved(new, products) for sample in samples),
        is_whole=is_whole,
    )


def _samples(rows: AmazonOrderQuerySet) -> Iterator[Sample]:
    """Those that can be read."""
    for row in rows.select_related("contact"):
        reading = read_order(row.payload, Version(row.amazon_order_id, row.last_updated_at, row.content_hash))
        if isinstance(reading, OrderReading):
            yield Sample(row, reading, row.contact.details if row.contact else PersonalDetails())


def _products_of(samples: Iterable[Sample]) -> dict[str, int]:
    return find_products(channel=states.CHANNEL, skus={item.sku for sample in samples for item in sample.reading.items})
