"""The numbers on top, and the problems by reason: each counts exactly the list that it leads to."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from amazon_channel.queries import COUNTED_AT_MOST, count_work
from commerce_orders.admin.problems import count_in_words, count_visible, page_address, visible_sources
from project.counts import format_count


@dataclass(frozen=True, slots=True)
class Tile:
    """One number with the list that it counts; ``tone`` is "", "watch" or "alarm"."""

    title: str
    count: int
    note: str
    link: str
    tone: str = ""

    @property
    def number(self) -> str:
        """As the reader writes it; "10,000+" where no more were counted."""
        return format_count(self.count) + ("+" if self.count >= COUNTED_AT_MOST else "")


@dataclass(frozen=True, slots=True)
class ReasonLink:
    label: str
    number: str
    link: str


def order_tiles(now: datetime) -> list[Tile]:
    """For those who may see orders."""
    counts = count_work(now)
    orders = reverse("admin:amazon_channel_amazonorder_changelist")

    def tile(work: str, title: str, note: str, tone: str = "") -> Tile:
        return Tile(title, counts[work], note, f"{orders}?work={work}", tone if counts[work] else "")

    return [
        tile("late", _("Late"), _("Ship-by date has passed"), "alarm"),
        tile("today", _("To ship today"), _("Ship-by date is today, in the account's time zone"), "watch"),
        tile("at_risk", _("At risk"), _("Due within a day: account lags, or Amazon has no tracking number"), "alarm"),
        tile("to_ship", _("To ship in all"), _("Fulfilled by you")),
        # These are on no list: Amazon has not verified the payment yet.
        Tile(_("Pending at Amazon"), counts["pending"], _("Listed once Amazon has verified them"), ""),
    ]


def reason_links(request: HttpRequest) -> list[ReasonLink]:
    """What needs a person and may be seen by the reader, most urgent first."""
    counts = count_visible(request)
    return [
        ReasonLink(str(label), count_in_words(counts[code]), page_address(code))
        for source in visible_sources(request.user)
        for code, label in source.reasons().items()
        if counts[code]
    ]
