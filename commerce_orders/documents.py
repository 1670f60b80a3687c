"""What is printed for an order, apart from how: packing slips and pick lists as HTML."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import barcode
from barcode.writer import SVGWriter
from django.template.loader import render_to_string
from django.utils import translation

from commerce_orders.channels import DocumentStyle
from commerce_orders.models import Order, OrderLine
from customers.models import PersonalDetails

# Scanners read these widths well on an office printer, in millimetres.
BARCODE = {"module_width": 0.3, "module_height": 11.0, "quiet_zone": 3.0, "write_text": False}
PAGE_SIZES = {"a4": "A4", "letter": "Letter"}
# Han characters are drawn in the way of the country that the address is in.
LANGUAGE_OF_ADDRESS = {"JP": "ja", "CN": "zh-Hans", "SG": "zh-Hans", "TW": "zh-Hant", "HK": "zh-Hant", "MO": "zh-Hant"}
LANGUAGE_OF_ADDRESS |= {"KR": "ko"}


@dataclass(frozen=True, slots=True)
class SlipLine:
    line: OrderLine
    quantity: int
    gift_message: str


@dataclass(frozen=True, slots=True)
class PickedItem:
    """Units of one SKU to fetch, and for which orders."""

    sku: str
    name: str
    quantity: int
    orders: Sequence[tuple[str, int]]


def packing_slips_html(
    orders: Sequence[Order],
    *,
    details: Mapping[int, PersonalDetails],
    styles: Mapping[int, DocumentStyle],
    zones: Mapping[int, str],
) -> str:
    """A page or more for each order, in the language and paper size of its account. ``details`` are by order id."""
    sections = []
    for order in orders:
        style = styles[order.pk]
        with translation.override(style.language):
            sections.append(
                render_to_string("documents/packing_slip.html", _slip(order, details.get(order.pk), style, zones))
            )
    return render_to_string("documents/document.html", {"sections": sections, "page_sizes": PAGE_SIZES})


def pick_list_html(orders: Sequence[Order], *, style: DocumentStyle, now: datetime, zone: str) -> str:
    """What to fetch from the shelves for all of ``orders``, in the reader's language."""
    context = {"items": picked_items(orders), "orders": orders, "now": now, "zone": zone, "page": style.page_size}
    section = render_to_string("documents/pick_list.html", context)
    return render_to_string("documents/document.html", {"sections": [section], "page_sizes": PAGE_SIZES})


def picked_items(orders: Sequence[Order]) -> list[PickedItem]:
    """Everything that is left to ship, by SKU."""
    by_sku: dict[str, list[tuple[Order, OrderLine]]] = {}
    for order in orders:
        for line in order.lines.all():
            if line.quantity_to_ship > 0:
                by_sku.setdefault(line.sku or line.name, []).append((order, line))
    items = []
    for sku, parts in sorted(by_sku.items()):
        units: dict[str, int] = {}
        for order, line in parts:
            units[order.number] = units.get(order.number, 0) + line.quantity_to_ship
        items.append(PickedItem(sku, parts[0][1].name, sum(units.values()), list(units.items())))
    return items


def barcode_address(number: str) -> str:
    """A Code 128 of ``number`` as a ``data:`` address of an SVG; empty for a number that it cannot hold."""
    if not number.isascii() or not number.isprintable():
        return ""
    svg: bytes = barcode.get("code128", number, writer=SVGWriter()).render(BARCODE)
    return f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}"


def _slip(
    order: Order, details: PersonalDetails | None, style: DocumentStyle, zones: Mapping[int, str]
) -> dict[str, Any]:
    messages = details.gift_messages if details else {}
    lines = [
        SlipLine(line, line.quantity_expected, messages.get(line.channel_line_id, "")) for line in order.lines.all()
    ]
    address = details.address if details else None
    return {
        "order": order,
        "lines": [line for line in lines if line.quantity > 0],
        "address": address,
        "address_language": LANGUAGE_OF_ADDRESS.get(address.country_code, style.language) if address else "",
        "barcode": barcode_address(order.number),
        "style": style,
        "logo": f"data:image/png;base64,{base64.b64encode(style.logo).decode()}" if style.logo else "",
        "zone": zones.get(order.pk, "UTC"),
    }
