"""What becomes of an account's orders: reading and changing it."""

from django.utils import timezone
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from amazon_channel.api import examples
from amazon_channel.models import OrderSettings, SellerAccount
from amazon_channel.services.order_settings import OrderSettingsChanged, OrderSettingsRefused, change_order_settings
from commerce_orders.api.conditions import Precondition, answer_unless_known, etag_of
from commerce_orders.api.errors import RequestRefused
from commerce_orders.api.operations import NOT_FOUND, operation
from commerce_orders.api.views import ApiView
from commerce_orders.models import ApiToken
from commerce_orders.models.tokens import Scope

ACCOUNT = {"id": "The seller account's id."}


class OrderSettingsSerializer(serializers.ModelSerializer[OrderSettings]):
    """What becomes of a seller account's orders."""

    # The shape only: ``change_order_settings`` decides what may be set.

    class Meta:
        model = OrderSettings
        fields = OrderSettings.KEYS


class OrderSettingsView(ApiView):
    @operation(
        scope=Scope.SETTINGS_WRITE,
        name="order_settings_read",
        summary="Read the order settings of a seller account",
        path=ACCOUNT,
        answer=OrderSettingsSerializer,
        answer_example=examples.ORDER_SETTINGS,
        has_etag=True,
        refusals=(NOT_FOUND,),
    )
    def get(self, request: Request, id: int) -> Response:
        return answer_unless_known(request, find_settings(id, self.token).as_json())

    @operation(
        scope=Scope.SETTINGS_WRITE,
        name="order_settings_change",
        summary="Change order settings of a seller account",
        description="Only the settings given are changed, all or none. Commerce orders that exist stay as they are.",
        path=ACCOUNT,
        body=OrderSettingsSerializer,
        body_example=examples.CHANGED_SETTINGS,
        answer=OrderSettingsSerializer,
        answer_example=examples.ORDER_SETTINGS | examples.CHANGED_SETTINGS,
        has_etag=True,
        refusals=(NOT_FOUND,),
    )
    def patch(self, request: Request, id: int) -> Response:
        if not isinstance(request.data, dict):
            raise ValidationError("An object with settings is needed.")
        settings = find_settings(id, self.token)
        precondition = Precondition(request)
        try:
            settings = change_order_settings(
                account=settings.account,
                changes=request.data,
                actor=self.token.actor,
                now=timezone.now(),
                is_as_seen=lambda stored: precondition.allows(etag_of(stored.as_json())),
            )
        except OrderSettingsChanged as refusal:
            raise RequestRefused(status.HTTP_412_PRECONDITION_FAILED, refusal.code, str(refusal)) from refusal
        except OrderSettingsRefused as refusal:
            raise ValidationError({key: [sentence] for key, sentence in refusal.fields.items()}) from refusal
        return Response(settings.as_json(), headers={"ETag": etag_of(settings.as_json())})


def find_settings(account_id: int, token: ApiToken) -> OrderSettings:
    accounts = SellerAccount.objects.visible_to(token).filter(pk=account_id)
    settings = OrderSettings.objects.select_related("account").filter(account__in=accounts).first()
    if settings is None:
        raise NotFound("There is no seller account with this id.")
    return settings
