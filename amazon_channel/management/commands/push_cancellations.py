from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from amazon_channel.accounts_argument import chosen_accounts
from amazon_channel.services.cancellations.push import push_cancellations
from commerce_orders.command import JsonCommand, Report

COUNTS = ("sent", "accepted", "refused", "retry_later")


class Command(JsonCommand):
    help = "Send every due cancellation to Amazon and read the answers to earlier ones, now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", help="Id or name; without it, every active account.")

    def report(self, *, account: str | None, **_options: Any) -> Report:
        reports = [push_cancellations(account=each) for each in chosen_accounts(account)]
        data: dict[str, Any] = {name: sum(getattr(report, name) for report in reports) for name in COUNTS}
        text = _("%(sent)s sent, %(accepted)s accepted, %(refused)s refused, %(retry_later)s to be tried later.")
        data["errors"] = [
            {"code": report.error.code, "detail": report.error.detail} for report in reports if report.error
        ]
        return Report(
            data=data,
            text="\n".join([text % data, *(f"{error['code']}: {error['detail']}" for error in data["errors"])]),
            all_done=not (data["retry_later"] or data["refused"] or data["errors"]),
        )
