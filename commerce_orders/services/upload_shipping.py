"""Recording the packages of a checked file, in portions, by workers."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import OperationalError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from commerce_orders.models import Order, ShipmentLine, ShipmentUpload, UploadRow
from commerce_orders.models.uploads import RowState, UploadState
from commerce_orders.services.fulfilment import Package, ShipmentRefused, record_shipment
from commerce_orders.states import ShipmentOrigin
from project import jobs

logger = logging.getLogger(__name__)

ROWS_AT_ONCE = 200


class UploadNotReady(Exception):
    """The file is not checked, or its packages are being recorded already; the text is for people."""


def start_shipping(*, upload_id: int, now: datetime) -> None:
    """Have a worker record the packages. The file itself is no longer needed and thrown away."""
    with transaction.atomic():
        upload = ShipmentUpload.objects.select_for_update().defer("content").get(pk=upload_id)
        if upload.state != UploadState.CHECKED:
            raise UploadNotReady(_("The packages of this file are being recorded already."))
        if not upload.rows.filter(state=RowState.READY).exists():
            raise UploadNotReady(_("There is nothing to ship in this file."))
        ShipmentUpload.objects.filter(pk=upload_id).update(state=UploadState.RUNNING, content=None, progressed_at=now)
        jobs.ring("commerce_orders.tasks.carry_out_upload", upload_id)


def ship_portion(*, upload_id: int, clock: Callable[[], datetime] = timezone.now) -> bool:
    """Record some of the packages; whether any are left. A package is a transaction, and so is what its rows say.

    Rows of one order with one tracking number are one package, wherever they stand. Several workers may do this at
    once: a package whose rows another one has taken is left out. One that fails for a reason nobody expected is
    refused, as it would fail again and keep all behind it back.
    """
    upload = ShipmentUpload.objects.defer("content").get(pk=upload_id)
    if upload.state != UploadState.RUNNING:
        return False
    ready = upload.rows.filter(state=RowState.READY).order_by("number")
    packages = dict.fromkeys(ready.values_list("order_id", "tracking_number")[:ROWS_AT_ONCE])
    with translation.override(upload.language):
        for order_id, tracking_number in packages:
            try:
                _ship_package(upload, order_id, tracking_number, clock=clock)
            except OperationalError:  # of the database, which may be well again with the next job
                raise
            except Exception:
                logger.exception("A package of order %s could not be recorded", order_id)
                failed = ready.filter(order_id=order_id, tracking_number=tracking_number)
                failed.order_by().update(state=RowState.REFUSED, code="internal_error", params={})
    running = ShipmentUpload.objects.filter(pk=upload_id, state=UploadState.RUNNING)
    if ready.exists():
        running.update(progressed_at=clock())
        return True
    now = clock()
    running.update(state=UploadState.DONE, progressed_at=now, finished_at=now)
    return False


def _ship_package(
    upload: ShipmentUpload, order_id: int, tracking_number: str, *, clock: Callable[[], datetime]
) -> None:
    with transaction.atomic():
        Order.objects.select_for_update().get(pk=order_id)
        rows = list(upload.rows.filter(order_id=order_id, tracking_number=tracking_number, state=RowState.READY))
        if not rows:
            return
        # By another file, or by hand, since the check.
        recorded = ShipmentLine.objects.filter(shipment__order_id=order_id, shipment__tracking_number=tracking_number)
        if in_package := set(recorded.values_list("line_id", flat=True)):
            for row in rows:
                if row.quantities is None or in_package.intersection(map(int, row.quantities)):
                    _conclude([row], RowState.ALREADY, code="shipped_so_already")
                else:
                    _conclude([row], RowState.REFUSED, code="package_without_sku", sku=row.sku)
            return
        try:
            record_shipment(
                order_id=order_id,
                package=_package(rows),
                actor=upload.uploaded_by,
                origin=ShipmentOrigin.STAFF,
                now=clock(),
                despite_request=False,
                despite_hold=False,
            )
        except ShipmentRefused as refusal:
            _conclude(rows, RowState.REFUSED, code=f"refused_{refusal.code}"[:40], detail=refusal.detail)
        else:
            _conclude(rows, RowState.SHIPPED)


def _package(rows: Sequence[UploadRow]) -> Package:
    first = rows[0]
    quantities: dict[int, int] | None = {}
    for row in rows:
        if row.quantities is None:
            quantities = None
            break
        for line_id, units in row.quantities.items():
            quantities[int(line_id)] = quantities.get(int(line_id), 0) + units  # type: ignore[index,union-attr]
    return Package(
        carrier_code=first.carrier_code,
        carrier_name=first.carrier_name,
        tracking_number=first.tracking_number,
        shipped_at=first.shipped_at,
        quantities=quantities,
    )


def _conclude(rows: Sequence[UploadRow], state: RowState, *, code: str | None = None, **params: str) -> None:
    for row in rows:
        row.state = state
        if code is not None:  # a remark on a shared tracking number stays
            row.code, row.params = code, params
    UploadRow.objects.bulk_update(rows, ["state", "code", "params"])
