"""Forms of the catalogue. What may be entered is judged by the services, in their words."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminFileFieldWidget

from commerce_orders.admin.entry_forms import INPUT, RefusableForm
from commerce_orders.channels import installed_channels
from commerce_orders.models import Product
from commerce_orders.services.catalogue import LONGEST_SKU

LARGEST_UPLOAD = 10 * 2**20  # bytes; 100,000 usual rows take four
NOT_COMPLETED = {**INPUT, "autocomplete": "off", "spellcheck": "false"}


class ProductForm(RefusableForm):
    """What can be changed of a product at any time."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=500, required=False, widget=forms.TextInput(NOT_COMPLETED)
    )
    quantity = forms.IntegerField(
        label=gettext_lazy("On hand"),
        widget=forms.NumberInput({**INPUT, "class": "bo-input bo-quantity"}),
        help_text=gettext_lazy("Units on the shelf, including those reserved for orders."),
    )
    # What the page showed: units that leave meanwhile must not come back by saving it.
    quantity_seen = forms.IntegerField(widget=forms.HiddenInput)
    is_active = forms.BooleanField(label=gettext_lazy("Active"), required=False)

    @classmethod
    def of(cls, product: Product, data: Any = None) -> "ProductForm":
        values = {"name": product.name, "is_active": product.is_active}
        return cls(data, initial=values | {"quantity": product.quantity, "quantity_seen": product.quantity})


class NewProductForm(RefusableForm):
    sku = forms.CharField(
        label=gettext_lazy("SKU"),
        max_length=LONGEST_SKU,
        widget=forms.TextInput(NOT_COMPLETED),
        help_text=gettext_lazy("It cannot be changed later. Add other SKUs for the same product as aliases."),
    )
    name = ProductForm.base_fields["name"]
    quantity = ProductForm.base_fields["quantity"]
    is_active = forms.BooleanField(label=gettext_lazy("Active"), required=False, initial=True)


class AliasForm(RefusableForm):
    """A channel's SKU for a product that is given elsewhere."""

    channel = forms.ChoiceField(label=gettext_lazy("Sales channel"), widget=forms.Select(INPUT))
    sku = forms.CharField(
        label=gettext_lazy("SKU at the sales channel"), max_length=LONGEST_SKU, widget=forms.TextInput(NOT_COMPLETED)
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(channel.code, channel.name) for channel in installed_channels()]
        self.fields["channel"].choices = choices  # type: ignore[attr-defined]


class MapForm(AliasForm):
    """The product that a channel's SKU means."""

    product = forms.CharField(
        label=gettext_lazy("Our SKU"),
        widget=forms.TextInput({**NOT_COMPLETED, "list": "products"}),
        help_text=gettext_lazy("The product that is meant. Open orders with this SKU get it at once."),
    )
    field_order = ("channel", "sku", "product")

    def clean_product(self) -> Product:
        sku = self.cleaned_data["product"]
        product = Product.objects.filter(sku=sku).first()
        if product is None:
            raise forms.ValidationError(_("There is no product with the SKU %(sku)s.") % {"sku": sku})
        return product


class FileForm(forms.Form):
    largest = LARGEST_UPLOAD
    file = forms.FileField(
        label=gettext_lazy("File"),
        # The theme's own: its script looks for the parts of it beside every file field.
        widget=UnfoldAdminFileFieldWidget({"accept": ".csv,.txt,.tsv,.xlsx"}),
        allow_empty_file=True,  # the service refuses an empty one in its own words
        help_text=gettext_lazy("CSV in UTF-8, or XLSX, with the columns sku, name, quantity and active."),
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > self.largest:
            raise forms.ValidationError(
                _("The file is larger than %(most)s MB. Split it.") % {"most": self.largest // 2**20}
            )
        return file
