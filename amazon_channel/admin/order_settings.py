"""Order settings in words: each choice says what it will do."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amazon_channel.admin.settings_preview import SettingsPreview
from amazon_channel.models import OrderSettings
from amazon_channel.services.order_settings import (
    OrderSettingsChanged,
    OrderSettingsRefused,
    change_order_settings,
)
from commerce_orders.presentation.changes import ChangeWords, describe_changes
from project.export import ExportColumn, stored
from project.listing import BackOfficeAdmin, read_key
from project.models import Area, AuditEntry

CHANGES_SHOWN = 20
EFFECTS = {
    ("import_orders", "enabled"): gettext_lazy("Every verified Amazon order creates a Commerce order."),
    ("import_orders", "disabled"): gettext_lazy(
        "Amazon orders are listed on the Orders tab and can be viewed; no Commerce order is created."
    ),
    ("customer_creation", "guest"): gettext_lazy("Orders are guest orders; no customer is created or changed."),
    ("customer_creation", "create"): gettext_lazy(
        "The customer is matched by the e-mail address that Amazon gives for the buyer, or created."
    ),
    ("order_number_source", "commerce"): gettext_lazy("Commerce orders take the next number of your own series."),
    ("order_number_source", "amazon"): gettext_lazy("Commerce orders have the number that Amazon gave the order."),
    ("new_order_status", "processing"): gettext_lazy(
        "New orders that you ship start as Processing: paid for and ready to be shipped."
    ),
    ("new_order_status", "pending"): gettext_lazy(
        "New orders that you ship start as Pending, for a check of your own."
    ),
    ("fba_orders", "create"): gettext_lazy(
        "An order that Amazon has shipped creates a Commerce order that is already complete. Your stock is not touched."
    ),
    ("fba_orders", "ignore"): gettext_lazy("Orders that Amazon ships are listed on the Orders tab only."),
    ("reserve_pending_stock", "yes"): gettext_lazy(
        "While Amazon verifies the payment, the order's units are reserved."
    ),
    ("reserve_pending_stock", "no"): gettext_lazy("Units are reserved only once Amazon has verified the payment."),
    ("unknown_sku", "import"): gettext_lazy(
        "The order is imported; the line without a matching product is marked as unmatched."
    ),
    ("unknown_sku", "hold"): gettext_lazy("The order is held back with a problem until the product exists."),
}
NOTES = {
    "import_orders": gettext_lazy(
        "A change also takes in the orders that wait to be shipped. Commerce orders that exist stay as they are."
    ),
    "reserve_pending_stock": gettext_lazy(
        "A change also reaches the orders that are pending now. Orders that Amazon ships never touch stock."
    ),
    "unknown_sku": gettext_lazy("Products and their aliases are under Products. A change also frees held orders."),
}


class OrderSettingsForm(forms.Form):
    """``seen`` is what was stored when the page was made, ``shown`` the choices whose effects it shows."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    shown = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any, *, settings: OrderSettings) -> None:
        stored = settings.as_json()
        super().__init__(data, initial=stored | {"seen": pack(stored), "shown": pack(stored)})
        self.stored = stored
        for key in OrderSettings.KEYS:
            column: Any = OrderSettings._meta.get_field(key)
            self.fields[key] = forms.ChoiceField(
                label=capfirst(column.verbose_name),
                choices=column.choices,
                widget=forms.RadioSelect,
                help_text=NOTES.get(key, ""),
            )

    def chosen(self) -> dict[str, str]:
        """The settings as chosen; what was not chosen sensibly is as it is stored."""
        if not self.is_bound:
            return self.stored
        self.full_clean()
        return {key: self.cleaned_data.get(key, value) for key, value in self.stored.items()}

    def is_seen_through(self) -> bool:
        """Whether the page that was sent showed what these choices do."""
        return pack(self.chosen()) in {self.cleaned_data["shown"], self.cleaned_data["seen"]}

    def questions(self, preview: SettingsPreview) -> list[tuple[forms.BoundField, list[tuple[Any, str, str]]]]:
        """Each field with its choices, and each choice with its effect and its example."""
        return [
            (
                self[key],
                [
                    (radio, str(EFFECTS[key, radio.data["value"]]), preview.example(key, radio.data["value"]))
                    for radio in self[key].subwidgets
                ],
            )
            for key in OrderSettings.KEYS
        ]

    def show_refusal(self, refusal: OrderSettingsRefused) -> None:
        for key, detail in refusal.fields.items():
            self.add_error(key if key in self.fields else None, detail)


def pack(values: dict[str, str]) -> str:
    return ",".join(values.values())


def unpack(text: str) -> dict[str, str]:
    return dict(zip(OrderSettings.KEYS, text.split(","), strict=False))


@admin.register(OrderSettings)
class OrderSettingsAdmin(BackOfficeAdmin):
    export_columns = (
        ExportColumn(gettext_lazy("seller account"), lambda settings: settings.account.name),
        *stored(OrderSettings, *OrderSettings.KEYS),
    )
    export_related = ("account",)
    list_display = [
        "account_name",
        "import_orders",
        "customer_creation",
        "order_number_source",
        "new_order_status",
        "fba_orders",
    ]
    sortable_by = ()
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: OrderSettings | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderSettings]:
        settings = super().get_queryset(request).select_related("account").order_by("account__name")
        return settings.defer("account__encrypted_credentials")

    @admin.display(description=gettext_lazy("seller account"))
    def account_name(self, settings: OrderSettings) -> SafeString:
        return format_html("<bdi>{}</bdi>", settings.account.name)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        settings = get_object_or_404(self.get_queryset(request), pk=read_key(object_id))
        may_change = self.has_change_permission(request)
        if request.method == "POST" and not may_change:
            raise PermissionDenied
        form = OrderSettingsForm(request.POST or None, settings=settings)
        seen = pack(settings.as_json())
        if form.is_valid() and "preview" not in request.POST:
            if not form.is_seen_through():
                self.message_user(request, _("Nothing is saved yet. Look at what it will do, then save."))
            else:
                try:
                    saved = self._change(request, settings, form)
                except OrderSettingsChanged:
                    settings = get_object_or_404(self.get_queryset(request), pk=settings.pk)
                    form.stored, seen = settings.as_json(), pack(settings.as_json())
                    self._tell(request, settings, seen_before=form.cleaned_data["seen"])
                else:
                    if saved:
                        address = reverse("admin:amazon_channel_ordersettings_change", args=[settings.pk])
                        return HttpResponseRedirect(address)
        elif form.is_bound:
            seen = form.data.get("seen", seen)  # a preview must not hide what changed meanwhile
        chosen = form.chosen()
        preview = SettingsPreview(settings.account, saved=settings.as_json(), values=chosen)
        return self.render_page(
            request,
            "admin/amazon_channel/ordersettings/settings.html",
            title=settings.account.name,
            original=settings,
            form=form,
            questions=form.questions(preview),
            preview=preview,
            seen=seen,
            shown=pack(chosen),
            account=settings.account,
            may_change=may_change,
            changes=changes_of(settings),
        )

    def _change(self, request: HttpRequest, settings: OrderSettings, form: OrderSettingsForm) -> bool:
        seen = unpack(form.cleaned_data["seen"])
        try:
            change_order_settings(
                account=settings.account,
                changes=form.chosen(),
                is_as_seen=lambda stored: stored.as_json() == seen,
                actor=request.user.get_username(),
                now=timezone.now(),
            )
        except OrderSettingsRefused as refusal:
            form.show_refusal(refusal)
            return False
        self.message_user(request, _("Order settings saved. Commerce orders that exist stay as they are."))
        return True

    def _tell(self, request: HttpRequest, settings: OrderSettings, *, seen_before: str) -> None:
        """Somebody else was quicker: who, what, and that nothing of both is lost."""
        latest, seen = changes_of(settings), unpack(seen_before)
        keys = [key for key, value in settings.as_json().items() if seen.get(key) != value]
        words = _(
            "%(who)s has changed this in the meantime: %(what)s. Your changes are not saved yet; your choices are "
            "shown below. Compare, then save again."
        )
        parts = {
            "who": latest[0][0].actor if latest else _("Somebody"),
            "what": ", ".join(str(capfirst(_field(key).verbose_name)) for key in keys),
        }
        self.message_user(request, words % parts, messages.WARNING)


def changes_of(settings: OrderSettings) -> list[tuple[AuditEntry, list[ChangeWords]]]:
    """The latest changes of an account's settings, by whatever way."""
    entries = AuditEntry.objects.filter(area=Area.SETTINGS, subject_id=settings.account_id)[:CHANGES_SHOWN]
    return [(entry, describe_changes(OrderSettings, entry.changes)) for entry in entries]


def _field(key: str) -> Any:
    return OrderSettings._meta.get_field(key)
