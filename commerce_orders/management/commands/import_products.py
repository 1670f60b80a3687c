import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce_orders.command import CommandRefused, JsonCommand, Report
from commerce_orders.services.product_import import ImportReport, Outcome, RowOutcome, import_products
from commerce_orders.tables import TableRefused


def existing_file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text!r}")
    return path


class Command(JsonCommand):
    help = "Create and change products from a CSV or XLSX file with the columns sku, name, quantity, active."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=existing_file)
        parser.add_argument("--dry-run", action="store_true", help="Say what each row would do, and store nothing.")

    def report(self, *, file: Path, dry_run: bool, **_options: Any) -> Report:
        try:
            with file.open("rb") as opened:
                report = import_products(file=opened, actor="command", now=timezone.now(), dry_run=dry_run)
        except OSError as error:
            raise CommandRefused("file_unreadable", f"{file}: {error.strerror}") from error
        except TableRefused as refusal:
            raise CommandRefused(refusal.code, refusal.detail) from refusal
        counts = {outcome.value: report.count(outcome) for outcome in Outcome}
        return Report(
            data={
                "rows": [row_in_json(row) for row in report.rows],
                **counts,
                "dry_run": dry_run,
                "stored": report.is_stored,
            },
            text=in_words(report, counts),
            all_done=not counts[Outcome.REFUSED],
        )


def row_in_json(row: RowOutcome) -> dict[str, Any]:
    errors = [{"field": field, "detail": detail} for field, detail in row.errors.items()]
    return {"row": row.row, "sku": row.sku, "outcome": row.outcome, "errors": errors}


def in_words(report: ImportReport, counts: dict[str, int]) -> str:
    refused = [
        _("Row %(row)s, %(field)s: %(detail)s") % {"row": row.row, "field": field or "–", "detail": detail}
        for row in report.rows
        for field, detail in row.errors.items()
    ]
    total = _("%(created)s created, %(updated)s updated, %(unchanged)s unchanged, %(refused)s refused.") % counts
    return "\n".join([*refused, total, *([] if report.is_stored else [_("Nothing was stored.")])])
