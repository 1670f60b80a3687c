"""Customers: personal data, so each answer is recorded."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from commerce_orders.api import examples
from commerce_orders.api.fields import TimeField
from commerce_orders.api.operations import NOT_FOUND, OF_LISTS, operation
from commerce_orders.api.pagination import PageQuery, page_of
from commerce_orders.api.views import ApiView
from commerce_orders.models import ApiToken, Order
from commerce_orders.models.tokens import Scope
from customers.models import Customer, PersonalDetails
from customers.services.access import reveal_contacts


class CustomerSerializer(serializers.Serializer[Any]):
    """A buyer with an account."""

    # The context has ``details``, by contact id.

    number = serializers.CharField()
    name = serializers.SerializerMethodField(help_text="Empty once the personal data is erased.")
    email = serializers.SerializerMethodField(help_text="Empty once the personal data is erased.")
    created_at = TimeField()
    orders_count = serializers.IntegerField()

    def get_name(self, customer: Customer) -> str:
        return self._details(customer).display_name

    def get_email(self, customer: Customer) -> str:
        return self._details(customer).buyer_email

    def _details(self, customer: Customer) -> PersonalDetails:
        details: PersonalDetails = self.context["details"][customer.contact_id]
        return details


class CustomerListView(ApiView):
    @operation(
        scope=Scope.CUSTOMERS_READ,
        name="customers_list",
        summary="List customers",
        description="First made first. Each answer is recorded with the token's name.",
        query=PageQuery,
        answer=page_of(CustomerSerializer, "CustomerPage"),
        answer_example=examples.page(examples.CUSTOMER),
        refusals=(OF_LISTS,),
    )
    def get(self, request: Request) -> Response:
        page = self.read_page(represented_customers(self.token))
        return Response(page.represent(represent_customers(page.rows, token=self.token, purpose="api_customers")))


class CustomerView(ApiView):
    @operation(
        scope=Scope.CUSTOMERS_READ,
        name="customers_read",
        summary="Read a customer",
        description="Each answer is recorded with the token's name.",
        path={"number": "The customer's number."},
        answer=CustomerSerializer,
        answer_example=examples.CUSTOMER,
        refusals=(NOT_FOUND,),
    )
    def get(self, request: Request, number: str) -> Response:
        customer = represented_customers(self.token).filter(number=number).first()
        if customer is None:
            raise NotFound("There is no customer with this number.")
        [answer] = represent_customers([customer], token=self.token, purpose="api_customer")
        return Response(answer)


def represented_customers(token: ApiToken) -> QuerySet[Customer]:
    # A subquery per row of the page; a join would group the whole table for it.
    orders = Order.objects.visible_to(token).filter(customer=OuterRef("pk")).order_by().values("customer")
    count = Subquery(orders.annotate(count=Count("pk")).values("count"))
    customers = Customer.objects.select_related("contact").annotate(orders_count=Coalesce(count, 0))
    return customers.filter(Exists(orders)) if token.accounts else customers


def represent_customers(customers: Sequence[Customer], *, token: ApiToken, purpose: str) -> list[dict[str, Any]]:
    contacts = {customer.contact_id: customer.contact for customer in customers}
    details = reveal_contacts(list(contacts.values()), actor=token.actor, purpose=purpose, now=timezone.now())
    return list(CustomerSerializer(customers, many=True, context={"details": details}).data)
