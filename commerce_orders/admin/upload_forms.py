"""Forms of shipment files."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget

from commerce_orders.admin.entry_forms import INPUT
from commerce_orders.admin.product_forms import FileForm
from commerce_orders.models import ShipmentUpload
from commerce_orders.services.upload_columns import CARRIER, DATE, ORDER, QUANTITY, SKU, TRACKING

COLUMN_LABELS = {
    "": _("Not used"),
    ORDER: _("Order number"),
    TRACKING: _("Tracking number"),
    CARRIER: _("Carrier"),
    SKU: _("SKU"),
    QUANTITY: _("Quantity"),
    DATE: _("Ship date"),
}


class ShipmentFileForm(FileForm):
    largest = 20 * 2**20  # bytes; 100,000 rows in UTF-16
    file = forms.FileField(
        label=_("File"),
        widget=UnfoldAdminFileFieldWidget({"accept": ".csv,.txt,.tsv,.xlsx"}),
        allow_empty_file=True,
        help_text=_(
            "CSV or XLSX with an Amazon or Commerce order number and a tracking number in each row; carrier, SKU, "
            "quantity and ship date are optional. Columns can be in any order and have any heading."
        ),
    )


class ColumnsForm(forms.Form):
    """What each column of a file is."""

    default_carrier = forms.CharField(
        label=_("Carrier of rows without their own"),
        required=False,
        max_length=60,
        widget=forms.TextInput({**INPUT, "autocomplete": "off"}),
    )

    def __init__(self, data: Any = None, *, upload: ShipmentUpload) -> None:
        super().__init__(data, initial={"default_carrier": upload.default_carrier})
        self.positions = range(len(upload.columns))
        for position in self.positions:
            self.fields[self._name(position)] = forms.ChoiceField(
                label=_heading(upload, position),
                choices=list(COLUMN_LABELS.items()),
                required=False,
                initial=upload.columns[position],
                widget=forms.Select(INPUT),
            )

    @staticmethod
    def _name(position: int) -> str:
        return f"column_{position}"

    def column_fields(self) -> list[forms.BoundField]:
        return [self[self._name(position)] for position in self.positions]

    def columns(self) -> list[str]:
        return [self.cleaned_data[self._name(position)] for position in self.positions]


def _heading(upload: ShipmentUpload, position: int) -> str:
    """Its own, else the letter that a spreadsheet gives it."""
    own = upload.headings[position] if position < len(upload.headings) else ""
    letter = (chr(ord("A") + position // 26 - 1) if position >= 26 else "") + chr(ord("A") + position % 26)
    return own or str(_("Column %(letter)s") % {"letter": letter})
