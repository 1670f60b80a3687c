"""States of Amazon's orders, shipments and accounts in words and colour."""

from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from amazon_channel import states
from amazon_channel.models import AmazonOrder, SellerAccount, SyncRun
from amazon_channel.standing import stalled_after
from amazon_channel.states import ConfirmationState
from commerce_orders.presentation.moments import format_age
from commerce_orders.presentation.pills import Tone, cancellation_pills, pill

STATUS_TONES = {
    states.UNSHIPPED: Tone.WARNING,
    states.PARTIALLY_SHIPPED: Tone.INFO,
    states.SHIPPED: Tone.SUCCESS,
    states.UNFULFILLABLE: Tone.DANGER,
}
CONFIRMATION_TONES = {
    ConfirmationState.CONFIRMED: Tone.SUCCESS,
    ConfirmationState.REJECTED: Tone.DANGER,
}
RUN_TONES = {
    SyncRun.Outcome.DONE: Tone.SUCCESS,
    SyncRun.Outcome.FAILED: Tone.DANGER,
    SyncRun.Outcome.WAITING: Tone.WARNING,
}


def status_pill(status: str) -> SafeString:
    return pill(states.status_label(status), STATUS_TONES.get(status, Tone.NEUTRAL))


def state_pill(order: AmazonOrder) -> SafeString:
    """What left here counts at once, with Amazon's own word beneath until Amazon shows the package."""
    if order.status_here == order.status:
        return status_pill(order.status)
    theirs = _("Amazon still says: %(status)s") % {"status": order.status_label}
    return format_html('{}<span class="bo-under">{}</span>', status_pill(order.status_here), theirs)


def request_pills(order: AmazonOrder) -> list[SafeString]:
    """Who wants an order canceled that is still to be shipped."""
    if order.commerce_order is not None:
        return cancellation_pills(order.commerce_order)
    if order.buyer_wants_to_cancel and order.status in states.TO_SHIP:
        return [pill(_("Buyer asks to cancel"), Tone.WARNING)]
    return []


def account_state(account: SellerAccount, *, now: datetime) -> tuple[Tone, str]:
    """How fresh an account's orders are. ``account.pull_state`` is read, so select it with the account."""
    if not account.is_active:
        return Tone.NEUTRAL, _("Switched off")
    if account.error_code:
        return Tone.DANGER, _("Error")
    succeeded_at = account.pull_state.succeeded_at
    if succeeded_at is None:
        return Tone.INFO, _("Not pulled yet")
    words = _("Pulled %(age)s") % {"age": format_age(succeeded_at, now=now)}
    return (Tone.WARNING if now - succeeded_at > stalled_after() else Tone.SUCCESS), words
