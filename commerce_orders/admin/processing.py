"""The button that takes a pending order up."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce_orders.models import Order
from commerce_orders.services.processing import start_processing
from commerce_orders.services.transitions import TransitionRefused


def process_view(admin: Any, request: HttpRequest, order_id: int) -> HttpResponse:
    """Start processing, and come back to the order's page."""
    if not request.user.has_perm("commerce_orders.ship_order"):
        raise PermissionDenied
    order = get_object_or_404(Order, pk=order_id)
    try:
        start_processing(order_id=order.pk, actor=request.user.get_username(), now=timezone.now())
    except TransitionRefused as refusal:
        admin.message_user(request, str(refusal), messages.WARNING)
    else:
        admin.message_user(request, _("The order is being processed."))
    return HttpResponseRedirect(reverse("admin:commerce_orders_order_change", args=[order.pk]))
