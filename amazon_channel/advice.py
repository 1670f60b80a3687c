"""What a person should do about each problem of an order."""

from django.utils.translation import gettext_lazy as _

from amazon_channel.states import Problem

ADVICE = {
    Problem.UNREADABLE: _(
        "Nothing was lost: Amazon's data is kept and read again with each change. Look the order up in Seller "
        "Central and ship it there if it is due."
    ),
    Problem.DOES_NOT_ADD_UP: _(
        "Compare the amounts below with Seller Central. The Commerce order is created as soon as Amazon's own amounts "
        "add up."
    ),
    Problem.DETAILS_MISSING: _(
        "Nothing to do for now: Amazon often sends prices and the address later, and the order is read again "
        "automatically. If this lasts for hours, check the application's roles in Seller Central."
    ),
    Problem.UNFULFILLABLE: _(
        "Do not ship this order. Check in Seller Central what is blocking it, and cancel it if that cannot be fixed; "
        "it continues here as soon as Amazon reopens it."
    ),
    Problem.STATUS_UNKNOWN: _(
        "Amazon uses a status that says nothing about shipping. Handle the order in Seller Central; it continues here "
        "as soon as Amazon shows a known status."
    ),
    Problem.NOT_STORED: _("The order is read again with the next pull. If it comes back, show its details to support."),
    Problem.KILLED_WORKER: _(
        "The background process stopped twice while it stored this order, so the order was set aside and the "
        "others go on. Look it up in Seller Central and ship it there if it is due. Show its details to support "
        "before it is read again."
    ),
    Problem.ORDER_NUMBER_TAKEN: _(
        "Another order has this number. In the order settings, set the order number to “Commerce order number”."
    ),
    Problem.CUSTOMER_EMAIL_MISSING: _(
        "Amazon gives no e-mail address for this order. Choose guest orders in the order settings to import it."
    ),
    Problem.CANCELED_AFTER_SHIPMENT: _(
        "The package is on its way. Try to stop it with the carrier; otherwise expect a return and sort it out with "
        "the buyer in Seller Central. Then press “Mark as resolved”."
    ),
    Problem.ITEMS_CANCELED_AFTER_SHIPMENT: _(
        "Only the other items were reported to Amazon. Stop the package or expect these items back, then press "
        "“Mark as resolved”."
    ),
    Problem.REOPENED_AT_AMAZON: _(
        "This order can no longer be shipped from here. Ship it in Seller Central, or cancel it there, then press "
        "“Mark as resolved”."
    ),
    Problem.ITEMS_ADDED_AFTER_COMPLETION: _(
        "A complete order cannot be reopened. Ship the added items in Seller Central, then press “Mark as resolved”."
    ),
    Problem.SHIPMENT_NOT_SHOWN: _(
        "Amazon accepted the tracking number but does not show the package. Compare with Seller Central and confirm "
        "the shipment there if it is missing."
    ),
    Problem.SHIPMENT_REFUSED: _(
        "Amazon does not have the tracking number. Its message is shown beside the package; correct the shipment "
        "before the ship-by date."
    ),
    Problem.CANCELLATION_REFUSED: _(
        "The order is open again. Ship it, or request the cancellation again if Amazon's message allows it."
    ),
    Problem.CANCELLATION_UNANSWERED: _(
        "Do not ship this order. The request is sent again automatically; if that takes too long, cancel the order in "
        "Seller Central, and the next pull updates it here."
    ),
    Problem.UNKNOWN_SKU: _(
        "Add the SKU to the products, or as an alias of one: the Commerce order is then created automatically. Or "
        "choose in the order settings to import orders with unmatched lines."
    ),
}

REST_OF_A_REFUSED_CANCELLATION = _(
    "Some items of the order have already shipped. Ship the rest, or cancel it in Seller Central; the next pull "
    "updates it here."
)


def advice_for(problem_code: str) -> str:
    """Translated; empty for a problem that is not known here."""
    return str(ADVICE.get(problem_code, ""))  # type: ignore[call-overload]
