"""The forms that record a package, and correct one."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from commerce_orders.admin.entry_forms import INPUT, Mendable, RefusableForm
from commerce_orders.channels import Carrier
from commerce_orders.models import OrderLine, Shipment
from commerce_orders.services.fulfilment import Package


class CarrierForm(RefusableForm):
    """Who carries a package, and how."""

    carrier_code = forms.ChoiceField(label=_("Carrier"), widget=forms.Select(INPUT))
    carrier_name = forms.CharField(
        label=_("Name of the other carrier"), max_length=60, required=False, widget=forms.TextInput(INPUT)
    )
    shipping_method = forms.CharField(
        label=_("Service"),
        max_length=60,
        required=False,
        widget=forms.TextInput(INPUT),
        help_text=_("As on the label, for example “Ground”. May stay empty."),
    )

    def __init__(self, *args: Any, carriers: Sequence[Carrier], other: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["carrier_code"]
        field.choices = [("", _("Choose a carrier")), *((carrier.code, carrier.name) for carrier in carriers)]  # type: ignore[attr-defined]
        # ship_form.js shows the name's field only while this carrier is chosen; without scripts it always shows.
        field.widget.attrs["data-other-carrier"] = other
        if not carriers:  # of a channel that is no longer installed nobody knows the carriers
            self.fields["carrier_code"] = forms.CharField(
                label=_("Carrier"), max_length=60, widget=forms.TextInput(INPUT)
            )


class PackageForm(CarrierForm):
    """Carrier, service and day: what packages that leave together share."""

    shipped_at = forms.DateField(
        label=_("Ship date"), widget=forms.DateInput({**INPUT, "type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, zone: str, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone, self.now = ZoneInfo(zone), now
        self.fields["shipped_at"].initial = self.today

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def shipped_moment(self) -> datetime:
        """A day has no hour: today means now, and any other day its noon in the account's zone."""
        day: date = self.cleaned_data["shipped_at"]
        return self.now if day == self.today else datetime.combine(day, time(12), self.zone)

    def package(self, *, tracking_number: str, quantities: dict[int, int] | None) -> Package:
        return Package(
            carrier_code=self.cleaned_data["carrier_code"],
            carrier_name=self.cleaned_data["carrier_name"],
            shipping_method=self.cleaned_data["shipping_method"],
            tracking_number=tracking_number,
            shipped_at=self.shipped_moment(),
            quantities=quantities,
        )


def tracking_field() -> forms.CharField:
    return forms.CharField(
        label=_("Tracking number"),
        max_length=100,
        required=False,  # the service refuses an empty one in its own words
        widget=forms.TextInput({**INPUT, "autocomplete": "off", "spellcheck": "false"}),
    )


class ShipForm(PackageForm):
    """One package of one order, with the units that are in it."""

    tracking_number = tracking_field()
    despite_request = forms.BooleanField(
        label=_("Ship although the buyer asks to cancel"), required=False, widget=forms.CheckboxInput()
    )
    despite_hold = forms.BooleanField(
        label=_("Ship although the sales channel holds the order"), required=False, widget=forms.CheckboxInput()
    )
    # How many shipments the page showed, written by the page itself: a page sent twice must not ship twice.
    shipments_seen = forms.IntegerField(widget=forms.HiddenInput)
    field_order = ("carrier_code", "carrier_name", "shipping_method", "tracking_number", "shipped_at")

    def __init__(
        self, *args: Any, lines: Sequence[OrderLine], buyer_wants_to_cancel: bool, is_held: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if not buyer_wants_to_cancel:
            del self.fields["despite_request"]
        if not is_held:
            del self.fields["despite_hold"]
        self.lines = [line for line in lines if line.quantity_to_ship]
        self.lines_error = ""
        for line in self.lines:
            self.fields[self._quantity(line)] = forms.IntegerField(
                label=_("Quantity of %(sku)s") % {"sku": line.sku or line.name},
                min_value=0,
                required=False,
                initial=line.quantity_to_ship,
                widget=forms.NumberInput({"class": "bo-input bo-quantity", "max": line.quantity_to_ship}),
            )

    @staticmethod
    def _quantity(line: OrderLine) -> str:
        return f"quantity_{line.pk}"

    def rows(self) -> list[tuple[OrderLine, forms.BoundField]]:
        return [(line, self[self._quantity(line)]) for line in self.lines]

    def shipment(self) -> Package:
        return self.package(
            tracking_number=self.cleaned_data["tracking_number"],
            quantities={line.pk: self.cleaned_data[self._quantity(line)] or 0 for line in self.lines},
        )

    def show_refusal(self, refusal: Mendable) -> None:
        if refusal.field == "lines":
            self.lines_error = refusal.detail
        else:
            super().show_refusal(refusal)


class CorrectionForm(CarrierForm):
    """What was recorded of one package."""

    tracking_number = tracking_field()
    field_order = ("carrier_code", "carrier_name", "tracking_number", "shipping_method")

    def __init__(self, *args: Any, shipment: Shipment, other: str, **kwargs: Any) -> None:
        recorded = {
            "carrier_code": shipment.carrier_code,
            "carrier_name": shipment.carrier_name if shipment.carrier_code == other else "",
            "shipping_method": shipment.shipping_method,
            "tracking_number": shipment.tracking_number,
        }
        super().__init__(*args, other=other, initial=recorded, prefix=f"shipment-{shipment.pk}", **kwargs)
        self.shipment = shipment
