"""Reading Commerce orders."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from commerce_orders.api import examples
from commerce_orders.api.chosen_fields import FieldNames
from commerce_orders.api.conditions import answer_unless_known
from commerce_orders.api.fields import CodeField, StrictSerializer, TextField, TimeField, TrueFalseField
from commerce_orders.api.operations import NOT_FOUND, OF_LISTS, operation
from commerce_orders.api.order_representation import OrderSerializer, represent_orders, represented_orders
from commerce_orders.api.pagination import PageQuery, page_of
from commerce_orders.api.views import ApiView
from commerce_orders.channels import channel_codes
from commerce_orders.models import Order
from commerce_orders.models.tokens import Scope
from commerce_orders.services.change_times import settled_until
from commerce_orders.states import OrderStatus

NO_ORDER = "There is no order with this number."
NUMBER = {"number": "The order's number."}
RECIPIENT = (
    "`recipient` is null unless the token also has the scope `customers:read`; each answer that shows recipients is "
    "recorded with the token's name."
)
POLLING = (
    "Orders come in the order of their last change.\n\n"
    "**Keeping up.** Ask once with `updated_after`, take `results`, go on with `next` while there is one, then keep "
    "`poll` and ask it whenever you like: it lists what changed after all that you have seen. Each change is listed "
    "exactly once, however many systems write at the same time; an order that changes again comes again, with a higher "
    "`version`. For that, a list with `updated_after` leaves out changes that others which are still being written may "
    "come before: on PostgreSQL, while somebody writes, those of the last two seconds. They follow in the next answer. "
    "A client that keeps only times asks with `updated_after` set to the latest `updated_at` it has seen; that moment "
    "is included, so it skips what it knows by `number` and `version`."
)
POLL = "With `updated_after`: the address to ask next time, for all that changes from now on."


class ChannelField(TextField):
    default_error_messages = {"unknown": "There is no such channel. Choose from: {allowed}."}

    def to_internal_value(self, data: Any) -> str:
        code = super().to_internal_value(data)
        if code not in channel_codes():
            self.fail("unknown", allowed=", ".join(channel_codes()))
        return code


class OrderQuery(StrictSerializer):
    fields = FieldNames(OrderSerializer)  # type: ignore[assignment]  # DRF has an attribute of this name


class OrderListQuery(PageQuery, OrderQuery):
    status = CodeField(OrderStatus.choices, required=False)
    channel = ChannelField(required=False, help_text="Code of the sales channel, such as `amazon`.")
    channel_order_id = TextField(max_length=64, required=False, help_text="The order's number at the sales channel.")
    acknowledged = TrueFalseField(required=False, help_text="Whether another system has taken the order over.")
    external_number = TextField(max_length=64, required=False, help_text="The order's number in that system.")
    updated_after = TimeField(required=False, help_text="Changed at this time or later.")
    ship_by_before = TimeField(required=False, help_text="To be shipped before this time; of any status.")


LOOKUPS = {
    "status": "status",
    "channel": "channel",
    "channel_order_id": "channel_order_id",
    "external_number": "external_number",
    "updated_after": "updated_at__gte",
    "ship_by_before": "ship_by__lt",
}


class OrderListView(ApiView):
    @operation(
        scope=Scope.ORDERS_READ,
        name="orders_list",
        summary="List Commerce orders",
        description=f"{POLLING}\n\n{RECIPIENT}",
        query=OrderListQuery,
        answer=page_of(OrderSerializer, "OrderPage", poll=POLL),
        answer_example=examples.page(examples.ORDER) | {"poll": examples.NEXT_PAGE},
        refusals=(OF_LISTS,),
    )
    def get(self, request: Request) -> Response:
        filters = {LOOKUPS[name]: value for name, value in self.query.items() if name in LOOKUPS}
        if "acknowledged" in self.query:
            filters["acknowledged_at__isnull"] = not self.query["acknowledged"]
        keeps_up = "updated_after" in self.query
        if keeps_up and (until := settled_until()):
            filters["updated_at__lte"] = until
        fields = self.query.get("fields")
        page = self.read_page(represented_orders(self.token, fields).filter(**filters), time_column="updated_at")
        orders = represent_orders(page.rows, token=self.token, purpose="api_orders", now=timezone.now(), fields=fields)
        return Response(page.represent(orders) | {"poll": page.onward if keeps_up else None})


class OrderView(ApiView):
    @operation(
        scope=Scope.ORDERS_READ,
        name="orders_read",
        summary="Read a Commerce order",
        description=RECIPIENT,
        path=NUMBER,
        query=OrderQuery,
        answer=OrderSerializer,
        answer_example=examples.ORDER,
        has_etag=True,
        refusals=(NOT_FOUND,),
    )
    def get(self, request: Request, number: str) -> Response:
        fields = self.query.get("fields")
        order = find_order(represented_orders(self.token, fields), number)
        [answer] = represent_orders([order], token=self.token, purpose="api_order", now=timezone.now(), fields=fields)
        return answer_unless_known(request, answer)


def find_order(orders: QuerySet[Order], number: str) -> Order:
    order = orders.filter(number=number).first()
    if order is None:
        raise NotFound(NO_ORDER)
    return order
