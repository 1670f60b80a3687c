"""Order settings in words: each choice says what it will do."""

from typing import Any

from django import forms
from django.contrib import admin
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

from amazon_channel.models import OrderSettings
from amazon_channel.services.order_settings import OrderSettingsRefused, change_order_settings
from customers.listing import BackOfficeAdmin, read_key

EFFECTS = {
    ("import_orders", "enabled"): gettext_lazy("Every verified Amazon order makes a Commerce order."),
    ("import_orders", "disabled"): gettext_lazy(
        "Amazon orders are listed on the Orders tab and can be looked at; no Commerce order is made."
    ),
    ("customer_creation", "guest"): gettext_lazy("Orders are guest orders; no customer is made or changed."),
    ("customer_creation", "create"): gettext_lazy(
        "The customer is found by Amazon's e-mail address for the buyer, or made."
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
        "An order that Amazon has shipped makes a Commerce order that is complete already. Your stock is not touched."
    ),
    ("fba_orders", "ignore"): gettext_lazy("Orders that Amazon ships are listed on the Orders tab only."),
    ("reserve_pending_stock", "yes"): gettext_lazy(
        "While Amazon verifies the payment, the order's units are reserved."
    ),
    ("reserve_pending_stock", "no"): gettext_lazy("Units are taken only once Amazon has verified the payment."),
    ("unknown_sku", "import"): gettext_lazy("The order is imported; the line that matches no product says so."),
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
    def __init__(self, data: Any, *, settings: OrderSettings) -> None:
        super().__init__(data, initial=settings.as_json())
        for key in OrderSettings.KEYS:
            column: Any = OrderSettings._meta.get_field(key)
            self.fields[key] = forms.ChoiceField(
                label=capfirst(column.verbose_name),
                choices=column.choices,
                widget=forms.RadioSelect,
                help_text=NOTES.get(key, ""),
            )

    def questions(self) -> list[tuple[forms.BoundField, list[tuple[Any, str]]]]:
        """Each field with its choices, and each choice with its effect."""
        return [
            (self[key], [(radio, str(EFFECTS[key, radio.data["value"]])) for radio in self[key].subwidgets])
            for key in OrderSettings.KEYS
        ]

    def show_refusal(self, refusal: OrderSettingsRefused) -> None:
        for key, detail in refusal.fields.items():
            self.add_error(key if key in self.fields else None, detail)


@admin.register(OrderSettings)
class OrderSettingsAdmin(BackOfficeAdmin):
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
        if form.is_valid() and self._change(request, settings, form):
            return HttpResponseRedirect(reverse("admin:amazon_channel_ordersettings_change", args=[settings.pk]))
        return self.render_page(
            request,
            "admin/amazon_channel/ordersettings/settings.html",
            title=settings.account.name,
            original=settings,
            form=form,
            account=settings.account,
            may_change=may_change,
        )

    def _change(self, request: HttpRequest, settings: OrderSettings, form: OrderSettingsForm) -> bool:
        try:
            change_order_settings(
                account=settings.account,
                changes=form.cleaned_data,
                actor=request.user.get_username(),
                now=timezone.now(),
            )
        except OrderSettingsRefused as refusal:
            form.show_refusal(refusal)
            return False
        self.log_change(request, settings, [{"changed": {"fields": form.changed_data}}])
        self.message_user(request, _("Order settings saved. Commerce orders that exist stay as they are."))
        return True
