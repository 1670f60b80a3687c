"""Printing: some orders at once, many by a worker in portions."""

import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from pypdf import PdfWriter

from commerce_orders.channels import DocumentStyle, by_channel
from commerce_orders.documents import packing_slips_html, pick_list_html
from commerce_orders.models import DocumentJob, DocumentPart, Order
from commerce_orders.models.documents import DocumentKind
from commerce_orders.pdf import DocumentsUnavailable, render_pdf, require_pdf
from commerce_orders.queries import time_zones_of
from customers.services.access import reveal_contacts
from project import jobs

AT_ONCE = 20  # slips that a page waits for, and that a worker makes in one go
MOST_ORDERS = 500
KEPT = timedelta(hours=1)


class DocumentsRefused(Exception):
    """These documents are not made; the text is for people."""


def print_packing_slips(*, order_ids: Sequence[int], user: Any, now: datetime) -> bytes:
    """A PDF with a slip for each order, in the order given; each leaves a row that says who saw the address.

    The caller has checked the permission ``customers.view_personal_data``. Raises ``DocumentsUnavailable``.
    """
    require_pdf()
    orders = _read(order_ids)
    details = {}
    for order in orders:
        if order.contact is not None:
            seen = reveal_contacts(
                [order.contact], actor=user.get_username(), user=user, purpose="packing_slip", now=now
            )
            details[order.pk] = seen[order.contact.pk]
    html = packing_slips_html(orders, details=details, styles=document_styles(orders), zones=time_zones_of(orders))
    return render_pdf(html)


def print_pick_list(*, order_ids: Sequence[int], now: datetime) -> bytes:
    """What to fetch for all of the orders; names nobody. Raises ``DocumentsUnavailable``."""
    require_pdf()
    orders = _read(order_ids[:MOST_ORDERS])
    styles, zones = document_styles(orders), time_zones_of(orders)
    first = orders[0].pk if orders else 0
    style, zone = styles.get(first, DocumentStyle()), zones.get(first, "UTC")
    return render_pdf(pick_list_html(orders, style=style, now=now, zone=zone))


def document_styles(orders: Sequence[Order]) -> dict[int, DocumentStyle]:
    """By order id; one query for each channel among them."""
    styles = {order.pk: DocumentStyle() for order in orders}
    for channel, group in by_channel(orders):
        styles |= channel.document_styles(group)
    return styles


def start_packing_slips(*, order_ids: Sequence[int], user: Any, now: datetime) -> DocumentJob:
    """Have a worker print them. Raises ``DocumentsRefused`` and ``DocumentsUnavailable``."""
    require_pdf()
    if len(order_ids) > MOST_ORDERS:
        raise DocumentsRefused(
            _("At most %(most)s packing slips are printed at once. Choose fewer orders.") % {"most": MOST_ORDERS}
        )
    with transaction.atomic():
        job = DocumentJob.objects.create(
            kind=DocumentKind.PACKING_SLIPS, order_ids=list(order_ids), user=user, requested_at=now, progressed_at=now
        )
        jobs.ring("commerce_orders.tasks.carry_out_documents", job.pk)
    return job


def print_portion(*, job_id: int, now: datetime) -> bool:
    """Print the next slips of a job; whether any are left. Made twice by two workers, a portion is kept once."""
    job = DocumentJob.objects.select_related("user").get(pk=job_id)
    if job.finished_at is not None:
        return False
    some = job.order_ids[job.done : job.done + AT_ONCE]
    try:
        pdf = print_packing_slips(order_ids=some, user=job.user, now=now) if some else b""
    except DocumentsUnavailable as error:
        DocumentJob.objects.filter(pk=job_id).update(error=str(error), finished_at=now)
        return False
    with transaction.atomic():
        is_ours = DocumentJob.objects.filter(pk=job_id, done=job.done, finished_at=None).update(
            done=F("done") + len(some), progressed_at=now
        )
        if is_ours and pdf:
            DocumentPart.objects.create(job=job, first=job.done, content=pdf)
        is_over = job.done + len(some) >= len(job.order_ids)
        if is_ours and is_over:
            DocumentJob.objects.filter(pk=job_id).update(finished_at=now)
    return not is_over


def take_document(*, job: DocumentJob, now: datetime) -> bytes:
    """The whole PDF, which is then thrown away. Raises ``DocumentsRefused`` when it is not there."""
    with transaction.atomic():
        parts = [bytes(part.content) for part in DocumentPart.objects.select_for_update().filter(job=job)]
        if not parts or job.finished_at is None:
            raise DocumentsRefused(_("These packing slips have already been downloaded or deleted. Print them again."))
        DocumentPart.objects.filter(job=job).delete()
        DocumentJob.objects.filter(pk=job.pk).update(taken_at=now)
    whole, writer = io.BytesIO(), PdfWriter()
    for part in parts:
        writer.append(io.BytesIO(part))
    writer.write(whole)
    return whole.getvalue()


def unfinished_documents(*, before: datetime) -> list[int]:
    unfinished = DocumentJob.objects.filter(finished_at=None, progressed_at__lte=before)
    return list(unfinished.order_by("pk").values_list("pk", flat=True))


def forget_documents(*, now: datetime) -> None:
    """Throw away what nobody has taken within the hour."""
    DocumentJob.objects.filter(requested_at__lt=now - KEPT - KEPT).delete()
    DocumentPart.objects.filter(job__finished_at__lt=now - KEPT).delete()


def _read(order_ids: Sequence[int]) -> list[Order]:
    found = Order.objects.filter(pk__in=order_ids).select_related("contact").prefetch_related("lines")
    by_id = {order.pk: order for order in found}
    return [by_id[pk] for pk in order_ids if pk in by_id]
