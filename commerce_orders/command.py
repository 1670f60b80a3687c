"""The base of our commands: words for people, or one JSON document for programs."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as _

from commerce_orders.refusals import Refused

FAILED = 1
WRONG_ARGUMENTS = 2


@dataclass(frozen=True, slots=True)
class Report:
    """What a command did. ``data`` is the JSON document, ``text`` the same for people (lines, translated)."""

    data: dict[str, Any] | list[Any]
    text: str
    all_done: bool = True


class CommandRefused(Refused):
    """What was asked for cannot be done."""


class WrongArguments(CommandRefused):
    """An argument names what does not exist, or is out of its range."""


class JsonCommand(BaseCommand):
    """A command with ``--json``. Subclasses implement ``report``, and ``add_arguments`` without calling super.

    Standard output carries the report, as lines or as exactly one JSON document; logs go to standard error.
    Exits with 0 when all that was asked for was done; 1 when ``report`` raised ``CommandRefused`` or its
    ``all_done`` is false; 2 when the arguments are wrong, for which an argument's ``type`` raises
    ``argparse.ArgumentTypeError``, or ``report`` raises ``WrongArguments``. In JSON every error is
    ``{"error": {"code", "detail"}}``.
    """

    report: Callable[..., Report]  # takes the options by their names, and `**_options` for Django's own
    wants_json = False

    def run_from_argv(self, argv: list[str]) -> None:
        self.wants_json = "--json" in argv  # known before the arguments are, which may be the ones that are wrong
        super().run_from_argv(argv)

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.add_argument(
            "--json", action="store_true", dest="as_json", help="Print one JSON document instead of lines."
        )
        if self.wants_json:
            parser.error = self._refuse_arguments  # type: ignore[method-assign]
        return parser

    def handle(self, *args: Any, as_json: bool, **options: Any) -> None:
        try:
            report = self.report(**options)
        except CommandRefused as refusal:
            self.refuse(refusal, as_json=as_json)
        except Exception:
            if as_json:
                self._print_error("unexpected", _("The command stopped unexpectedly; see its log."), as_json=True)
            raise
        self.stdout.write(self._document(report.data) if as_json else report.text)
        if not report.all_done:
            sys.exit(FAILED)

    def refuse(self, refusal: CommandRefused, *, as_json: bool) -> NoReturn:
        """End with what stands against it."""
        self._print_error(refusal.code, refusal.detail, as_json=as_json)
        sys.exit(WRONG_ARGUMENTS if isinstance(refusal, WrongArguments) else FAILED)

    def _refuse_arguments(self, message: str) -> NoReturn:
        self._print_error("wrong_arguments", message, as_json=True)
        sys.exit(WRONG_ARGUMENTS)

    def _print_error(self, code: str, detail: str, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(self._document({"error": {"code": code, "detail": detail}}))
        else:
            self.stderr.write(detail)

    @staticmethod
    def _document(data: object) -> str:
        return json.dumps(data, cls=DjangoJSONEncoder)
