import os
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from amazon_channel.models.accounts import Credentials, Region
from amazon_channel.services.accounts import AccountInvalid, NameTaken, connect_account
from commerce_orders.command import CommandRefused, JsonCommand, Report, WrongArguments

ARGUMENTS = {"name", "region", "marketplaces"}  # the rest comes from the environment
VARIABLES = {
    "client_id": "AMAZON_CLIENT_ID",
    "client_secret": "AMAZON_CLIENT_SECRET",
    "refresh_token": "AMAZON_REFRESH_TOKEN",
}


class Command(JsonCommand):
    help = (
        "Connect a seller account. The credentials come from AMAZON_CLIENT_ID, AMAZON_CLIENT_SECRET and "
        "AMAZON_REFRESH_TOKEN in the environment, where a list of processes does not show them; AMAZON_MERCHANT_TOKEN, "
        "which Amazon wants when orders are canceled, may stand there too."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True)
        parser.add_argument("--region", required=True, choices=Region.values)
        parser.add_argument("--marketplaces", required=True, metavar="ID[,ID]")

    def report(self, *, name: str, region: str, marketplaces: str, **_options: Any) -> Report:
        missing = [variable for variable in VARIABLES.values() if not os.environ.get(variable, "").strip()]
        if missing:
            raise CommandRefused(
                "credentials_missing", _("Set in the environment: %(names)s.") % {"names": ", ".join(missing)}
            )
        try:
            account = connect_account(
                name=name,
                region=region,
                marketplaces=[part.strip() for part in marketplaces.split(",") if part.strip()],
                credentials=Credentials(**{key: os.environ[variable].strip() for key, variable in VARIABLES.items()}),
                now=timezone.now(),
                merchant_token=os.environ.get("AMAZON_MERCHANT_TOKEN", "").strip(),
            )
        except AccountInvalid as error:
            is_argument = error.field in ARGUMENTS and not isinstance(error, NameTaken)
            refusal = WrongArguments if is_argument else CommandRefused
            raise refusal(f"{error.field}_invalid", error.detail) from error
        return Report(
            data={"account": account.pk},
            text=_("Account %(id)s is connected. Next: pull_orders --account %(id)s") % {"id": account.pk},
        )
