"""What staff write on an order for each other."""

from datetime import datetime

from django.utils.translation import gettext as _

from commerce_orders.models import Order, OrderEvent
from commerce_orders.states import EventKind

LONGEST_NOTE = 2_000


class NoteRefused(Exception):
    """The note cannot be kept; the message says why."""


def add_note(*, order: Order, text: str, actor: str, now: datetime) -> OrderEvent:
    """Write ``text`` on the order's timeline. Raises ``NoteRefused``.

    It stays in the house: the order does not count as updated, so that neither the sales channel nor a connected
    system hears of it.
    """
    return OrderEvent.objects.create(order=order, at=now, kind=EventKind.NOTE, actor=actor, reason=read_note(text))


def read_note(typed: str) -> str:
    """The note in what was typed. Raises ``NoteRefused``."""
    text = typed.replace("\x00", "").strip()
    if not text:
        raise NoteRefused(_("Write something first."))
    if len(text) > LONGEST_NOTE:
        raise NoteRefused(_("A note has at most %(count)s characters.") % {"count": LONGEST_NOTE})
    return text
