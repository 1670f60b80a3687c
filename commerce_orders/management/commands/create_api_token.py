import argparse
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from commerce_orders.command import CommandRefused, JsonCommand, Report, WrongArguments
from commerce_orders.models.tokens import Scope
from commerce_orders.services.tokens import NameTaken, TokenRefused, create_token

LONGEST_LIFE_DAYS = 3650


def read_days(text: str) -> timedelta:
    if not text.isdecimal() or not 1 <= int(text) <= LONGEST_LIFE_DAYS:
        raise argparse.ArgumentTypeError(f"a whole number from 1 to {LONGEST_LIFE_DAYS} is needed")
    return timedelta(days=int(text))


class Command(JsonCommand):
    help = "Make a token for the REST interface and print it. It is shown this once only."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="What the token is for, such as “warehouse”.")
        parser.add_argument("--scopes", required=True, help=f"Comma-separated, from: {', '.join(Scope.values)}.")
        parser.add_argument(
            "--expires-in-days", type=read_days, dest="life", metavar="DAYS", help="Without it the token never expires."
        )

    def report(self, *, name: str, scopes: str, life: timedelta | None, **_: Any) -> Report:
        now = timezone.now()
        try:
            _token, text = create_token(
                name=name,
                scopes=[scope.strip() for scope in scopes.split(",") if scope.strip()],
                now=now,
                expires_at=now + life if life else None,
            )
        except NameTaken as refusal:
            raise CommandRefused(refusal.code, refusal.detail) from refusal
        except TokenRefused as refusal:
            raise WrongArguments(refusal.code, refusal.detail) from refusal
        return Report({"token": text}, text)
