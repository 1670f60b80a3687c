"""What the completeness pages give out as CSV or XLSX: the accounts, and of one its days and its differences."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from amazon_channel.admin.completeness import count_differences, differences_of, outcome_of
from amazon_channel.models import OrderDifference, ReconciledDay, SellerAccount
from project.export import ExportColumn, moment, send_export, stored
from project.portions import walk
from project.spreadsheets import moment_text


def _sum(name: str) -> Callable[[Any], Any]:
    """Nothing, rather than 0, before the first comparison."""
    return lambda account: getattr(account.completeness, name) if account.completeness.latest else ""


def _compared_at(account: Any) -> str:
    return moment_text(account.completeness.compared_at, account.time_zone)


ACCOUNT_COLUMNS = (
    *stored(SellerAccount, "name"),
    ExportColumn(gettext_lazy("Status"), lambda account: account.completeness.standing(timezone.now())[0]),
    ExportColumn(gettext_lazy("Amazon lists (last seven days)"), _sum("amazon")),
    ExportColumn(gettext_lazy("We hold (last seven days)"), _sum("held")),
    ExportColumn(gettext_lazy("Last compared"), _compared_at),
)
DAY_COLUMNS = (
    ExportColumn(gettext_lazy("Day"), lambda row: row.day),
    ExportColumn(gettext_lazy("Amazon lists"), lambda row: row.amazon),
    ExportColumn(gettext_lazy("We hold"), lambda row: row.held),
    ExportColumn(gettext_lazy("Differences"), lambda row: row.found),
)


def _difference_columns(zone: str) -> tuple[ExportColumn, ...]:
    return (
        *stored(OrderDifference, "amazon_order_id"),
        ExportColumn(_("Day"), lambda difference: difference.day),
        ExportColumn(pgettext("kind", "What"), OrderDifference.get_kind_display),
        moment(_("Amazon's version"), "amazon_version", zone),
        moment(_("Our version"), "stored_version", zone),
        ExportColumn(_("Outcome"), lambda difference: outcome_of(difference)[0]),
        ExportColumn(_("Reason"), OrderDifference.get_reason_display),
        moment(_("Found"), "found_at", zone),
    )


def export_days(request: HttpRequest, account: SellerAccount, *, format: str) -> HttpResponseBase:
    days = ReconciledDay.objects.filter(account=account)
    return send_export(
        request,
        format=format,
        name=_("Completeness of %(account)s") % {"account": account.name},
        columns=DAY_COLUMNS,
        rows=_walk_days(account, days),
        counted=[days],
        list_address=_page(account),
    )


def export_differences(
    request: HttpRequest, account: SellerAccount, day: date | None, *, format: str
) -> HttpResponseBase:
    differences = differences_of(account, day)
    return send_export(
        request,
        format=format,
        name=f"{_('Differences')} {account.name}",
        columns=_difference_columns(account.time_zone),
        rows=(difference for some in walk(differences) for difference in some),
        counted=[differences],
        list_address=_page(account),
    )


def _walk_days(account: SellerAccount, days: QuerySet[ReconciledDay]) -> Iterator[Any]:
    for some in walk(days, by=["-day"]):
        found = count_differences(account, [row.day for row in some])
        for row in some:
            row.found = found.get(row.day, 0)
            yield row


def _page(account: SellerAccount) -> str:
    return reverse("admin:amazon_channel_reconciliation_account", args=[account.pk])
