"""The form behind the shipping sheet: what all packages share, and a carrier and a tracking number for each order."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from amazon_channel.models import AmazonOrder
from commerce_orders.admin.entry_forms import INPUT
from commerce_orders.admin.ship_form import PackageForm
from commerce_orders.channels import Carrier, CarrierBook
from commerce_orders.services.fulfilment import Package

# A scanner types like a keyboard, and nothing may change or complete what it types.
TYPED = {**INPUT, "autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}


class TypedInput(forms.TextInput):
    """A text field written here: a sheet has a hundred, and from the templates of Django's they took half its time."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        widget = self.get_context(name, value, attrs)["widget"]
        attributes = {"type": widget["type"], "name": widget["name"], "value": widget["value"], **widget["attrs"]}
        return format_html("<input{}>", flatatt({key: each for key, each in attributes.items() if each is not None}))


class SheetForm(PackageForm):
    """``carriers`` are those that every order's marketplace takes; a row may name any that its own one takes."""

    def __init__(self, *args: Any, orders: Sequence[AmazonOrder], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["carrier_code"].required = False  # a row may have its own
        self.fields["carrier_code"].label = _("Carrier of all rows")
        for order in orders:
            number, carrier = self._names(order)
            self.fields[carrier] = forms.CharField(
                label=_("Carrier"),
                max_length=60,
                required=False,
                widget=TypedInput(
                    {
                        **TYPED,
                        "list": f"carriers-{order.marketplace_id}",
                        "data-carrier": "",
                        "placeholder": _("As above"),
                    }
                ),
            )
            self.fields[number] = forms.CharField(
                label=_("Tracking number"),
                max_length=100,
                required=False,
                widget=TypedInput({**TYPED, "data-tracking": "", "enterkeyhint": "next"}),
            )

    @staticmethod
    def _names(order: AmazonOrder) -> tuple[str, str]:
        return f"tracking_number_{order.pk}", f"carrier_{order.pk}"

    def tracking_field(self, order: AmazonOrder) -> forms.BoundField:
        return self[self._names(order)[0]]

    def carrier_field(self, order: AmazonOrder) -> forms.BoundField:
        return self[self._names(order)[1]]

    def entered(self, order: AmazonOrder) -> str:
        return str(getattr(self, "cleaned_data", {}).get(self._names(order)[0], ""))

    def packages(self, orders: Sequence[AmazonOrder]) -> dict[int, Package]:
        """By Commerce order id; an order whose tracking number is left empty is not shipped now."""
        packages = {}
        for order in orders:
            number, carrier = (self.cleaned_data[name] for name in self._names(order))
            if order.commerce_order_id and number:
                package = self.package(tracking_number=number, quantities=None)
                packages[order.commerce_order_id] = package.carried_by(carrier) if carrier else package
        return packages


def shared_carriers(books: Mapping[int, CarrierBook]) -> list[Carrier]:
    """The carriers of the first order that all the others have too."""
    lists = [list(book.carriers) for book in books.values()]
    return [carrier for carrier in lists[0] if all(carrier in others for others in lists)] if lists else []
