"""Why a seller may cancel an order at Amazon, most used first.

Source: Amazon, "Order feeds", CancelReason of the order acknowledgement feed; codes that only Amazon's older systems
used are left out. ``BuyerCanceled`` does not count against the seller's cancellation rate.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from commerce_orders.channels import CancelReason

BUYER_CANCELED = "BuyerCanceled"
NAMES = {
    "NoInventory": gettext_noop("Out of stock"),
    BUYER_CANCELED: gettext_noop("The buyer asked for it"),
    "ShippingAddressUndeliverable": gettext_noop("The address is undeliverable"),
    "CustomerExchange": gettext_noop("The buyer wants something else instead"),
    "GeneralAdjustment": gettext_noop("General adjustment"),
    "PricingError": gettext_noop("Wrong price"),
}


def cancel_reasons() -> list[CancelReason]:
    return [CancelReason(code, _(name)) for code, name in NAMES.items()]
