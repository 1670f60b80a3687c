from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from commerce_orders.command import JsonCommand, Report
from project.translations import TRANSLATED, find_faults, gather_texts, update_catalogue


class Command(JsonCommand):
    help = "Brings the translation catalogues up to date with the sources, or checks that they are."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help=_("Change nothing; fail where a text is not right."))
        parser.add_argument("--language", action="append", choices=TRANSLATED, help=_("Only this one."))

    def report(self, *, check: bool, language: list[str] | None, **options: Any) -> Report:
        texts = gather_texts()
        languages = language or TRANSLATED
        if not check:
            for code in languages:
                update_catalogue(code, texts)
        faults = {code: find_faults(code, texts) for code in languages}
        lines = [f"{code}: {len(found)} of {len(texts)} texts need work" for code, found in faults.items() if found]
        if check:
            lines += [f"{code}: {fault}" for code, found in faults.items() for fault in found]
        return Report(
            data={"texts": len(texts), "faults": faults},
            text="\n".join(lines) or _("Every text is translated."),
            all_done=not (check and any(faults.values())),
        )
