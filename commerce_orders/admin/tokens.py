"""Access of other systems: making a token, which is shown once, and revoking it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from commerce_orders.admin.entry_forms import INPUT
from commerce_orders.channels import channel_accounts
from commerce_orders.models import ApiToken
from commerce_orders.models.tokens import Scope
from commerce_orders.presentation.pills import Tone, pill
from commerce_orders.services.tokens import TokenRefused, create_token, revoke_token
from project.export import ExportColumn, stored
from project.listing import BackOfficeAdmin, read_key
from project.moments import format_moment

FIELD_OF_REFUSAL = {
    "name_missing": "name",
    "name_taken": "name",
    "scopes_missing": "scopes",
    "scope_unknown": "scopes",
    "account_unknown": "accounts",
    "scope_of_all_stores": "scopes",
}


class TokenForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        widget=forms.TextInput(INPUT),
        help_text=gettext_lazy("The system that will use it; events and access records show this name."),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"), choices=Scope, widget=forms.CheckboxSelectMultiple
    )
    accounts = forms.MultipleChoiceField(
        label=gettext_lazy("Only these stores"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("The system gets no orders of other stores. If none is chosen: all stores."),
    )
    expires_at = forms.DateTimeField(
        label=gettext_lazy("Expires (UTC)"),
        required=False,
        widget=forms.DateTimeInput({**INPUT, "type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("Leave blank for a token that lasts until it is revoked."),
    )

    def __init__(self, *args: Any, may_see_buyers: bool, **kwargs: Any) -> None:
        """Nobody can give a system more of buyers' data than they may see themselves."""
        super().__init__(*args, **kwargs)
        self.fields["accounts"].choices = [  # type: ignore[attr-defined]
            (account.key, account.name) for account in channel_accounts()
        ]
        if not may_see_buyers:
            self.fields["scopes"].choices = [  # type: ignore[attr-defined]
                choice for choice in Scope.choices if choice[0] != Scope.CUSTOMERS_READ
            ]

    def show_refusal(self, refusal: TokenRefused) -> None:
        self.add_error(FIELD_OF_REFUSAL.get(refusal.code), refusal.detail)


def account_names() -> dict[str, str]:
    return {account.key: account.name for account in channel_accounts()}


def token_state(token: ApiToken) -> tuple[str, Tone]:
    if token.revoked_at is not None:
        return _("Revoked"), Tone.NEUTRAL
    if not token.is_valid(timezone.now()):
        return _("Expired"), Tone.WARNING
    return _("Valid"), Tone.SUCCESS


@admin.register(ApiToken)
class ApiTokenAdmin(BackOfficeAdmin):
    export_columns = (
        *stored(ApiToken, "name", "prefix"),
        ExportColumn(gettext_lazy("may"), lambda token: ", ".join(token.scopes)),
        ExportColumn(gettext_lazy("stores"), lambda token: ", ".join(token.store_names)),
        ExportColumn(gettext_lazy("status"), lambda token: token_state(token)[0]),
        *stored(ApiToken, "created_at", "expires_at", "last_used_at"),
    )
    list_display = ["token_name", "prefix", "scope_list", "state", "made_at", "ends_at", "used_at"]
    sortable_by = ()
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False  # events name it, so it is revoked instead

    def get_urls(self) -> list[URLPattern]:
        revoke = self.admin_site.admin_view(require_POST(self.revoke_view))
        return [path("<int:token_id>/revoke/", revoke, name="commerce_orders_apitoken_revoke"), *super().get_urls()]

    def prepare_export(self, request: HttpRequest, rows: Sequence[ApiToken], *, now: datetime) -> None:
        names = account_names()
        for token in rows:
            token.store_names = [names.get(key, key) for key in token.accounts]  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("name"))
    def token_name(self, token: ApiToken) -> SafeString:
        return format_html("<bdi>{}</bdi>", token.name)

    @admin.display(description=gettext_lazy("may"))
    def scope_list(self, token: ApiToken) -> str:
        return ", ".join(token.scopes)

    @admin.display(description=gettext_lazy("status"))
    def state(self, token: ApiToken) -> SafeString:
        return pill(*token_state(token))

    @admin.display(description=gettext_lazy("created (UTC)"))
    def made_at(self, token: ApiToken) -> SafeString | str:
        return format_moment(token.created_at)

    @admin.display(description=gettext_lazy("expires (UTC)"))
    def ends_at(self, token: ApiToken) -> SafeString | str:
        return format_moment(token.expires_at)

    @admin.display(description=gettext_lazy("last used (UTC)"))
    def used_at(self, token: ApiToken) -> SafeString | str:
        return format_moment(token.last_used_at)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The token's text is in the answer to this one request and nowhere else."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = TokenForm(request.POST or None, may_see_buyers=request.user.has_perm("customers.view_personal_data"))
        if form.is_valid():
            try:
                token, text = create_token(**form.cleaned_data, actor=request.user.get_username(), now=timezone.now())
            except TokenRefused as refusal:
                form.show_refusal(refusal)
            else:
                self.log_addition(request, token, [{"added": {}}])
                return self._page(request, token, text=text)
        return self.render_page(
            request, "admin/commerce_orders/apitoken/create.html", title=_("Create an API token"), form=form
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._page(request, get_object_or_404(ApiToken, pk=read_key(object_id)))

    def revoke_view(self, request: HttpRequest, token_id: int) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        name, actor = get_object_or_404(ApiToken, pk=token_id).name, request.user.get_username()
        token = revoke_token(name=name, actor=actor, now=timezone.now())
        self.log_change(request, token, [{"changed": {"fields": ["revoked_at"]}}])
        self.message_user(request, _("The token is revoked. Whoever uses it is refused from now on."))
        return HttpResponseRedirect(reverse("admin:commerce_orders_apitoken_changelist"))

    def _page(self, request: HttpRequest, token: ApiToken, *, text: str = "") -> HttpResponse:
        names = account_names() if token.accounts else {}
        return self.render_page(
            request,
            "admin/commerce_orders/apitoken/token.html",
            title=token.name,
            original=token,
            token=token,
            text=text,
            state=self.state(token),
            scopes=[(scope, Scope(scope).label if scope in Scope.values else scope) for scope in token.scopes],
            stores=[names.get(key, key) for key in token.accounts],
            may_revoke=self.has_change_permission(request) and token.revoked_at is None,
        )
