"""What a person should do about each problem of an order."""

from django.utils.translation import gettext_lazy as _

from amazon_channel.states import Problem

ADVICE = {
    Problem.UNREADABLE: _(
        "Nothing was lost: Amazon's data is kept and read again with each change. Look the order up in Seller "
        "Central and ship it there if it is due."
    ),
    Problem.DOES_NOT_ADD_UP: _(
        "Compare the amounts below with Seller Central. The Commerce order is made as soon as Amazon's own sums agree."
    ),
    Problem.DETAILS_MISSING: _(
        "Nothing to do for now: Amazon often sends prices and address later, and the order is read again by itself. "
        "If it lasts for hours, check the application's roles in Seller Central."
    ),
    Problem.UNFULFILLABLE: _(
        "Ship nothing. Look in Seller Central what stands in the way, and cancel the order if it cannot be put right; "
        "here it goes on as soon as Amazon opens it again."
    ),
    Problem.STATUS_UNKNOWN: _(
        "Amazon uses a status that says nothing about shipping. Handle the order in Seller Central; here it goes on as "
        "soon as Amazon shows a status that is known."
    ),
    Problem.NOT_STORED: _("The order is read again with the next pull. If it comes back, show its details to support."),
    Problem.KILLED_WORKER: _(
        "The background process stopped twice while it stored this order, so the order was set aside and the "
        "others go on. Look it up in Seller Central and ship it there if it is due. Show its details to support "
        "before it is read again."
    ),
    Problem.ORDER_NUMBER_TAKEN: _(
        "Another order has this number. Choose the Commerce order number as number source in the order settings, or "
        "rename the other order."
    ),
    Problem.CUSTOMER_EMAIL_MISSING: _(
        "Amazon gives no e-mail address for this order. Choose guest orders in the order settings to import it."
    ),
    Problem.CANCELED_AFTER_SHIPMENT: _(
        "The parcel is on its way. Try to stop it with the carrier; otherwise expect it back and settle with the "
        "buyer in Seller Central. Then press Settled."
    ),
    Problem.ITEMS_CANCELED_AFTER_SHIPMENT: _(
        "Amazon was told of the other items only. Stop the parcel or expect these items back, then press Settled."
    ),
    Problem.REOPENED_AT_AMAZON: _(
        "Nothing is shipped from here. Ship the order in Seller Central, or cancel it there, then press Settled."
    ),
    Problem.ITEMS_ADDED_AFTER_COMPLETION: _(
        "A complete order is not opened again. Ship the added items in Seller Central, then press Settled."
    ),
    Problem.SHIPMENT_NOT_SHOWN: _(
        "Amazon accepted the tracking number but does not show the package. Compare with Seller Central and confirm "
        "the shipment there if it is missing."
    ),
    Problem.SHIPMENT_REFUSED: _(
        "Amazon does not have the tracking number. Its words stand beside the package; correct it before the "
        "ship-by date."
    ),
    Problem.CANCELLATION_REFUSED: _(
        "The order is open again. Ship it, or ask for the cancellation once more if Amazon's words allow it."
    ),
    Problem.CANCELLATION_UNANSWERED: _(
        "Ship nothing. The request is sent again by itself; if that takes too long, cancel the order in Seller "
        "Central, and the next pull follows."
    ),
    Problem.UNKNOWN_SKU: _(
        "Add the SKU to the products, or as an alias of one: the Commerce order is then made by itself. Or choose in "
        "the order settings to import orders with unmatched lines."
    ),
}

REST_OF_A_REFUSED_CANCELLATION = _(
    "Items of the order have left. Ship the rest, or cancel the rest in Seller Central; the next pull follows."
)


def advice_for(problem_code: str) -> str:
    """Translated; empty for a problem that is not known here."""
    return str(ADVICE.get(problem_code, ""))  # type: ignore[call-overload]
