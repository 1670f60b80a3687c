"""The completeness pages: what Amazon lists and what we hold, of all accounts and of one."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from babel.dates import format_skeleton
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amazon_channel.admin import completeness_export
from amazon_channel.admin.completeness import (
    compare_words,
    completeness_of,
    day_rows,
    differences_of,
    outcome_of,
)
from amazon_channel.admin.pills import RUN_TONES
from amazon_channel.gateway.errors import advice_for
from amazon_channel.models import AmazonOrder, OrderAudit, Reconciliation, SellerAccount
from amazon_channel.services.reconciliation.runs import (
    MOST_DAYS,
    NIGHTLY_DAYS,
    WindowRefused,
    ask_for_reconciliation,
)
from commerce_orders.presentation.pills import Tone, pill
from project.counts import format_count
from project.export import export_links
from project.listing import ViewOnlyAdmin
from project.moments import reader_locale

ACCOUNTS_SHOWN = 50
DAYS_SHOWN = 31
DIFFERENCES_SHOWN = 100
RUNS_SHOWN = 10
VIEW = "amazon_channel.view_syncrun"
START = "amazon_channel.sync_selleraccount"


@admin.register(Reconciliation)
class ReconciliationAdmin(ViewOnlyAdmin):
    export_columns = completeness_export.ACCOUNT_COLUMNS

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "amazon_channel_reconciliation"
        days, differences = view(self.days_view), view(self.differences_view)
        return [
            self.export_path(),
            path("<int:account_id>/days/export.<str:format>", days, name=f"{name}_days_export"),
            path("<int:account_id>/differences/export.<str:format>", differences, name=f"{name}_differences_export"),
            path("", view(self.changelist_view), name=f"{name}_changelist"),
            path("<int:account_id>/", view(self.account_view), name=f"{name}_account"),
            path("<int:account_id>/start/", view(require_POST(self.start_view)), name=f"{name}_start"),
        ]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(VIEW))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def rows_of_list(self, request: HttpRequest) -> QuerySet[SellerAccount]:
        return SellerAccount.objects.defer("encrypted_credentials").order_by("name")

    def prepare_export(self, request: HttpRequest, rows: Sequence[SellerAccount], *, now: datetime) -> None:
        found = completeness_of(rows, now=now)
        for account in rows:
            account.completeness = found[account.pk]  # type: ignore[attr-defined]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        self._require(request, VIEW)
        now = timezone.now()
        accounts = self.rows_of_list(request)
        page = Paginator(accounts, ACCOUNTS_SHOWN).get_page(request.GET.get("page"))
        found = completeness_of(page.object_list, now=now)
        return self.render_page(
            request,
            "admin/amazon_channel/reconciliation/accounts.html",
            title=_("Completeness"),
            page=page,
            now=now,
            rows=[
                {"account": account, "completeness": found[account.pk], "state": found[account.pk].state(now)}
                for account in page.object_list
            ],
            **self.export_context(request),
        )

    def account_view(self, request: HttpRequest, account_id: int) -> HttpResponse:
        self._require(request, VIEW)
        now = timezone.now()
        account = self._find(request, account_id)
        completeness = completeness_of([account], now=now)[account.pk]
        days = day_rows(account, before=_day(request, "before"), shown=DAYS_SHOWN)
        day = _day(request, "day")
        return self.render_page(
            request,
            "admin/amazon_channel/reconciliation/account.html",
            title=_("Completeness of %(account)s") % {"account": account.name},
            account=account,
            zone=account.time_zone,
            now=now,
            state=completeness.state(now),
            progress=completeness.progress(),
            unfinished=completeness.unfinished,
            unfinished_orders=format_count(completeness.unfinished.amazon if completeness.unfinished else 0),
            unfinished_pages=format_count(completeness.unfinished.pages if completeness.unfinished else 0),
            advice=advice_for(completeness.unfinished.error_code) if completeness.unfinished else "",
            latest=completeness.latest,
            still_to_ask_for=OrderAudit.objects.filter(account=account).count(),
            words=compare_words(sum(row["row"].amazon for row in days), sum(row["row"].held for row in days)),
            days=[row | {"words": _day_words(row["row"].day)} for row in days],
            earlier=days[-1]["row"].day if len(days) == DAYS_SHOWN else None,
            day=day,
            day_words=_day_words(day) if day else "",
            differences=_difference_rows(account, day),
            differences_shown=DIFFERENCES_SHOWN,
            runs=[
                (run, pill(run.get_outcome_display(), RUN_TONES.get(run.outcome, Tone.INFO)))  # type: ignore[call-overload]
                for run in Reconciliation.objects.filter(account=account).defer("place")[:RUNS_SHOWN]
            ],
            may_start=request.user.has_perm(START) and account.is_active,
            may_see_orders=request.user.has_perm("amazon_channel.view_amazonorder"),
            day_exports=export_links("admin:amazon_channel_reconciliation_days_export", account_id),
            difference_exports=export_links(
                "admin:amazon_channel_reconciliation_differences_export",
                account_id,
                query=f"day={day}" if day else "",
            ),
            nightly_days=NIGHTLY_DAYS,
            most_days=MOST_DAYS,
        )

    def days_view(self, request: HttpRequest, account_id: int, format: str) -> HttpResponseBase:
        self._require(request, VIEW)
        return completeness_export.export_days(request, self._find(request, account_id), format=format)

    def differences_view(self, request: HttpRequest, account_id: int, format: str) -> HttpResponseBase:
        self._require(request, VIEW)
        account, day = self._find(request, account_id), _day(request, "day")
        return completeness_export.export_differences(request, account, day, format=format)

    def start_view(self, request: HttpRequest, account_id: int) -> HttpResponse:
        self._require(request, START)
        account = get_object_or_404(SellerAccount.objects.active(), pk=account_id)
        text = request.POST.get("days", "")
        try:
            ask_for_reconciliation(
                account=account,
                days=int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 0,
                asked_by=request.user.get_username(),
                now=timezone.now(),
            )
        except WindowRefused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            self.message_user(request, _("Comparing with Amazon now. This page shows the progress."))
        return HttpResponseRedirect(reverse("admin:amazon_channel_reconciliation_account", args=[account_id]))

    def _find(self, request: HttpRequest, account_id: int) -> SellerAccount:
        return get_object_or_404(self.rows_of_list(request), pk=account_id)

    @staticmethod
    def _require(request: HttpRequest, permission: str) -> None:
        if not request.user.has_perm(permission):
            raise PermissionDenied


def _difference_rows(account: SellerAccount, day: date | None) -> list[dict[str, Any]]:
    """The latest differences, of one day if it is given, with the key of each order that we hold."""
    differences = list(differences_of(account, day)[:DIFFERENCES_SHOWN])
    numbers = {difference.amazon_order_id for difference in differences}
    held = dict(
        AmazonOrder.objects.filter(account=account, amazon_order_id__in=numbers).values_list("amazon_order_id", "pk")
    )
    return [
        {
            "difference": difference,
            "order": held.get(difference.amazon_order_id),
            "outcome": pill(*outcome_of(difference)),
        }
        for difference in differences
    ]


def _day_words(day: date) -> str:
    return str(format_skeleton("yMMMEd", day, locale=reader_locale()))


def _day(request: HttpRequest, name: str) -> date | None:
    """A day of the address; ``None`` where it is none."""
    try:
        return date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None
