"""The button that says that somebody has dealt with what the sales channel changed after the fact."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce_orders.admin.return_address import return_address
from commerce_orders.channels import NothingToSettle, channel_of
from commerce_orders.models import Order


def settle_view(admin: Any, request: HttpRequest, order_id: int) -> HttpResponse:
    """Settle the conflict, and come back to the order's page."""
    order = get_object_or_404(Order, pk=order_id)
    channel = channel_of(order)
    if channel is None:
        raise Http404
    if not admin.has_view_permission(request) or not request.user.has_perm(channel.settle_permission):
        raise PermissionDenied
    try:
        channel.settle_conflict(order, actor=request.user.get_username(), now=timezone.now())
    except NothingToSettle as refusal:
        admin.message_user(request, str(refusal), messages.WARNING)
    else:
        admin.message_user(request, _("Done. The timeline shows who resolved it."))
    return HttpResponseRedirect(
        return_address(request) or reverse("admin:commerce_orders_order_change", args=[order.pk])
    )
