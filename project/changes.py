"""Who changed the set-up, from where it is written down: our own record and Django's log."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from heapq import merge
from operator import attrgetter
from typing import Any, NamedTuple, Self

from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext

from amazon_channel.models import OrderSettings, SellerAccount
from commerce_orders.models import ApiToken, Product, SkuAlias, WebhookEndpoint
from commerce_orders.presentation.changes import ChangeWords, describe_changes
from project.listing import key_in
from project.models import Area, AuditEntry
from project.portions import walk

MODELS: dict[str, type[Model]] = {
    Area.SETTINGS: OrderSettings,
    Area.ACCOUNT: SellerAccount,
    Area.TOKEN: ApiToken,
    Area.PRODUCT: Product,
    Area.WEBHOOK: WebhookEndpoint,
    Area.USER: User,
}
# What Django's own log says, by area; of the others our own record says more.
LOGGED: dict[str, tuple[type[Model], ...]] = {Area.PRODUCT: (Product, SkuAlias), Area.USER: (User, Group)}
RECORDED_BY_US = (OrderSettings, SellerAccount, ApiToken)
ACTIONS = {ADDITION: AuditEntry.Action.ADDED, DELETION: AuditEntry.Action.REMOVED}


class Record(IntEnum):
    """Who wrote a change down; of the same moment, Django's are the earlier ones."""

    LOGGED = 0
    RECORDED = 1


class Place(NamedTuple):
    """Where a change stands among all: of one moment there may be many."""

    at: datetime
    record: Record
    key: int

    @classmethod
    def read(cls, text: str) -> Self | None:
        """From its ``address``; ``None`` for what is none, or none that every database takes."""
        moment, _, rest = text.partition("~")
        record, _, digits = rest.partition("~")
        key = key_in(digits)
        try:
            at = parse_datetime(moment)
            return cls(at.astimezone(UTC), Record[record], key) if at and at.tzinfo and key is not None else None
        except (KeyError, ValueError, OverflowError):
            return None

    @property
    def address(self) -> str:
        return f"{self.at.isoformat()}~{self.record.name}~{self.key}"

    def earlier(self, record: Record, at: str) -> Q:
        """What of ``record`` stands below, by its column ``at``; the first condition is what an index can begin at."""
        if record > self.record:
            return Q(**{f"{at}__lt": self.at})
        if record < self.record:
            return Q(**{f"{at}__lte": self.at})
        return Q(**{f"{at}__lte": self.at}) & (Q(**{f"{at}__lt": self.at}) | Q(pk__lt=self.key))


@dataclass(frozen=True, slots=True)
class Change:
    """One change, whoever wrote it down."""

    place: Place
    actor: str
    area: str
    action: str
    subject: str
    changes: list[ChangeWords]
    words: str = ""

    @property
    def at(self) -> datetime:
        return self.place.at


def find_changes(*, area: str, who: str, before: Place | None, limit: int) -> list[Change]:
    """The newest first; two statements, each by an index on time or key."""
    recorded, logged = recorded_changes(area=area, who=who), logged_changes(area=area, who=who)
    if before:
        recorded = recorded.filter(before.earlier(Record.RECORDED, "at"))
        logged = logged.filter(before.earlier(Record.LOGGED, "action_time"))
    found = [*map(_as_recorded, recorded[:limit]), *map(_as_logged, logged[:limit])]
    return sorted(found, key=attrgetter("place"), reverse=True)[:limit]


def walk_changes(*, area: str, who: str) -> Iterator[Change]:
    """All of them, the newest first, each place read by its key, which is by time but for what came at once."""
    recorded = (_as_recorded(entry) for some in walk(recorded_changes(area=area, who=who)) for entry in some)
    logged = (_as_logged(entry) for some in walk(logged_changes(area=area, who=who)) for entry in some)
    return merge(recorded, logged, key=attrgetter("at"), reverse=True)


def recorded_changes(*, area: str, who: str) -> QuerySet[AuditEntry]:
    entries = AuditEntry.objects.all()
    entries = entries.filter(area=area) if area else entries
    return entries.filter(actor=who) if who else entries


def logged_changes(*, area: str, who: str) -> QuerySet[LogEntry]:
    """In the order of their keys, as they came."""
    if area and area not in LOGGED:
        return LogEntry.objects.none()
    kinds = ContentType.objects.get_for_models(*(LOGGED[area] if area else RECORDED_BY_US)).values()
    entries = LogEntry.objects.select_related("user", "content_type").order_by("-pk")
    entries = entries.filter(content_type__in=kinds) if area else entries.exclude(content_type__in=kinds)
    return entries.filter(user__username=who) if who else entries


def _as_recorded(entry: AuditEntry) -> Change:
    return Change(
        place=Place(entry.at, Record.RECORDED, entry.pk),
        actor=entry.actor,
        area=entry.get_area_display(),
        action=entry.get_action_display(),
        subject=entry.subject,
        changes=describe_changes(MODELS[entry.area], entry.changes),
    )


def _as_logged(entry: LogEntry) -> Change:
    return Change(
        place=Place(entry.action_time, Record.LOGGED, entry.pk),
        actor=entry.user.get_username(),
        area=_kind(entry),
        action=str(ACTIONS.get(entry.action_flag, AuditEntry.Action.CHANGED).label),
        subject=entry.object_repr,
        changes=[],
        words=_words(entry) if entry.action_flag not in ACTIONS else "",
    )


def _words(entry: LogEntry) -> str:
    """In the reader's language: Django's own are translated by it, and ours are kept in English."""
    words = entry.get_change_message()
    return gettext(words) if words else ""


def _kind(entry: LogEntry) -> str:
    model: Any = entry.content_type.model_class() if entry.content_type else None
    area = next((area for area, models in LOGGED.items() if model in models), None)
    if area is not None:
        return str(Area(area).label)
    return str(model._meta.verbose_name_plural).capitalize() if model else "–"
