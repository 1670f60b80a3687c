"""One page of who changed the set-up: settings, accounts, tokens, products, users."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from amazon_channel.models import OrderSettings, SellerAccount
from commerce_orders.models import ApiToken, Product, SkuAlias, WebhookEndpoint
from commerce_orders.presentation.changes import ChangeWords, describe_changes
from project.models import Area, AuditEntry

SHOWN = 50
VIEW = "project.view_auditentry"
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


@dataclass(frozen=True, slots=True)
class Row:
    """One change, whoever wrote it down."""

    at: datetime
    actor: str
    area: str
    action: str
    subject: str
    changes: list[ChangeWords]
    words: str = ""


def show_changes(request: HttpRequest) -> HttpResponse:
    """The newest first; ``before`` leads on, ``area`` and ``who`` narrow it."""
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    area = request.GET.get("area", "")
    area = area if area in Area.values else ""
    who, before = (
        request.GET.get("who", "").replace("\0", "").strip()[:150],
        _read_moment(request.GET.get("before", "")),
    )
    rows = find_changes(area=area, who=who, before=before)
    shown = rows[:SHOWN]
    return TemplateResponse(
        request,
        "admin/changes.html",
        admin.site.each_context(request)
        | {
            "title": _("Changes of the set-up"),
            "rows": shown,
            "tabs": [
                (label, _address(area=value, who=who), value == area)
                for value, label in [("", _("All")), *Area.choices]
            ],
            "area": area,
            "who": who,
            "is_narrowed": bool(area or who or before),
            "earlier": _address(area=area, who=who, before=shown[-1].at.isoformat()) if len(rows) > SHOWN else "",
        },
    )


def find_changes(*, area: str, who: str, before: datetime | None) -> list[Row]:
    """At most one more than ``SHOWN``; two statements, each by an index on time or key."""
    rows = [*_recorded(area, who, before), *_logged(area, who, before)]
    return sorted(rows, key=attrgetter("at"), reverse=True)[: SHOWN + 1]


def _recorded(area: str, who: str, before: datetime | None) -> Iterator[Row]:
    entries = AuditEntry.objects.all()
    entries = entries.filter(area=area) if area else entries
    entries = entries.filter(actor=who) if who else entries
    entries = entries.filter(at__lt=before) if before else entries
    for entry in entries[: SHOWN + 1]:
        yield Row(
            at=entry.at,
            actor=entry.actor,
            area=entry.get_area_display(),
            action=entry.get_action_display(),
            subject=entry.subject,
            changes=describe_changes(MODELS[entry.area], entry.changes),
        )


def _logged(area: str, who: str, before: datetime | None) -> Iterator[Row]:
    if area and area not in LOGGED:
        return
    kinds: Mapping[Any, ContentType] = ContentType.objects.get_for_models(*(LOGGED[area] if area else RECORDED_BY_US))
    entries = LogEntry.objects.select_related("user", "content_type").order_by("-pk")  # as they came, which is by time
    entries = (
        entries.filter(content_type__in=kinds.values()) if area else entries.exclude(content_type__in=kinds.values())
    )
    entries = entries.filter(user__username=who) if who else entries
    entries = entries.filter(action_time__lt=before) if before else entries
    for entry in entries[: SHOWN + 1]:
        yield Row(
            at=entry.action_time,
            actor=entry.user.get_username(),
            area=_kind(entry),
            action=str(ACTIONS.get(entry.action_flag, AuditEntry.Action.CHANGED).label),
            subject=entry.object_repr,
            changes=[],
            words=entry.get_change_message() if entry.action_flag not in ACTIONS else "",
        )


def _kind(entry: LogEntry) -> str:
    model = entry.content_type.model_class() if entry.content_type else None
    area = next((area for area, models in LOGGED.items() if model in models), None)
    if area is not None:
        return str(Area(area).label)
    return str(model._meta.verbose_name_plural).capitalize() if model else "–"


def _address(**asked: str) -> str:
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in asked.items() if value})
    return f"?{query.urlencode()}"


def _read_moment(text: str) -> datetime | None:
    """A time of the address; ``None`` where it is none, or none that every database takes."""
    try:
        moment = parse_datetime(text)
        return moment.astimezone(UTC) if moment and moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
