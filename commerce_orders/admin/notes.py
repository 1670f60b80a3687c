"""The form that writes a note, on whichever page it stands."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce_orders.services.notes import NoteRefused


def take_note(request: HttpRequest, add: Callable[..., object]) -> tuple[str, int]:
    """Have ``add`` keep what was written; what to say of it, and as which kind of message."""
    try:
        add(text=request.POST.get("text", ""), actor=request.user.get_username(), now=timezone.now())
    except NoteRefused as refusal:
        return str(refusal), messages.ERROR
    return _("Note added to the timeline."), messages.SUCCESS
