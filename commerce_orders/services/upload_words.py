"""What is said of a row of a file of shipments, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce_orders.models.uploads import UploadRow
from commerce_orders.services.fulfilment import NOT_TO_SHIP

WORDS: dict[str, Promise] = {
    "cell_formula": gettext_lazy("A cell holds a formula, which is not evaluated. Paste its value."),
    "cell_error": gettext_lazy("A cell holds an error instead of a value."),
    "number_rounded": gettext_lazy(
        "The spreadsheet has rounded “%(value)s”. Format the column as text and enter it again."
    ),
    "cell_too_long": gettext_lazy("“%(value)s…” is too long."),
    "order_missing": gettext_lazy("The order number is missing."),
    "order_unknown": gettext_lazy("There is no order %(order)s."),
    "order_ambiguous": gettext_lazy("More than one order has the number %(order)s. Use the Commerce order number."),
    "tracking_number_missing": gettext_lazy("The tracking number is missing."),
    "tracking_number_is_order": gettext_lazy("This is an order number, not a tracking number."),
    "row_repeated": gettext_lazy("Row %(row)s says the same."),
    "shipped_so_already": gettext_lazy("This package is recorded already."),
    "package_without_sku": gettext_lazy(
        "This package is recorded already, without %(sku)s. Ship what is left from the order's own page."
    ),
    **NOT_TO_SHIP,
    "buyer_wants_to_cancel": gettext_lazy(
        "The buyer asks to cancel this order. Ship it from its own page, or cancel it there."
    ),
    "carrier_missing": gettext_lazy("The carrier is missing. Choose one for the rows without their own."),
    "carrier_unknown": gettext_lazy(
        "The carrier “%(carrier)s” is not known for this order. Use one of: %(allowed)s, or add the name under Carrier "
        "names."
    ),
    "carrier_differs": gettext_lazy("Row %(row)s names another carrier for this package."),
    "day_unreadable": gettext_lazy("“%(value)s” is not a date. Write it as 2026-12-31."),
    "day_ambiguous": gettext_lazy("“%(value)s” can be two dates. Write it as 2026-12-31."),
    "shipped_in_the_future": gettext_lazy("The ship date cannot be in the future."),
    "shipped_before_purchase": gettext_lazy("The ship date is before the day of the purchase."),
    "sku_unknown": gettext_lazy("The SKU %(sku)s is not in this order. It has: %(allowed)s."),
    "sku_missing": gettext_lazy("A quantity needs a SKU, as this order has several."),
    "quantity_unreadable": gettext_lazy("“%(value)s” is not a number of units. Use digits, such as 2."),
    "quantity_too_large": gettext_lazy("%(wanted)s cannot be shipped, %(left)s left."),
    "whole_order_above": gettext_lazy("Row %(row)s ships everything that is left in this order."),
    "nothing_to_ship": gettext_lazy("Nothing of this is left to ship."),
    "internal_error": gettext_lazy("Something went wrong here. Try this one again later."),
    "tracking_number_shared": gettext_lazy(
        "The same tracking number is on %(numbers)s too. That is right only if both are in one package."
    ),
}


def words_of(row: UploadRow) -> str:
    """Nothing for a row that simply is, or will be, shipped."""
    return say(row.code, row.params)


def say(code: str, params: Mapping[str, Any]) -> str:
    if not code:
        return ""
    if code in WORDS:
        return str(WORDS[code]) % params
    # A refusal that only the recording itself can find, in the words of whoever uploaded the file.
    return str(params.get("detail") or _("This row was refused."))
