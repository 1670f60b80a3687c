"""What to do when Amazon refuses a shipment confirmation, by what its words contain.

Source: Amazon's replies as integrators report them; the model states no codes beyond ``InvalidInput``.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

ADVICE = (
    (
        "does not match the expected format",
        gettext_noop(
            "Compare carrier and tracking number with the label, then confirm the shipment in Seller Central."
        ),
    ),
    (
        "PackageToUpdateNotFound",
        gettext_noop("Amazon holds the order as shipped already. Compare the tracking number in Seller Central."),
    ),
    ("NonexistentOrderItem", gettext_noop("The order was canceled at Amazon. Stop the parcel if it has not left.")),
    (
        "maximum number of allowed updates",
        gettext_noop("Amazon takes no more changes to this package. Correct it in Seller Central."),
    ),
    ("InvalidPackageVersion", gettext_noop("Somebody changed this package at Amazon. Compare it in Seller Central.")),
    ("carrier", gettext_noop("Check the carrier: its code must be one that Amazon lists for this marketplace.")),
)
OTHERWISE = gettext_noop("Read Amazon's words, correct what they name in Seller Central, or send it again.")


def advice_on(words: str) -> str:
    """What staff should do about a refusal in Amazon's ``words``, translated."""
    return _(next((advice for fragment, advice in ADVICE if fragment in words), OTHERWISE))
