"""Files of products between their check and their import: what was checked is what is imported."""

import io
from datetime import datetime
from typing import BinaryIO

from django.db import transaction

from commerce_orders.models import ProductFile
from commerce_orders.services.product_import import ImportReport, import_products


def check_file(*, file: BinaryIO, name: str, actor: str, now: datetime) -> ImportReport:
    """Say what each row would do, and keep the file in the place of the one that ``actor`` had checked before.

    Raises ``TableRefused`` and then keeps nothing new.
    """
    report = import_products(file=file, actor=actor, now=now, dry_run=True)
    file.seek(0)
    ProductFile.objects.update_or_create(
        uploaded_by=actor, defaults={"name": name[:255], "content": file.read(), "uploaded_at": now}
    )
    return report


def import_checked_file(*, actor: str, now: datetime) -> ImportReport:
    """Import what ``actor`` had checked last; a file that was stored is forgotten, so that no second click repeats it.

    Raises ``ProductFile.DoesNotExist``.
    """
    with transaction.atomic():
        kept = ProductFile.objects.select_for_update().get(uploaded_by=actor)
        report = import_products(file=io.BytesIO(kept.content), actor=actor, now=now, dry_run=False)
        if report.is_stored:
            kept.delete()
    return report


def forget_files(*, older_than: datetime) -> int:
    """Delete files that were checked and never imported; returns how many."""
    return ProductFile.objects.filter(uploaded_at__lt=older_than).delete()[0]
