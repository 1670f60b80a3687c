"""What of an order names or reaches a person, apart from the rest.

Source: Amazon, "Access Orders PII"; gift messages, tax registrations and payment details are personal data by the
Data Protection Policy.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from amazon_channel.mapping.reading import Unreadable, rows, section, text
from commerce_orders.wording import wording
from customers.models import PersonalDetails, PostalAddress

PERSONAL_KEYS = frozenset(
    {
        "buyer",
        "recipient",
        "payment",
        "taxRegistrations",
        "giftMessage",
        "customization",
        # Wherever a later version of the API may put them.
        "buyerName",
        "buyerEmail",
        "buyerCompanyName",
        "buyerPurchaseOrderNumber",
        "deliveryAddress",
        "deliveryPreference",
        "phone",
        "email",
    }
)
PERSONAL_KEY = re.compile(rb'"(?:%s)":' % "|".join(sorted(PERSONAL_KEYS)).encode())


def without_personal_data(order: Any) -> Any:
    """Amazon's JSON without its personal parts, at any depth; ``order`` itself stays as it is.

    Raises ``Unreadable`` where it is nested more deeply than can be stored.
    """
    public = order
    if isinstance(order, dict):
        public = {key: value for key, value in order.items() if key not in PERSONAL_KEYS}
    try:
        written = orjson.dumps(public)
    except TypeError as error:
        raise Unreadable(wording("it is nested too deeply, or a number in it is too large")) from error
    # Walking through everything costs more than all other mapping, and most orders have nothing left to find.
    return _stripped(public) if PERSONAL_KEY.search(written) else public


def _stripped(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _stripped(value) for key, value in node.items() if key not in PERSONAL_KEYS}
    if isinstance(node, list):
        return [_stripped(value) for value in node]
    return node


def personal_details(order: Mapping[str, Any]) -> PersonalDetails:
    """Raises ``Unreadable``."""
    buyer = section(order, "buyer")
    gift_messages, customization_urls = {}, {}
    for item in rows(order, "orderItems"):
        item_id = text(item, "orderItemId")
        gift = section(section(section(item, "fulfillment"), "packing"), "giftOption")
        if message := text(gift, "giftMessage"):
            gift_messages[item_id] = message
        if url := text(section(section(item, "product"), "customization"), "customizedUrl"):
            customization_urls[item_id] = url
    return PersonalDetails(
        buyer_name=text(buyer, "buyerName"),
        buyer_email=text(buyer, "buyerEmail"),
        company=text(buyer, "buyerCompanyName"),
        purchase_order_number=text(buyer, "buyerPurchaseOrderNumber"),
        address=_address(section(order, "recipient")),
        gift_messages=gift_messages,
        tax_registrations=list(rows(section(order, "tax"), "taxRegistrations")),
        customization_urls=customization_urls,
    )


def _address(recipient: Mapping[str, Any]) -> PostalAddress | None:
    address = section(recipient, "deliveryAddress")
    if not address:
        return None
    extended = section(address, "extendedFields")
    preference = section(recipient, "deliveryPreference")
    lines = [text(address, f"addressLine{number}") for number in (1, 2, 3)]
    if not any(lines):
        street = " ".join(filter(None, (text(extended, "streetName"), text(extended, "streetNumber"))))
        lines = [street, text(extended, "complement"), text(extended, "neighborhood")]
    return PostalAddress(
        name=text(address, "name"),
        company=text(address, "companyName"),
        lines=tuple(line for line in lines if line),
        city=text(address, "city") or text(address, "municipality"),
        district=text(address, "districtOrCounty"),
        region=text(address, "stateOrRegion"),
        postal_code=text(address, "postalCode"),
        country_code=text(address, "countryCode"),
        phone=text(address, "phone"),
        kind=text(address, "addressType"),
        instructions=" ".join(
            filter(None, (text(preference, "dropOffLocation"), text(preference, "addressInstruction")))
        ),
    )


def with_earlier_details(new: PersonalDetails, earlier: PersonalDetails) -> PersonalDetails:
    """``new``, with what Amazon no longer sends taken from ``earlier``.

    Amazon leaves out the phone once an order is delivered, and has left out names by mistake; a known address is
    never overwritten by an empty one.
    """
    address = new.address
    if earlier.address:
        if address is None or not address.is_deliverable:
            address = earlier.address
        elif not address.phone:
            address = replace(address, phone=earlier.address.phone)
    return replace(
        new,
        buyer_name=new.buyer_name or earlier.buyer_name,
        buyer_email=new.buyer_email or earlier.buyer_email,
        company=new.company or earlier.company,
        purchase_order_number=new.purchase_order_number or earlier.purchase_order_number,
        address=address,
        gift_messages=new.gift_messages or earlier.gift_messages,
        tax_registrations=new.tax_registrations or earlier.tax_registrations,
        customization_urls=new.customization_urls or earlier.customization_urls,
    )
