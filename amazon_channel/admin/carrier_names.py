"""The page of what staff call carriers."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from amazon_channel.admin.account_forms import marketplace_choices
from amazon_channel.carriers import OTHER
from amazon_channel.marketplaces import MARKETPLACES
from amazon_channel.models import CarrierSpelling
from amazon_channel.services.carrier_names import (
    LONGEST,
    CarrierNameRefused,
    allowed_codes,
    check_carrier_name,
    save_carrier_name,
)
from project.export import ExportColumn, stored
from project.listing import BackOfficeAdmin


class CarrierNameForm(forms.ModelForm):
    spelling = forms.CharField(
        label=_("Our name"),
        max_length=LONGEST,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("The way your staff, labels or files write it. Capitals, spaces and dots make no difference."),
    )
    carrier_code = forms.ChoiceField(
        label=_("Carrier at Amazon"),
        widget=UnfoldAdminSelectWidget(),
        help_text=_("“Other” tells Amazon your own name. Amazon then cannot follow the package."),
    )
    marketplace_id = forms.ChoiceField(label=_("Marketplace"), required=False, widget=UnfoldAdminSelectWidget())

    class Meta:
        model = CarrierSpelling
        fields = ("spelling", "carrier_code", "marketplace_id")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["carrier_code"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose a carrier")),
            *((code, pgettext("carrier", "Other") if code == OTHER else code) for code in allowed_codes()),
        ]
        self.fields["marketplace_id"].choices = [("", _("All marketplaces")), *marketplace_choices()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                check_carrier_name(name=self.instance, **{field: cleaned[field] for field in self._meta.fields or ()})
            except CarrierNameRefused as refusal:
                self.add_error(refusal.field, refusal.detail)
        return cleaned


def _place(name: CarrierSpelling) -> str:
    marketplace = MARKETPLACES.get(name.marketplace_id)
    return marketplace.name if marketplace else str(name.marketplace_id or _("All marketplaces"))


@admin.register(CarrierSpelling)
class CarrierSpellingAdmin(BackOfficeAdmin):
    export_columns = (
        *stored(CarrierSpelling, "spelling", "carrier_code"),
        ExportColumn(_("marketplace"), _place),
    )
    form = CarrierNameForm
    fields = CarrierNameForm.Meta.fields
    list_display = ("spelling", "carrier_code", "place")
    search_fields = ("spelling__exact",)
    search_help_text = _("Our name")
    sortable_by = ()

    @admin.display(description=_("marketplace"))
    def place(self, name: CarrierSpelling) -> str:
        return _place(name)

    def save_model(self, request: HttpRequest, obj: CarrierSpelling, form: forms.ModelForm, change: bool) -> None:
        save_carrier_name(name=obj, **{field: form.cleaned_data[field] for field in self.fields})
