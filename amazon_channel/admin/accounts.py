"""Seller accounts: how each stands, connecting one, testing and pulling."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from amazon_channel.admin.account_forms import AccountForm, ConnectForm
from amazon_channel.admin.budgets import budgets_of
from amazon_channel.admin.connection import connection_address, show_connection
from amazon_channel.admin.document_settings import show_document_settings
from amazon_channel.admin.pills import RUN_TONES, account_state
from amazon_channel.gateway.errors import NEEDS_A_PERSON, advice_for
from amazon_channel.marketplaces import MARKETPLACES
from amazon_channel.models import SellerAccount
from amazon_channel.services.accounts import AccountInvalid, change_account, connect_account
from amazon_channel.services.connection_tests import ask_for_test
from commerce_orders.presentation.pills import Tone, pill
from project import jobs
from project.export import ExportColumn, stored
from project.listing import BackOfficeAdmin, read_key
from project.moments import format_moment
from project.spreadsheets import moment_text

RUNS_SHOWN = 10


def marketplace_names(account: SellerAccount) -> list[str]:
    return [MARKETPLACES[place].name if place in MARKETPLACES else place for place in account.marketplaces]


def _last_pull(account: SellerAccount) -> str:
    return moment_text(account.pull_state.succeeded_at, account.time_zone)


def _advice(account: SellerAccount) -> str:
    return (advice_for(account.error_code) or account.error_detail) if account.error_code else ""


@admin.register(SellerAccount)
class SellerAccountAdmin(BackOfficeAdmin):
    export_columns = (
        *stored(SellerAccount, "name", "region"),
        ExportColumn(gettext_lazy("marketplaces"), lambda account: ", ".join(marketplace_names(account))),
        ExportColumn(gettext_lazy("store"), lambda account: account.store.name),
        *stored(SellerAccount, "time_zone", "is_active"),
        ExportColumn(gettext_lazy("status"), lambda account: account_state(account, now=timezone.now())[1]),
        ExportColumn(gettext_lazy("last pull"), _last_pull),
        ExportColumn(gettext_lazy("what to do"), _advice),
    )
    export_related = ("pull_state", "store")
    list_display = ["account_name", "region", "places", "state", "last_pull", "what_to_do"]
    list_select_related = ["pull_state"]
    search_fields = ["name"]
    search_help_text = gettext_lazy("Name of the account")
    sortable_by = ()
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: SellerAccount | None = None) -> bool:
        return False  # its orders stay, so it is switched off instead

    def has_sync_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("amazon_channel.sync_selleraccount"))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        name = "amazon_channel_selleraccount"
        return [
            path("<int:account_id>/connection/", view(self.connection_view), name=f"{name}_connection"),
            path("<int:account_id>/test/", view(require_POST(self.test_view)), name=f"{name}_test"),
            path("<int:account_id>/documents/", view(self.documents_view), name=f"{name}_documents"),
            path("<int:account_id>/pull/", view(require_POST(self.pull_view)), name=f"{name}_pull"),
            *super().get_urls(),
        ]

    # The list

    def get_queryset(self, request: HttpRequest) -> QuerySet[SellerAccount]:
        return super().get_queryset(request).defer("encrypted_credentials")

    @admin.display(description=gettext_lazy("name"))
    def account_name(self, account: SellerAccount) -> SafeString:
        return format_html("<bdi>{}</bdi>", account.name)

    @admin.display(description=gettext_lazy("marketplaces"))
    def places(self, account: SellerAccount) -> str:
        return ", ".join(marketplace_names(account))

    @admin.display(description=gettext_lazy("status"))
    def state(self, account: SellerAccount) -> SafeString:
        tone, words = account_state(account, now=timezone.now())
        return pill(words, tone)

    @admin.display(description=gettext_lazy("last pull"))
    def last_pull(self, account: SellerAccount) -> str:
        return format_moment(account.pull_state.succeeded_at, account.time_zone)

    @admin.display(description=gettext_lazy("what to do"))
    def what_to_do(self, account: SellerAccount) -> SafeString:
        return format_html("<bdi>{}</bdi>", _advice(account) or "–")

    # Connecting and changing

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form, actor, now = ConnectForm(request.POST or None), request.user.get_username(), timezone.now()
        if form.is_valid():
            try:
                account = connect_account(
                    name=form.cleaned_data["name"],
                    region=form.cleaned_data["region"],
                    marketplaces=form.cleaned_data["marketplaces"],
                    credentials=form.credentials(),
                    merchant_token=form.cleaned_data["merchant_token"],
                    actor=actor,
                    now=now,
                )
            except AccountInvalid as refusal:
                form.show_refusal(refusal)
            else:
                ask_for_test(account=account, asked_by=actor, now=now)
                self.message_user(request, _("Account connected. The connection is being tested now."))
                return HttpResponseRedirect(connection_address(account.pk))
        return self.render_page(
            request,
            "admin/amazon_channel/selleraccount/connect.html",
            title=_("Connect a seller account"),
            form=form,
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        account, may_change = self._find(object_id), self.has_change_permission(request)
        form = AccountForm(request.POST or None, account=account) if may_change else None
        if request.method == "POST" and form is None:
            raise PermissionDenied
        if form and form.is_valid() and self._change(request, account, form):
            return self._to_page(account.pk)
        if request.method == "POST":
            account = self._find(object_id)  # as it is, not as it was asked to become
        return self._page(request, account, form)

    def _change(self, request: HttpRequest, account: SellerAccount, form: AccountForm) -> bool:
        actor, now = request.user.get_username(), timezone.now()
        credentials = None if form.is_without_credentials else form.credentials(kept=account.credentials)
        try:
            change_account(
                account=account,
                name=form.cleaned_data["name"],
                marketplaces=form.cleaned_data["marketplaces"],
                credentials=credentials,
                is_active=form.cleaned_data["is_active"],
                store=form.cleaned_data["store"],
                time_zone=form.cleaned_data["time_zone"],
                merchant_token=form.cleaned_data["merchant_token"],
                actor=actor,
                now=now,
            )
        except AccountInvalid as refusal:
            form.show_refusal(refusal)
            return False
        if credentials is not None:
            ask_for_test(account=account, asked_by=actor, now=now)
        self.message_user(request, _("Account saved."))
        return True

    # Testing and pulling

    def test_view(self, request: HttpRequest, account_id: int) -> HttpResponse:
        account = self._for_sync(request, account_id)
        ask_for_test(account=account, asked_by=request.user.get_username(), now=timezone.now())
        return HttpResponseRedirect(connection_address(account_id))

    def connection_view(self, request: HttpRequest, account_id: int) -> HttpResponse:
        if not self.has_view_permission(request) or (
            request.method == "POST" and not self.has_change_permission(request)
        ):
            raise PermissionDenied
        return show_connection(self, request, account_id)

    def pull_view(self, request: HttpRequest, account_id: int) -> HttpResponse:
        account = self._for_sync(request, account_id)
        jobs.ring("amazon_channel.tasks.pull_account", account.pk)
        self.message_user(request, _("The orders are being pulled now. The result appears below in a moment."))
        return self._to_page(account_id)

    def documents_view(self, request: HttpRequest, account_id: int) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        return show_document_settings(self, request, self._find(str(account_id)))

    def _for_sync(self, request: HttpRequest, account_id: int) -> SellerAccount:
        if not self.has_sync_permission(request):
            raise PermissionDenied
        return get_object_or_404(SellerAccount, pk=account_id)

    @staticmethod
    def _find(object_id: str) -> SellerAccount:
        accounts = SellerAccount.objects.select_related("pull_state", "store", "order_settings")
        return get_object_or_404(accounts, pk=read_key(object_id))

    @staticmethod
    def _to_page(account_id: int) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:amazon_channel_selleraccount_change", args=[account_id]))

    def _page(self, request: HttpRequest, account: SellerAccount, form: AccountForm | None) -> HttpResponse:
        now = timezone.now()
        tone, words = account_state(account, now=now)
        runs = account.runs.all()[:RUNS_SHOWN]
        return self.render_page(
            request,
            "admin/amazon_channel/selleraccount/account.html",
            title=account.name,
            original=account,
            account=account,
            zone=account.time_zone,
            now=now,
            state=pill(words, tone),
            advice=advice_for(account.error_code),
            is_to_renew=account.error_code in NEEDS_A_PERSON,
            places=marketplace_names(account),
            budgets=budgets_of([account], now=now)[account.pk],
            form=form,
            runs=[
                (run, pill(run.get_outcome_display(), RUN_TONES.get(run.outcome, Tone.INFO)))  # type: ignore[call-overload]
                for run in runs
            ],
            may_sync=self.has_sync_permission(request),
            may_see_settings=request.user.has_perm("amazon_channel.view_ordersettings"),
        )
