"""The numbers by which Amazon tells the packages of one order apart."""

from datetime import UTC, datetime
from typing import Any

from amazon_channel.models import AmazonOrder, ShipmentConfirmation

# People who confirm by hand in Seller Central number packages from 1; the same number would edit theirs.
FIRST_PACKAGE_REFERENCE = 1_000_000
COUNTED_FROM = datetime(2026, 1, 1, tzinfo=UTC)


def new_reference(amazon_order: AmazonOrder, *, now: datetime) -> str:
    """Digits that no package of the order bears or bore: the second in which it is recorded, or the next free one.

    Not made from our own keys, which a database restored from a backup gives a second time: Amazon would take the
    reference of a package that only the lost rows knew for a correction of it, and forget what was in it.
    """
    known = ShipmentConfirmation.objects.filter(amazon_order=amazon_order)
    taken = {*known.values_list("package_reference_id", flat=True), *_shown_by_amazon(amazon_order.payload)}
    number = FIRST_PACKAGE_REFERENCE + max(int((now - COUNTED_FROM).total_seconds()), 0)
    while str(number) in taken:
        number += 1
    return str(number)


def _shown_by_amazon(payload: Any) -> set[str]:
    packages = payload.get("packages") if isinstance(payload, dict) else None
    if not isinstance(packages, list):
        return set()
    return {str(package.get("packageReferenceId")) for package in packages if isinstance(package, dict)}
