"""The shipping sheet: many orders in ship-by order, a tracking number typed or scanned for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from amazon_channel.admin.pills import request_pills
from amazon_channel.admin.sheet_form import SheetForm, shared_carriers
from amazon_channel.models import AmazonOrder
from amazon_channel.queries import SHEET_WORK, orders_for_sheet
from amazon_channel.services.ship_sheet import ship_sheet_rows
from commerce_orders.channels import Carrier, CarrierBook, channel_of
from commerce_orders.services.sheet import RowOutcome
from project.listing import BackOfficeAdmin, key_in

ORDERS_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One order of the sheet: still to be given a number, or with what became of it."""

    order: AmazonOrder
    requests: list[SafeString]
    field: forms.BoundField | None
    carrier_field: forms.BoundField | None
    outcome: RowOutcome
    entered: str  # the number that was refused and for which there is no field any more

    @property
    def is_open(self) -> bool:
        return self.field is not None

    @property
    def shipment(self) -> Any:
        return self.outcome.shipment

    @property
    def refusal(self) -> str:
        return self.outcome.refusal


def show_sheet(admin: BackOfficeAdmin, request: HttpRequest) -> HttpResponse:
    """The sheet, or what was entered in it recorded, with each order's outcome.

    Each order ships all that is left in it, so sending the page twice changes nothing: the second time each row is
    done already. A number typed for an order that somebody else shipped meanwhile is refused in its row.
    """
    now = timezone.now()
    orders, more = _wanted(request, now=now)
    open_orders = [order for order in orders if order.commerce_order and order.commerce_order.is_to_ship]
    asked = [order for order in orders if order in open_orders or _is_typed(order, request.POST)]
    form, books = _form(request, asked, now=now)
    outcomes: Mapping[int, RowOutcome] = {}
    if form.is_bound and form.is_valid():
        outcomes = ship_sheet_rows(form.packages(asked), actor=request.user.get_username())
    rows = [
        _row(order, form, outcomes.get(order.commerce_order_id or 0), is_open=order in open_orders) for order in orders
    ]
    return admin.render_page(
        request,
        "admin/amazon_channel/amazonorder/ship.html",
        title=_("Shipping sheet"),
        form=form,
        rows=rows,
        now=now,
        shipped=[row for row in rows if row.shipment],
        refused=[row for row in rows if row.refusal],
        waiting=[row for row in rows if row.field],
        carriers_by_place=_by_place(asked, books),
        has_carriers=bool(books) and bool(form.fields["carrier_code"].choices[1:]),  # type: ignore[attr-defined]
        next_orders=_next_orders(request.GET, orders) if more else "",
        shown=",".join(str(order.pk) for order in orders),
        may_see_commerce_order=request.user.has_perm("commerce_orders.view_order"),
    )


def ship_row(request: HttpRequest) -> HttpResponse:
    """One row of the sheet, sent by its script: whether it is done, and what stands in the row from now on."""
    now = timezone.now()
    orders = _chosen(request.POST.get("order", ""))
    if len(orders) != 1:
        raise Http404
    order = orders[0]
    form, _books = _form(request, orders, now=now)
    outcome = RowOutcome(refusal=" ".join(str(words) for errors in form.errors.values() for words in errors))
    if form.is_valid():
        outcomes = ship_sheet_rows(form.packages(orders), actor=request.user.get_username())
        outcome = outcomes.get(order.commerce_order_id or 0) or RowOutcome(refusal=_("Enter the tracking number."))
    html = render_to_string("admin/amazon_channel/amazonorder/ship_outcome.html", {"outcome": outcome}, request)
    return JsonResponse({"done": outcome.shipment is not None, "html": html})


def _wanted(request: HttpRequest, *, now: datetime) -> tuple[list[AmazonOrder], bool]:
    """The chosen orders, or the next ones of what there is to do; and whether there are more of these.

    A sheet that is sent is about the orders that it showed. What there is to do may be others by now, and what was
    typed for those that left, because somebody shipped them or the day is over, must not go unanswered.
    """
    asked, shown = request.GET, request.POST.get("shown", "")
    work = str(asked.get("work", ""))
    if work not in SHEET_WORK:
        return _chosen(shown or asked.get("orders", "")), False
    account = key_in(asked.get("account", ""))
    if shown:
        orders = _chosen(shown)
        last = orders[-1].pk if orders else None
        return orders, orders_for_sheet(work, account=account, behind=last, now=now).exists()
    to_do = orders_for_sheet(work, account=account, behind=key_in(asked.get("behind", "")), now=now)
    found = list(_readable(to_do)[: ORDERS_AT_ONCE + 1])
    return found[:ORDERS_AT_ONCE], len(found) > ORDERS_AT_ONCE


def _next_orders(asked: QueryDict, orders: Sequence[AmazonOrder]) -> str:
    following = asked.copy()
    following["behind"] = str(orders[-1].pk)
    return f"?{following.urlencode()}"


def _chosen(numbers: str) -> list[AmazonOrder]:
    ids = [key for number in numbers.split(",") if (key := key_in(number)) is not None]
    chosen = AmazonOrder.objects.listed().filter(pk__in=ids[:ORDERS_AT_ONCE])
    return list(_readable(chosen.order_by(F("ship_by").asc(nulls_last=True), "pk")))


def _readable(orders: Any) -> Any:
    return orders.select_related("account", "commerce_order").defer("payload", "account__encrypted_credentials")


def _is_typed(order: AmazonOrder, data: QueryDict) -> bool:
    return order.commerce_order is not None and bool(data.get(f"tracking_number_{order.pk}"))


def _form(
    request: HttpRequest, asked: Sequence[AmazonOrder], *, now: datetime
) -> tuple[SheetForm, Mapping[int, CarrierBook]]:
    orders = [order.commerce_order for order in asked if order.commerce_order]
    channel = channel_of(orders[0]) if orders else None
    books = channel.carrier_books(orders) if channel else {}
    form = SheetForm(
        request.POST if request.method == "POST" else None,
        orders=asked,
        carriers=shared_carriers(books),
        other=channel.other_carrier if channel else "",
        zone=asked[0].account.time_zone if asked else "UTC",
        now=now,
    )
    return form, books


def _by_place(asked: Sequence[AmazonOrder], books: Mapping[int, CarrierBook]) -> dict[str, Sequence[Carrier]]:
    """What the carrier fields of each marketplace suggest; "other" would need a name besides."""
    return {
        order.marketplace_id: books[order.commerce_order_id].carriers
        for order in asked
        if order.commerce_order_id and order.commerce_order_id in books
    }


def _row(order: AmazonOrder, form: SheetForm, outcome: RowOutcome | None, *, is_open: bool) -> Row:
    outcome = outcome or RowOutcome()
    has_field = is_open and not outcome.shipment
    return Row(
        order,
        request_pills(order),
        field=form.tracking_field(order) if has_field else None,
        carrier_field=form.carrier_field(order) if has_field else None,
        outcome=outcome,
        entered=form.entered(order) if outcome.refusal and not is_open else "",
    )
