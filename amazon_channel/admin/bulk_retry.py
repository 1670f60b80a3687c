"""Saying what became of each order whose problems were tried again."""

from collections.abc import Sequence

from django.contrib import messages
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amazon_channel.problems.retrying import OrderRetry


def report_retries(outcomes: Sequence[OrderRetry]) -> tuple[int, SafeString]:
    """Level and text of one message that names every order."""
    retried = [outcome for outcome in outcomes if outcome.retried]
    forbidden = [outcome for outcome in outcomes if outcome.is_forbidden and not outcome.retried]
    nothing = [outcome for outcome in outcomes if not outcome.retried and not outcome.is_forbidden]
    parts = []
    if retried:
        words = ngettext("%(count)s order is tried again:", "%(count)s orders are tried again:", len(retried))
        parts.append((words % {"count": len(retried)}, _named(retried)))
    if nothing:
        parts.append((_("Nothing to try again:"), _named(nothing)))
    if forbidden:
        parts.append((_("You do not have permission to try these again:"), _named(forbidden)))
    level = messages.SUCCESS if retried else messages.WARNING
    return level, format_html_join("", "<p>{} {}</p>", parts)


def _named(outcomes: Sequence[OrderRetry]) -> SafeString:
    return format_html_join(
        ", ",
        '<a href="{}"><bdi>{}</bdi></a>',
        (
            (reverse("admin:amazon_channel_amazonorder_change", args=[outcome.order.pk]), outcome.order.amazon_order_id)
            for outcome in outcomes
        ),
    )
