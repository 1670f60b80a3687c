"""Forms of a seller account. Secrets go in and never come out again."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amazon_channel.marketplaces import MARKETPLACES
from amazon_channel.models import SellerAccount
from amazon_channel.models.accounts import Credentials, Region
from commerce_orders.admin.entry_forms import INPUT, RefusableForm
from commerce_orders.models import Store

SECRET = {**INPUT, "autocomplete": "new-password", "spellcheck": "false"}


def marketplace_choices(region: str = "") -> list[tuple[str, Any]]:
    """Marketplaces by region, or those of one region."""
    return [
        (
            str(Region(code).label),
            [
                (place.id, f"{place.name} ({place.country_code})")
                for place in MARKETPLACES.values()
                if place.region == code
            ],
        )
        for code in ([region] if region else Region.values)
    ]


class MerchantTokenField(forms.CharField):
    """Amazon's id of the seller, which feeds must state."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Merchant token"),
            required=False,
            max_length=40,
            widget=forms.TextInput({**INPUT, "spellcheck": "false"}),
            help_text=_("Shown in Seller Central under Settings, Account Info. Amazon requires it to cancel orders."),
        )


class CredentialFields(RefusableForm):
    client_id = forms.CharField(
        label=_("Client ID"), required=False, widget=forms.PasswordInput(SECRET, render_value=False)
    )
    client_secret = forms.CharField(
        label=_("Client secret"), required=False, widget=forms.PasswordInput(SECRET, render_value=False)
    )
    refresh_token = forms.CharField(
        label=_("Refresh token"), required=False, widget=forms.PasswordInput(SECRET, render_value=False)
    )

    @property
    def is_without_credentials(self) -> bool:
        return not any(self.cleaned_data[name] for name in CredentialFields.base_fields)

    def credentials(self, kept: Credentials | None = None) -> Credentials:
        """What was typed; a part left blank is taken from ``kept``."""
        return Credentials(
            **{
                name: self.cleaned_data[name] or (getattr(kept, name) if kept else "")
                for name in CredentialFields.base_fields
            }
        )


class ConnectForm(CredentialFields):
    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        widget=forms.TextInput(INPUT),
        help_text=_("The name your staff use for this account."),
    )
    region = forms.ChoiceField(
        label=_("Region"), choices=Region, widget=forms.Select({**INPUT, "data-chooses-marketplaces": "true"})
    )
    marketplaces = forms.MultipleChoiceField(
        label=_("Marketplaces"),
        choices=marketplace_choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Only marketplaces of the chosen region. The first one sets the account's time zone."),
    )
    merchant_token = MerchantTokenField()
    field_order = ("name", "region", "marketplaces", "merchant_token", *CredentialFields.base_fields)

    def marketplace_groups(self) -> list[tuple[str, str, list[Any]]]:
        """Region code, its name and its checkboxes; connect_form.js shows the chosen region's only."""
        boxes = list(self["marketplaces"].subwidgets)
        return [
            (region, str(label), [box for box in boxes if MARKETPLACES[box.data["value"]].region == region])
            for region, label in Region.choices
        ]


class AccountForm(CredentialFields):
    name = forms.CharField(label=_("Name"), max_length=80, widget=forms.TextInput(INPUT))
    marketplaces = forms.MultipleChoiceField(label=_("Marketplaces"), widget=forms.CheckboxSelectMultiple)
    store = forms.ModelChoiceField(
        label=_("Store of new orders"), queryset=Store.objects.all(), empty_label=None, widget=forms.Select(INPUT)
    )
    time_zone = forms.CharField(
        label=_("Time zone"),
        max_length=40,
        widget=forms.TextInput(INPUT),
        help_text=_("Times and ship-by dates are shown in this time zone, for example Europe/Berlin."),
    )
    is_active = forms.BooleanField(
        label=_("Active"),
        required=False,
        help_text=_("While an account is switched off, no orders are pulled and nothing is sent to Amazon."),
    )
    merchant_token = MerchantTokenField()
    field_order = (
        "name",
        "marketplaces",
        "store",
        "time_zone",
        "merchant_token",
        "is_active",
        *CredentialFields.base_fields,
    )

    def __init__(self, data: Any, *, account: SellerAccount) -> None:
        initial = {
            "name": account.name,
            "marketplaces": account.marketplaces,
            "store": account.store_id,
            "time_zone": account.time_zone,
            "merchant_token": account.merchant_token,
            "is_active": account.is_active,
        }
        super().__init__(data, initial=initial)
        self.fields["marketplaces"].choices = marketplace_choices(account.region)  # type: ignore[attr-defined]
