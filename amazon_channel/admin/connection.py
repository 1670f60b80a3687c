"""The page that leads through connecting an account: each step tested, its result, and what to do."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from amazon_channel.admin.account_forms import CredentialFields
from amazon_channel.admin.connection_words import describe_test, state_of
from amazon_channel.models import ConnectionTest, SellerAccount
from amazon_channel.services.accounts import AccountInvalid, change_account
from amazon_channel.services.connection_tests import ask_for_test

RELOAD_SECONDS = 2


def show_connection(page: Any, request: HttpRequest, account_id: int) -> HttpResponse:
    """How the latest test stands; whoever may change the account also renews its credentials here."""
    account = get_object_or_404(SellerAccount.objects.select_related("store"), pk=account_id)
    form = CredentialFields(request.POST or None) if page.has_change_permission(request) else None
    if form is not None and form.is_valid() and _renew(request, account, form):
        page.message_user(request, _("Credentials saved. They are being tested now."))
        return HttpResponseRedirect(connection_address(account.pk))
    test = ConnectionTest.objects.filter(account=account).first()
    shown: HttpResponse = page.render_page(
        request,
        "admin/amazon_channel/selleraccount/connection.html",
        title=_("Connection of %(account)s") % {"account": account.name},
        original=account,
        account=account,
        zone=account.time_zone,
        test=test,
        state=state_of(test),
        steps=describe_test(test),
        form=form,
        reload_seconds=RELOAD_SECONDS if test and test.is_running else 0,
        may_sync=page.has_sync_permission(request),
        may_see_settings=request.user.has_perm("amazon_channel.view_ordersettings"),
    )
    return shown


def connection_address(account_id: int) -> str:
    return reverse("admin:amazon_channel_selleraccount_connection", args=[account_id])


def _renew(request: HttpRequest, account: SellerAccount, form: CredentialFields) -> bool:
    if form.is_without_credentials:
        form.add_error(None, _("Enter at least one new value."))
        return False
    now, actor = timezone.now(), request.user.get_username()
    try:
        change_account(account=account, credentials=form.credentials(kept=account.credentials), actor=actor, now=now)
    except AccountInvalid as refusal:
        form.show_refusal(refusal)
        return False
    ask_for_test(account=account, asked_by=actor, now=now)
    return True
