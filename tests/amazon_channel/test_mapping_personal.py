"""Personal data: taken out of the copy of the payload, and never lost to an empty one."""

import json
import os
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from amazon_channel.mapping.orders import OrderReading, identify, read_order
from amazon_channel.mapping.personal import with_earlier_details
from customers.models import PersonalDetails, PostalAddress
from tests.amazon_channel.readings import changed, many_orders, plain_order, read, refuse

MODELS = Path(
    os.environ.get("AMAZON_MODELS_DIR", Path(__file__).parents[2].parent / "shared" / "reference" / "amazon-models")
)
CANARY = "Canary-7"
PERSONAL: dict[str, Any] = {
    "buyer": {
        "buyerName": f"{CANARY} name",
        "buyerEmail": f"{CANARY}@marketplace.amazon.com",
        "buyerCompanyName": f"{CANARY} Ltd",
        "buyerPurchaseOrderNumber": f"{CANARY} PO",
    },
    "recipient": {
        "deliveryAddress": {
            "name": f"{CANARY} recipient",
            "companyName": f"{CANARY} company",
            "addressLine1": f"{CANARY} 1",
            "addressLine2": f"{CANARY} 2",
            "addressLine3": f"{CANARY} 3",
            "city": f"{CANARY} city",
            "districtOrCounty": f"{CANARY} county",
            "stateOrRegion": f"{CANARY} state",
            "municipality": f"{CANARY} municipality",
            "postalCode": f"{CANARY} code",
            "countryCode": "US",
            "phone": f"{CANARY} phone",
            "addressType": f"{CANARY} type",
            "extendedFields": {"streetName": f"{CANARY} street", "neighborhood": f"{CANARY} hood"},
        },
        "deliveryPreference": {"dropOffLocation": f"{CANARY} door", "addressInstruction": f"{CANARY} bell"},
    },
    "payment": {"paymentExecutions": [{"paymentMethod": f"{CANARY} card"}]},
    "tax": {"taxRegistrations": [{"legalName": f"{CANARY} Inc", "taxRegistrationNumber": f"{CANARY} VAT"}]},
}


def with_canaries():
    order = plain_order(**PERSONAL)
    item = order["orderItems"][0]
    item["fulfillment"]["packing"] = {"giftOption": {"giftMessage": f"{CANARY} gift", "giftWrapLevel": "Classic"}}
    item["product"]["customization"] = {"customizedUrl": f"https://example.org/{CANARY}"}
    return order


def test_the_payload_holds_nothing_personal():
    reading = read(with_canaries())
    assert CANARY not in json.dumps(reading.payload)
    assert reading.payload["tax"] == {}
    giftless = reading.payload["orderItems"][0]["fulfillment"]["packing"]["giftOption"]
    assert giftless == {"giftWrapLevel": "Classic"}
    assert set(reading.payload) == set(plain_order()) - {"buyer", "recipient", "payment"} | {"tax"}


def test_everything_personal_goes_to_the_details():
    details = read(with_canaries()).details
    item_id = plain_order()["orderItems"][0]["orderItemId"]
    assert details == PersonalDetails(
        buyer_name=f"{CANARY} name",
        buyer_email=f"{CANARY}@marketplace.amazon.com",
        company=f"{CANARY} Ltd",
        purchase_order_number=f"{CANARY} PO",
        address=PostalAddress(
            name=f"{CANARY} recipient",
            company=f"{CANARY} company",
            lines=(f"{CANARY} 1", f"{CANARY} 2", f"{CANARY} 3"),
            city=f"{CANARY} city",
            district=f"{CANARY} county",
            region=f"{CANARY} state",
            postal_code=f"{CANARY} code",
            country_code="US",
            phone=f"{CANARY} phone",
            kind=f"{CANARY} type",
            instructions=f"{CANARY} door {CANARY} bell",
        ),
        gift_messages={item_id: f"{CANARY} gift"},
        tax_registrations=[{"legalName": f"{CANARY} Inc", "taxRegistrationNumber": f"{CANARY} VAT"}],
        customization_urls={item_id: f"https://example.org/{CANARY}"},
    )


@pytest.mark.parametrize("key", [*PERSONAL["buyer"], "deliveryAddress", "deliveryPreference", "giftMessage", "phone"])
@pytest.mark.parametrize("place", ["novelty", "salesChannel", "orderItems"])
def test_personal_data_in_a_new_place_is_found(key, place):
    order = plain_order()
    if place == "orderItems":
        order["orderItems"][1]["later"] = [[{key: {"deep": CANARY}}]]
    else:
        order[place] = {"kept": 1, "later": [{key: [CANARY]}]} | order.get(place, {})
    payload = read(order).payload
    assert CANARY not in json.dumps(payload)
    assert json.dumps(order).count(CANARY) == 1
    assert place not in ("novelty",) or payload["novelty"] == {"kept": 1, "later": [{}]}


def test_an_unreadable_order_keeps_no_personal_data_either():
    order = changed(with_canaries(), "orderItems.0.quantityOrdered", CANARY)
    unreadable = refuse(order | {"createdTime": None})
    assert CANARY not in unreadable.reason
    assert "buyer" not in unreadable.payload
    listed = refuse([{"buyer": CANARY, "kept": 1}])
    assert listed.payload == [{"kept": 1}]


def test_the_orders_of_all_countries_lose_their_people():
    for order in many_orders(200, status="UNSHIPPED", fulfilled_by="MERCHANT"):
        reading = read(order)
        payload = json.dumps(reading.payload, ensure_ascii=False)
        details = reading.details
        assert details.buyer_email and details.address and details.address.is_deliverable
        for text in (details.buyer_name, details.buyer_email, details.address.phone, *details.address.lines):
            assert not text or json.dumps(text, ensure_ascii=False)[1:-1] not in payload


KNOWN = PersonalDetails(
    buyer_name="Ada",
    buyer_email="ada@example.org",
    company="Engines",
    purchase_order_number="7",
    address=PostalAddress(name="Ada", lines=("1 Main Street",), postal_code="98101", country_code="US", phone="555"),
    gift_messages={"1": "Hello"},
    tax_registrations=[{"legalName": "Engines"}],
    customization_urls={"1": "https://example.org"},
)


def test_nothing_known_is_overwritten_by_nothing():
    assert with_earlier_details(PersonalDetails(), KNOWN) == KNOWN
    only_city = PersonalDetails(address=PostalAddress(city="Seattle", country_code="US"))
    assert with_earlier_details(only_city, KNOWN).address == KNOWN.address


@pytest.mark.parametrize("field", [field.name for field in fields(PersonalDetails)])
def test_each_known_part_survives_alone(field):
    empty = replace(KNOWN, **{field: getattr(PersonalDetails(), field)})
    assert with_earlier_details(empty, KNOWN) == KNOWN


def test_what_is_new_replaces_what_was_known():
    moved = PostalAddress(name="Ada", lines=("2 Side Street",), postal_code="98102", country_code="US", phone="777")
    new = PersonalDetails(buyer_name="Ada L.", buyer_email="ada@example.com", address=moved)
    merged = with_earlier_details(new, KNOWN)
    assert (merged.buyer_name, merged.buyer_email, merged.address) == ("Ada L.", "ada@example.com", moved)
    assert merged.company == "Engines"


def test_a_phone_that_amazon_withholds_later_is_kept():
    without_phone = replace(KNOWN, address=replace(KNOWN.address, phone=""))
    assert with_earlier_details(without_phone, KNOWN).address.phone == "555"


def test_a_brazilian_address_is_put_together_from_its_parts():
    address = {"countryCode": "BR", "postalCode": "01310", "municipality": "São Paulo"}
    address["extendedFields"] = {
        "streetName": "Avenida Paulista",
        "streetNumber": "1578",
        "complement": "Sala 2",
        "neighborhood": "Bela Vista",
    }
    read_address = read(changed(plain_order(), "recipient", {"deliveryAddress": address})).details.address
    assert read_address.lines == ("Avenida Paulista 1578", "Sala 2", "Bela Vista")
    assert read_address.city == "São Paulo"


@pytest.mark.skipif(not MODELS.is_dir(), reason=f"Amazon's models are not in {MODELS}")
def test_amazons_own_examples_are_read():
    cases = json.loads((MODELS / "sandbox_orders_cases.json").read_text())["orders_2026-01-01"]
    orders = [
        order
        for case in cases
        if case["status"] == "200"
        for order in case["response"].get("orders", [case["response"].get("order")])
    ]
    readings = [read_order(order, identify(order)) for order in orders]
    assert [reading.amazon_order_id for reading in readings] == [order["orderId"] for order in orders]
    assert [reading for reading in readings if not isinstance(reading, OrderReading)] == []
    assert len(readings) == 8
