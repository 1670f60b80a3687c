"""Files of shipments, from the upload to the last recorded package."""

import hashlib
import io
from collections.abc import Generator, Sequence
from contextlib import closing
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from commerce_orders.cells import EXACT_DIGITS, MOST_COLUMNS, TableRefused, Unreadable, cell_text, read_cells
from commerce_orders.channels import CarrierBook, channel_of
from commerce_orders.encodings import find_encoding
from commerce_orders.models import ShipmentUpload, UploadRow
from commerce_orders.models.uploads import UNFINISHED, RowState, UploadState
from commerce_orders.services.upload_columns import (
    CARRIER,
    DATE,
    HEADINGS,
    NEEDED,
    ORDER,
    QUANTITY,
    SKU,
    TRACKING,
    choose_delimiter,
    count_known,
    guess_columns,
)
from commerce_orders.services.upload_judging import find_orders, judge_rows
from project import jobs

MOST_ROWS = 100_000
PORTION = 500
LOOKED_AT = 50  # rows by which columns are guessed
KEPT = timedelta(days=1)  # the file, unless its packages are recorded before
REPORTS_KEPT = timedelta(days=90)
FIELDS = {
    ORDER: "order_text",
    SKU: "sku",
    QUANTITY: "quantity_text",
    CARRIER: "carrier",
    TRACKING: "tracking_number",
    DATE: "date_text",
}


def start_upload(*, file: BinaryIO, name: str, actor: str, language: str, now: datetime) -> ShipmentUpload:
    """Keep the file, guess its columns and check its first rows; a worker checks the rest. Ships nothing.

    Raises ``TableRefused`` and then keeps nothing.
    """
    encoding = find_encoding(file, count_known=count_known)
    first, rows = _beginning(file, encoding)
    columns, has_headings = guess_columns(first, rows, find_orders=find_orders, is_carrier=_carrier_test(first, rows))
    file.seek(0)
    content = file.read()
    with transaction.atomic():
        upload = ShipmentUpload.objects.create(
            uploaded_by=actor,
            uploaded_at=now,
            language=language,
            name=name[:255],
            content=content,
            digest=hashlib.sha256(content).hexdigest(),
            encoding=encoding,
            has_headings=has_headings,
            # A first row that is no headings may name a buyer.
            headings=[text[:60] for text in first] if has_headings else [""] * len(columns),
            columns=columns,
            progressed_at=now,
        )
        _read_on(upload, now=now)
    return upload


def change_columns(*, upload: ShipmentUpload, columns: Sequence[str], default_carrier: str, now: datetime) -> None:
    """Say what the columns are, and check every row anew. Raises ``TableRefused`` and changes nothing."""
    chosen = [column if column in HEADINGS else "" for column in columns][: len(upload.columns)]
    used = [column for column in chosen if column]
    if len(set(used)) < len(used):
        raise TableRefused("column_twice", _("Two columns cannot mean the same."))
    if missing := [column for column in NEEDED if column not in used]:
        raise TableRefused(
            "column_missing",
            _("Say which column is the order number.")
            if ORDER in missing
            else _("Say which column is the tracking number."),
        )
    with transaction.atomic():
        locked = ShipmentUpload.objects.select_for_update().get(pk=upload.pk)
        if not locked.may_be_mapped:
            raise TableRefused("too_late", _("The packages of this file are being recorded already."))
        locked.rows.all().delete()
        locked.columns, locked.default_carrier = chosen, default_carrier.strip()[:60]
        locked.state, locked.rows_read, locked.last_row = UploadState.READING, 0, 0
        locked.save(update_fields=["columns", "default_carrier", "state", "rows_read", "last_row"])
        _read_on(locked, now=now)


def read_upload(*, upload_id: int, now: datetime) -> None:
    """Check all the rows that are left, a portion in a transaction of its own; goes on where another run ended."""
    upload = ShipmentUpload.objects.get(pk=upload_id)
    if upload.state != UploadState.READING or upload.content is None:
        return
    try:
        with closing(_rows(upload)) as rows:
            while _store_portion(upload, list(islice(rows, PORTION)), now=now):
                pass
    except TableRefused as refusal:
        _refuse(upload, refusal, now=now)


def forget_uploads(*, now: datetime) -> None:
    """Throw away files that nobody took further within a day, and reports after 90 days."""
    ShipmentUpload.objects.filter(uploaded_at__lt=now - KEPT, content__isnull=False).exclude(
        state=UploadState.RUNNING
    ).update(content=None)
    ShipmentUpload.objects.filter(uploaded_at__lt=now - REPORTS_KEPT).exclude(state=UploadState.RUNNING).delete()


def unfinished_uploads(*, before: datetime) -> list[int]:
    """Those on which nothing happened since ``before``: their job was lost, or died."""
    unfinished = ShipmentUpload.objects.filter(state__in=UNFINISHED, progressed_at__lte=before)
    return list(unfinished.order_by("pk").values_list("pk", flat=True))


def earlier_upload(upload: ShipmentUpload) -> ShipmentUpload | None:
    """The same file, handed in before."""
    same = ShipmentUpload.objects.filter(digest=upload.digest, pk__lt=upload.pk)
    return same.defer("content").order_by("-pk").first()


def _read_on(upload: ShipmentUpload, *, now: datetime) -> None:
    """The first portion at once, so that a short file has its answer on the next page."""
    if not set(NEEDED) <= set(upload.columns):
        upload.state = UploadState.CHECKED
        upload.save(update_fields=["state"])
        return
    with closing(_rows(upload)) as rows:
        if _store_portion(upload, list(islice(rows, PORTION)), now=now):
            jobs.ring("commerce_orders.tasks.carry_out_upload", upload.pk)


def _store_portion(upload: ShipmentUpload, rows: list[UploadRow], *, now: datetime) -> bool:
    """Whether there may be more. Of two workers with the same file the second finds it read further, and stops."""
    with transaction.atomic():
        current = ShipmentUpload.objects.select_for_update().only("state", "last_row").get(pk=upload.pk)
        if (current.state, current.last_row) != (UploadState.READING, upload.last_row):
            return False
        judge_rows(rows, upload=upload, now=now)
        UploadRow.objects.bulk_create(rows)
        is_over = len(rows) < PORTION
        upload.rows_read += len(rows)
        upload.last_row = rows[-1].number if rows else upload.last_row
        upload.state = UploadState.CHECKED if is_over else UploadState.READING
        upload.progressed_at = now
        upload.save(update_fields=["rows_read", "last_row", "state", "progressed_at"])
    return not is_over


def _refuse(upload: ShipmentUpload, refusal: TableRefused, *, now: datetime) -> None:
    """Halfway: nothing of it was shipped, and nothing will be."""
    upload.rows.all().delete()
    ShipmentUpload.objects.filter(pk=upload.pk).update(
        state=UploadState.REFUSED, refusal=refusal.detail, content=None, finished_at=now
    )


def _beginning(file: BinaryIO, encoding: str) -> tuple[list[str], list[list[str]]]:
    rows = read_cells(file, most_rows=MOST_ROWS, choose_delimiter=choose_delimiter, encoding=encoding)
    with closing(rows):
        first, *others = [[_text(cell) for cell in cells[:MOST_COLUMNS]] for _number, cells in islice(rows, LOOKED_AT)]
    while first and not first[-1] and all(len(row) < len(first) or not row[len(first) - 1] for row in others):
        first.pop()
    if len(first) < len(NEEDED):
        raise TableRefused(
            "no_table",
            _("This is not a table of shipments: it needs a column of order numbers and a column of tracking numbers."),
        )
    return first, [row[: len(first)] for row in others]


def _carrier_test(first: Sequence[str], rows: Sequence[Sequence[str]]) -> Any:
    """Whether a text is a carrier of any of the orders that the rows name."""
    found = find_orders({text for row in [first, *rows] for text in row})
    orders = list({order.pk: order for some in found.values() for order in some}.values())
    channel = channel_of(orders[0]) if orders else None
    books: list[CarrierBook] = []
    if channel is not None:
        books = list(channel.carrier_books([order for order in orders if order.channel == channel.code]).values())
    return lambda text: any(book.find(text) for book in books)


def _rows(upload: ShipmentUpload) -> Generator[UploadRow]:
    """Those behind the last one stored, not yet judged."""
    assert upload.content is not None
    file = io.BytesIO(upload.content)
    cells = read_cells(file, most_rows=MOST_ROWS, choose_delimiter=choose_delimiter, encoding=upload.encoding)
    with closing(cells):
        for position, (number, row) in enumerate(cells):
            if number > upload.last_row and not (position == 0 and upload.has_headings):
                yield _row(upload, number, row)


def _row(upload: ShipmentUpload, number: int, cells: Sequence[Any]) -> UploadRow:
    row = UploadRow(upload=upload, number=number, state=RowState.REFUSED)
    for column, cell in zip(upload.columns, cells, strict=False):
        if not column:
            continue
        field = FIELDS[column]
        text, longest = _text(cell), UploadRow._meta.get_field(field).max_length or 0  # type: ignore[union-attr]
        if isinstance(cell, Unreadable):
            row.code = f"cell_{cell.kind}"
        elif column != QUANTITY and isinstance(cell, int | float) and abs(cell) >= 10**EXACT_DIGITS:
            row.code, row.params = "number_rounded", {"value": text}
        elif len(text) > longest:
            row.code, row.params = "cell_too_long", {"value": text[:20]}
        setattr(row, field, text[:longest])
    return row


def _text(cell: Any) -> str:
    """As ``cell_text``, and dates as days; nothing where a cell has no value. A control character is no text."""
    if isinstance(cell, date):  # and a datetime
        return cell.isoformat()[:10]
    return "".join(sign for sign in cell_text(cell) or "" if sign.isprintable())
