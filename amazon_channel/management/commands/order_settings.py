import argparse
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from amazon_channel.accounts_argument import chosen_accounts
from amazon_channel.models import OrderSettings
from amazon_channel.services.order_settings import OrderSettingsRefused, change_order_settings
from commerce_orders.command import JsonCommand, Report, WrongArguments


def read_change(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")
    return key, value


class Command(JsonCommand):
    help = "Show the order settings of a seller account, or change some of them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("account", metavar="ACCOUNT", help="Id or name of the seller account.")
        parser.add_argument(
            "--set",
            action="extend",
            nargs="+",
            type=read_change,
            default=[],
            dest="changes",
            metavar="KEY=VALUE",
            help=f"Keys: {', '.join(OrderSettings.KEYS)}.",
        )

    def report(self, *, account: str, changes: list[tuple[str, str]], **_options: Any) -> Report:
        if len(dict(changes)) < len(changes):
            raise WrongArguments("setting_given_twice", _("A setting is given twice."))
        try:
            settings = change_order_settings(
                account=chosen_accounts(account)[0], changes=dict(changes), actor="command", now=timezone.now()
            )
        except OrderSettingsRefused as refusal:
            raise WrongArguments(refusal.code, refusal.detail) from refusal
        lines = [f"{key}={value}" for key, value in settings.as_json().items()]
        return Report(settings.as_json(), "\n".join(lines))
