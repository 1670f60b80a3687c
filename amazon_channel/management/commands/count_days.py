import argparse
from datetime import date
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amazon_channel.accounts_argument import chosen_accounts
from amazon_channel.services.order_days import recount_days
from commerce_orders.command import JsonCommand, Report


def read_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no day such as 2026-11-01") from error


class Command(JsonCommand):
    help = "Count the days of the dashboard's charts anew, from the orders themselves."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", help="Id or name; without it, every account.")
        parser.add_argument(
            "--since", type=read_day, metavar="DATE", help="First day, as in 2026-11-01; without it, all."
        )

    def report(self, *, account: str | None, since: date | None, **_options: Any) -> Report:
        counted = {each: recount_days(account=each, since=since) for each in chosen_accounts(account)}
        words = [
            _("%(account)s: %(days)s") % {
                "account": each,
                "days": ngettext("%(count)s day with orders", "%(count)s days with orders", days) % {"count": days},
            }
            for each, days in counted.items()
        ]  # fmt: skip
        return Report(
            data=[{"account": each.pk, "days": days} for each, days in counted.items()], text="\n".join(words)
        )
