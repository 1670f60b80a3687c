"""Which of two versions of an order is the newer one."""

from datetime import datetime

from amazon_channel.mapping.orders import OrderReading, UnreadableOrder, Version

Reading = OrderReading | UnreadableOrder
Stored = tuple[datetime | None, str]  # time and content hash


def is_news(reading: Reading | Version, stored: Stored | None) -> bool:
    """Whether ``reading`` is newer than the stored version, or equally old with other content.

    Details can arrive late without a later ``lastUpdatedTime``. Versions without a time are told apart by content.
    """
    if stored is None:
        return True
    stored_at, stored_hash = stored
    if stored_at is None or reading.last_updated_at is None:
        return reading.content_hash != stored_hash
    if reading.last_updated_at == stored_at:
        return reading.content_hash != stored_hash
    return reading.last_updated_at > stored_at
