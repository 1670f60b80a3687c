import argparse
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from commerce_orders.command import CommandRefused, JsonCommand, Report, WrongArguments
from commerce_orders.models.tokens import Scope
from commerce_orders.services.tokens import NameTaken, TokenRefused, create_token, find_accounts

LONGEST_LIFE_DAYS = 3650


def read_days(text: str) -> timedelta:
    if not text.isdecimal() or not 1 <= int(text) <= LONGEST_LIFE_DAYS:
        raise argparse.ArgumentTypeError(f"a whole number from 1 to {LONGEST_LIFE_DAYS} is needed")
    return timedelta(days=int(text))


def read_moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a time such as 2027-01-31T00:00:00+00:00 is needed") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment <= timezone.now():
        raise argparse.ArgumentTypeError("a time in the future is needed")
    return moment


def read_names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise argparse.ArgumentTypeError("at least one name is needed; without the option the token sees all stores")
    return names


class Command(JsonCommand):
    help = "Make a token for the REST interface and print it. It is shown this once only."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="What the token is for, such as “warehouse”.")
        parser.add_argument("--scopes", required=True, help=f"Comma-separated, from: {', '.join(Scope.values)}.")
        parser.add_argument(
            "--stores",
            type=read_names,
            default=[],
            metavar="NAMES",
            help="Comma-separated names of stores or seller accounts; of others the token knows nothing.",
        )
        lives = parser.add_mutually_exclusive_group()
        lives.add_argument("--expires", type=read_moment, metavar="ISO8601", help="When it stops working.")
        lives.add_argument(
            "--expires-in-days", type=read_days, dest="life", metavar="DAYS", help="Without it the token never expires."
        )

    def report(
        self, *, name: str, scopes: str, stores: list[str], expires: datetime | None, life: timedelta | None, **_: Any
    ) -> Report:
        now = timezone.now()
        try:
            _token, text = create_token(
                name=name,
                scopes=[scope.strip() for scope in scopes.split(",") if scope.strip()],
                now=now,
                expires_at=now + life if life else expires,
                accounts=find_accounts(stores),
            )
        except NameTaken as refusal:
            raise CommandRefused(refusal.code, refusal.detail) from refusal
        except TokenRefused as refusal:
            raise WrongArguments(refusal.code, refusal.detail) from refusal
        return Report({"token": text}, text)
