"""What to do when Amazon refuses a shipment confirmation, by what its words contain.

Source: Amazon's replies as integrators report them; the model states no codes beyond ``InvalidInput``.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

ADVICE = (
    (
        "does not match the expected format",
        gettext_noop(
            "Compare carrier and tracking number with the label, then correct the shipment on its Commerce order."
        ),
    ),
    (
        "PackageToUpdateNotFound",
        gettext_noop("Amazon already shows the order as shipped. Compare the tracking number in Seller Central."),
    ),
    (
        "NonexistentOrderItem",
        gettext_noop("The order was canceled at Amazon. Stop the package if it has not shipped yet."),
    ),
    (
        "maximum number of allowed updates",
        gettext_noop("Amazon takes no more changes to this package. Correct it in Seller Central."),
    ),
    ("InvalidPackageVersion", gettext_noop("Somebody changed this package at Amazon. Compare it in Seller Central.")),
    ("carrier", gettext_noop("Check the carrier: its code must be one that Amazon lists for this marketplace.")),
)
# An order that is not what we believe: shipped already, which may have been us before a timeout, canceled, with fewer
# units left, or with items under other numbers. Amazon's words for too many units are not known; they name them.
ABOUT_THE_ORDER = ("packagetoupdatenotfound", "already fulfilled", "nonexistentorderitem", "quantity", "orderitemid")
OTHERWISE = gettext_noop("Read Amazon's message, correct what it names in Seller Central, or send it again.")


WORKER_DIED = "worker_died"
PACKAGE_REMOVED = "package_removed"
OUR_OWN = {
    WORKER_DIED: gettext_noop(
        "Confirm the shipment in Seller Central if it is urgent. Send it again once the log has been looked at."
    ),
    PACKAGE_REMOVED: gettext_noop(
        "Somebody removed the package in Seller Central. Send it again if it has shipped; otherwise ship its items "
        "there."
    ),
}


def is_about_the_order(words: str) -> bool:
    """Whether Amazon refuses a package because of what it holds of its order, which is to be read then."""
    return any(fragment in words.lower() for fragment in ABOUT_THE_ORDER)


def advice_on(words: str, code: str = "") -> str:
    """What staff should do about a refusal in Amazon's ``words``, or one of ours by its ``code``; translated."""
    if code in OUR_OWN:
        return _(OUR_OWN[code])
    return _(next((advice for fragment, advice in ADVICE if fragment in words), OTHERWISE))
