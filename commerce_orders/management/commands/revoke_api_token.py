from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce_orders.command import JsonCommand, Report, WrongArguments
from commerce_orders.services.tokens import TokenRefused, revoke_token


class Command(JsonCommand):
    help = "Revoke a token of the REST interface; requests with it are refused from now on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="The name that the token was made with.")

    def report(self, *, name: str, **_options: Any) -> Report:
        try:
            token = revoke_token(name=name, now=timezone.now())
        except TokenRefused as refusal:
            raise WrongArguments(refusal.code, refusal.detail) from refusal
        return Report(
            {"name": token.name, "revoked_at": token.revoked_at},
            _("The token %(name)s is revoked.") % {"name": token.name},
        )
