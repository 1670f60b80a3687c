"""Notes on an Amazon order that has no Commerce order, as while it waits for somebody to mend what is wrong with it."""

from datetime import datetime

from amazon_channel.models import AmazonOrder, OrderNote
from commerce_orders.services.notes import read_note


def add_note(*, amazon_order: AmazonOrder, text: str, actor: str, now: datetime) -> OrderNote:
    """Keep ``text`` with the order, also if it gets its Commerce order at this moment. Raises ``NoteRefused``."""
    return OrderNote.objects.create(order=amazon_order, at=now, actor=actor, text=read_note(text))
