"""Reading Amazon orders as they are mirrored: without personal data."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from amazon_channel import states
from amazon_channel.api import examples
from amazon_channel.models import AmazonOrder, SellerAccount
from amazon_channel.models.accounts import SellerAccountQuerySet
from amazon_channel.models.orders import AmazonOrderQuerySet
from commerce_orders.api.chosen_fields import CHOSEN, ChoosableSerializer, FieldNames
from commerce_orders.api.examples import page as page_example
from commerce_orders.api.fields import CodeField, MoneyField, StrictSerializer, TextField, TimeField, TrueFalseField
from commerce_orders.api.operations import NOT_FOUND, OF_LISTS, operation
from commerce_orders.api.pagination import PageQuery, page_of
from commerce_orders.api.views import ApiView
from commerce_orders.models import ApiToken
from commerce_orders.models.tokens import Scope


class AmazonOrderItemSerializer(serializers.Serializer[Any]):
    order_item_id = serializers.CharField()
    sku = serializers.CharField()
    asin = serializers.CharField()
    title = serializers.CharField()
    quantity_ordered = serializers.IntegerField()
    quantity_shipped = serializers.IntegerField()


class ProblemSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(source="problem_code")
    detail = serializers.CharField(source="problem_detail")


class AmazonOrderSerializer(ChoosableSerializer):
    amazon_order_id = serializers.CharField()
    account = serializers.IntegerField(source="account_id", help_text="The seller account's id.")
    marketplace_id = serializers.CharField()
    status = serializers.CharField(help_text="Amazon's own word; Amazon may add others without notice.")
    fulfilled_by = serializers.CharField(help_text="`MERCHANT` or `AMAZON`.")
    purchased_at = TimeField(allow_null=True)
    last_updated_at = TimeField(allow_null=True, help_text="Of the version that is stored, at Amazon.")
    ship_by = TimeField(allow_null=True)
    grand_total = MoneyField(allow_null=True, help_text="Null while Amazon states none.")
    items = AmazonOrderItemSerializer(many=True)
    commerce_order = serializers.CharField(
        source="commerce_order.number", allow_null=True, help_text="The Commerce order's number; null while none."
    )
    problem = serializers.SerializerMethodField(help_text="Why the order needs a person; null for most.")

    @extend_schema_field(ProblemSerializer(allow_null=True))
    def get_problem(self, order: AmazonOrder) -> dict[str, str] | None:
        return {"code": order.problem_code, "detail": order.problem_detail} if order.problem_code else None


class AccountField(serializers.PrimaryKeyRelatedField[SellerAccount]):
    """An account that the token may see; another one does not exist for it."""

    default_error_messages = dict.fromkeys(
        ("does_not_exist", "incorrect_type"), "There is no seller account with this id."
    )

    def get_queryset(self) -> SellerAccountQuerySet:
        return SellerAccount.objects.visible_to(self.context["token"]).only("pk")


class AccountQuery(StrictSerializer):
    account = AccountField(
        queryset=SellerAccount.objects.only("pk"), required=False, help_text="A seller account's id."
    )


class AmazonOrderQuery(AccountQuery):
    fields = FieldNames(AmazonOrderSerializer)  # type: ignore[assignment]  # DRF has an attribute of this name


class AmazonOrderListQuery(PageQuery, AmazonOrderQuery):
    status = TextField(max_length=40, required=False, help_text="Amazon's own word, such as `UNSHIPPED`.")
    fulfilled_by = CodeField(list(states.FULFILLED_BY_LABELS.items()), required=False)
    problem = TrueFalseField(required=False, help_text="Only orders with, or only orders without a problem.")
    include_pending = TrueFalseField(
        default=False, help_text="Also orders that Amazon still holds, or ships itself and has not shipped yet."
    )


class AmazonOrderListView(ApiView):
    @operation(
        scope=Scope.ORDERS_READ,
        name="amazon_orders_list",
        summary="List Amazon orders",
        description="In the order of their last change here.",
        query=AmazonOrderListQuery,
        answer=page_of(AmazonOrderSerializer, "AmazonOrderPage"),
        answer_example=page_example(examples.AMAZON_ORDER),
        refusals=(OF_LISTS,),
    )
    def get(self, request: Request) -> Response:
        page = self.read_page(filter_orders(represented_orders(self.token), self.query), time_column="stored_at")
        context = {CHOSEN: self.query.get("fields")}
        return Response(page.represent(list(AmazonOrderSerializer(page.rows, many=True, context=context).data)))


class AmazonOrderView(ApiView):
    @operation(
        scope=Scope.ORDERS_READ,
        name="amazon_orders_read",
        summary="Read an Amazon order",
        description=(
            "Finds pending orders too. Where two accounts hold the same number, `account` says which is meant; "
            "without it the one seen last is given."
        ),
        path={"amazon_order_id": "Amazon's order number."},
        query=AmazonOrderQuery,
        answer=AmazonOrderSerializer,
        answer_example=examples.AMAZON_ORDER,
        refusals=(NOT_FOUND,),
    )
    def get(self, request: Request, amazon_order_id: str) -> Response:
        fields = self.query.pop("fields", None)
        orders = represented_orders(self.token).filter(amazon_order_id=amazon_order_id, **self.query)
        order = orders.order_by("-pk").first()
        if order is None:
            raise NotFound("There is no Amazon order with this number.")
        return Response(AmazonOrderSerializer(order, context={CHOSEN: fields}).data)


def represented_orders(token: ApiToken) -> AmazonOrderQuerySet:
    orders = AmazonOrder.objects.visible_to(token).select_related("commerce_order").prefetch_related("items")
    return orders.defer("payload", "status_changes")


def filter_orders(orders: AmazonOrderQuerySet, query: dict[str, Any]) -> AmazonOrderQuerySet:
    if not query["include_pending"]:
        orders = orders.listed()
    if "problem" in query:
        orders = orders.with_problem() if query["problem"] else orders.filter(problem_code="")
    return orders.filter(**{name: query[name] for name in ("account", "status", "fulfilled_by") if name in query})
