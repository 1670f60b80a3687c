import argparse
from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from amazon_channel.accounts_argument import chosen_accounts
from amazon_channel.models import PullState, SellerAccount, SyncRun
from amazon_channel.services.leases import PullRunning
from amazon_channel.services.pull import pull_orders
from commerce_orders.command import JsonCommand, Report

EARLIEST_YEAR = 1990  # before there was anything to buy at Amazon


def read_moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no ISO 8601 time such as 2026-11-01T00:00:00Z") from error
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} has no time zone; end it with Z for UTC")
    if moment.year < EARLIEST_YEAR:
        raise argparse.ArgumentTypeError(f"{text!r} is too early; the earliest year is {EARLIEST_YEAR}")
    if moment > timezone.now():
        raise argparse.ArgumentTypeError(f"{text!r} is in the future")
    return moment


class Command(JsonCommand):
    help = "Read what changed at Amazon since the cursor, now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", help="Id or name; without it, every active account.")
        parser.add_argument(
            "--since",
            type=read_moment,
            metavar="ISO8601",
            help="Read everything that changed since then. What Amazon's limits do not allow now, later pulls read.",
        )

    def report(self, *, account: str | None, since: datetime | None, **_options: Any) -> Report:
        results = [self._pull(each, since) for each in chosen_accounts(account)]
        return Report(
            data=results,
            text="\n".join(self._line(result) for result in results),
            all_done=all(result["error"] is None for result in results),
        )

    def _pull(self, account: SellerAccount, since: datetime | None) -> dict[str, Any]:
        try:
            run = pull_orders(account=account, since=since)
        except PullRunning:
            run = SyncRun(
                account=account,
                cursor=PullState.objects.values_list("cursor", flat=True).get(account=account),
                error_code="running",
                error_detail=_("Another worker reads this account now."),
            )
        error = None
        if run.error_code:
            error = {"code": run.error_code, "detail": run.error_detail, "goes_on_at": run.goes_on_at}
        return {"account": account.pk, **run.counts(), "cursor": run.cursor, "error": error}

    @staticmethod
    def _line(result: dict[str, Any]) -> str:
        line = _("Account %(account)s: %(seen)s seen, %(created)s new, %(updated)s changed, %(problems)s problems.")
        words = [line % result]
        if error := result["error"]:
            words.append(f"{error['code']}: {error['detail']}")
            if error["goes_on_at"]:
                goes_on_at = localtime(error["goes_on_at"]).strftime("%Y-%m-%d %H:%M:%S %Z")
                words.append(_("It resumes by itself at %(time)s.") % {"time": goes_on_at})
        return " ".join(words)
