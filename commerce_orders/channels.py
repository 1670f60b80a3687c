"""What a sales channel must offer, and the register of those installed.

Commerce orders know nothing of any marketplace: a channel's app registers itself when it is ready, and is asked
through this protocol.
"""

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from commerce_orders.models import Cancellation, Order, Shipment
from commerce_orders.states import ChannelState


@dataclass(frozen=True, slots=True)
class Carrier:
    """A carrier that the channel knows: ``code`` goes to the channel, ``name`` to people."""

    code: str
    name: str


def fold_carrier(spelling: str) -> str:
    """What spellings of one carrier have in common: "U.S.P.S. " and "usps" are the same."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", spelling).casefold() if sign.isalnum())


@dataclass(frozen=True, slots=True)
class CarrierBook:
    """The carriers that a channel takes for an order, most used first, and what else people call them.

    ``spellings`` are by ``fold_carrier``; one of them may be "other" with the name that the channel is to be told.
    ``other`` is the code of a carrier that is not listed, which alone says too little.
    """

    carriers: Sequence[Carrier]
    other: str = ""
    spellings: Mapping[str, Carrier] = field(default_factory=dict)

    def find(self, spelling: str) -> Carrier | None:
        """The carrier that is meant; the channel's own code and name count before any other spelling."""
        folded = fold_carrier(spelling)
        for carrier in self.carriers:
            if carrier.code == spelling:
                return carrier
        for carrier in self.carriers:
            if folded and folded in {fold_carrier(carrier.code), fold_carrier(carrier.name)}:
                return carrier
        return self.spellings.get(folded)


@dataclass(frozen=True, slots=True)
class DocumentStyle:
    """How documents for an order's buyer look. ``page_size`` is ``a4`` or ``letter``, ``logo`` a PNG or nothing."""

    language: str = "en"
    page_size: str = "a4"
    seller: str = ""
    logo: bytes = b""


@dataclass(frozen=True, slots=True)
class ChannelStatus:
    """How far the channel is with one shipment; ``detail`` is the channel's own words when it refused."""

    state: ChannelState
    detail: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class ChannelAccount:
    """An account of ours at a channel. ``reference`` is how orders name it (``channel_account``).

    ``time_zone`` is the IANA name of the clock that its days begin and end by.
    """

    channel: str
    reference: str
    name: str
    store: str
    time_zone: str = "UTC"

    @property
    def key(self) -> str:
        """Names it among those of all channels."""
        return f"{self.channel}:{self.reference}"


@dataclass(frozen=True, slots=True)
class CancelReason:
    """A reason that the channel takes: ``code`` goes to the channel, ``name`` (translated) to people."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class ChannelConflict:
    """What the channel changed after the fact and only a person can settle; ``detail`` and ``advice`` say how."""

    what: str
    detail: str
    advice: str
    since: datetime


@dataclass(frozen=True, slots=True)
class ChannelNote:
    """What staff wrote on the channel's own order, as while there was none here yet."""

    at: datetime
    actor: str
    text: str


class NothingToSettle(Exception):
    """The order has no conflict, or somebody else has settled it; the text says so to staff."""


class SalesChannel(Protocol):
    code: str
    other_carrier: str  # code of "a carrier that is not listed", which needs the carrier's name
    buyers_cancel_reason: str  # code of "the buyer asked for it"
    settle_permission: str  # who may say that a conflict is settled

    @property
    def name(self) -> str:
        """In the reader's language."""

    def carriers(self, order: Order) -> Sequence[Carrier]:
        """The carriers that the channel accepts for this order, most used first."""

    def carrier_books(self, orders: Sequence[Order]) -> dict[int, CarrierBook]:
        """By order id; a constant number of queries."""

    def warnings(self, order: Order) -> Sequence[str]:
        """Translated sentences that staff should read before they ship."""

    def hold(self, order: Order) -> str:
        """Why an order that is ours to ship had better not be shipped now, translated; empty where it may be."""

    def conflict(self, order: Order) -> ChannelConflict | None:
        """What somebody has to settle, if anything."""

    def settle_conflict(self, order: Order, *, actor: str, now: datetime) -> None:
        """Somebody has dealt with the conflict. Raises ``NothingToSettle``."""

    def shipment_recorded(self, *, shipment: Shipment, now: datetime) -> None:
        """Called in the transaction that recorded a shipment of ours."""

    def shipment_corrected(self, *, shipment: Shipment, now: datetime) -> None:
        """Called in the transaction that changed carrier or tracking number of a shipment of ours."""

    def cancel_reasons(self, order: Order) -> Sequence[CancelReason]:
        """Why an order may be canceled, most used first."""

    def cancellation_requested(self, *, cancellation: Cancellation, now: datetime) -> None:
        """Called in the transaction that recorded the request; the channel's answer comes later."""

    def catalogue_changed(self, *, skus: Collection[str], now: datetime) -> None:
        """Called in the transaction in which these SKUs come to have a product, another or none, before it locks any.

        Whatever the channel decides meanwhile by the old catalogue must wait, or be decided again.
        """

    def shipment_statuses(self, shipments: Sequence[Shipment]) -> dict[int, ChannelStatus]:
        """By shipment id; one query."""

    def notes(self, order: Order) -> Sequence[ChannelNote]:
        """Oldest first; one query."""

    def time_zones(self, orders: Sequence[Order]) -> dict[int, str]:
        """IANA name of the clock that each order's sellers live by, by order id; one query."""

    def accounts(self) -> Sequence[ChannelAccount]:
        """Our accounts at the channel, by name; one query."""

    def document_styles(self, orders: Sequence[Order]) -> dict[int, DocumentStyle]:
        """By order id; one query."""

    def order_address(self, order: Order) -> str:
        """Path of the admin page of the channel's own order, or an empty text."""


_channels: dict[str, SalesChannel] = {}


def register(channel: SalesChannel) -> None:
    _channels[channel.code] = channel


def channel_of(order: Order) -> SalesChannel | None:
    """``None`` for an order whose channel is no longer installed."""
    return _channels.get(order.channel)


def by_channel(orders: Iterable[Order]) -> list[tuple[SalesChannel, list[Order]]]:
    """The channels of ``orders``, each with its own; those whose channel is no longer installed are left out."""
    groups: dict[str, list[Order]] = {}
    for order in orders:
        groups.setdefault(order.channel, []).append(order)
    return [(_channels[code], group) for code, group in groups.items() if code in _channels]


def channel_codes() -> list[str]:
    """The codes of the channels installed."""
    return sorted(_channels)


def installed_channels() -> list[SalesChannel]:
    return [_channels[code] for code in channel_codes()]


def channel_accounts() -> list[ChannelAccount]:
    """Our accounts at all channels."""
    return [account for channel in installed_channels() for account in channel.accounts()]
