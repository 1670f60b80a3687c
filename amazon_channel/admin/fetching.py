"""The Orders tab found nothing for an Amazon order number: whether Amazon knows it is one question away."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from amazon_channel.gateway.errors import AmazonError
from amazon_channel.models import AmazonOrder, SellerAccount
from amazon_channel.queries import AMAZON_ORDER_NUMBER, read_term
from amazon_channel.services.fetching import OrderNumberWrong, fetch_order


def describe_unknown_number(term: str, *, found: int) -> dict[str, Any]:
    """What the page needs to offer the question; nothing where orders were found or ``term`` is no such number."""
    number = read_term(term)
    if found or not AMAZON_ORDER_NUMBER.fullmatch(number):
        return {}
    return {
        "unknown_number": number,
        "is_held": AmazonOrder.objects.filter(amazon_order_id=number).exists(),
        "ask_accounts": list(SellerAccount.objects.active().values_list("pk", "name")),
    }


def fetch_by_number(page: Any, request: HttpRequest) -> HttpResponse:
    """Ask Amazon for the order that the form names, and lead to it."""
    number, account_id = request.POST.get("number", ""), request.POST.get("account", "")
    account = get_object_or_404(SellerAccount.objects.active(), pk=account_id if account_id.isdecimal() else None)
    try:
        order = fetch_order(account=account, amazon_order_id=number, now=timezone.now())
    except OrderNumberWrong as refusal:
        page.message_user(request, str(refusal), messages.ERROR)
    except AmazonError as error:
        if error.code == "NotFound":
            words = _("Amazon does not know the order %(number)s for %(account)s.")
            page.message_user(request, words % {"number": number.strip(), "account": account.name}, messages.WARNING)
        else:
            page.message_user(request, f"{error.detail} {error.advice}", messages.ERROR)
    else:
        if AmazonOrder.objects.listed().filter(pk=order.pk).exists():
            page.message_user(request, _("Amazon sent the order. It is stored."), messages.SUCCESS)
            return redirect("admin:amazon_channel_amazonorder_change", order.pk)
        words = _("Amazon sent the order %(number)s. It is %(status)s there, and is listed here once that changes.")
        page.message_user(request, words % {"number": order.amazon_order_id, "status": order.status_label})
    query = QueryDict(mutable=True)
    query["q"] = number.strip()[:100]
    return redirect(f"{reverse('admin:amazon_channel_amazonorder_changelist')}?{query.urlencode()}")
