from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from amazon_channel.accounts_argument import chosen_accounts
from amazon_channel.services.push import push_shipments
from commerce_orders.command import JsonCommand, Report

COUNTS = ("sent", "confirmed", "retry_later", "rejected", "withdrawn")


class Command(JsonCommand):
    help = "Send every due shipment confirmation to Amazon, now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", help="Id or name; without it, every active account.")

    def report(self, *, account: str | None, **_options: Any) -> Report:
        reports = [push_shipments(account=each) for each in chosen_accounts(account)]
        data: dict[str, Any] = {name: sum(getattr(report, name) for report in reports) for name in COUNTS}
        text = _("%(sent)s sent, %(confirmed)s confirmed, %(retry_later)s to be tried later, %(rejected)s refused.")
        data["errors"] = [
            {"code": report.error.code, "detail": report.error.detail} for report in reports if report.error
        ]
        data["problems"] = [
            {"order": order_id, "code": refusal.code, "detail": refusal.detail}
            for report in reports
            for order_id, refusal in report.refusals
        ]
        lines = [
            *(f"{refusal['order']}: {refusal['code']}: {refusal['detail']}" for refusal in data["problems"]),
            *(f"{error['code']}: {error['detail']}" for error in data["errors"]),
        ]
        return Report(
            data=data,
            text="\n".join([text % data, *lines]),
            all_done=not (data["retry_later"] or data["rejected"] or data["errors"]),
        )
