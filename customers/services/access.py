"""Reading personal data, which always leaves a row."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from customers.models import Contact, PersonalDataAccess, PersonalDetails

VIEW_PERSONAL_DATA = "customers.view_personal_data"


def reveal_contacts(
    contacts: Sequence[Contact], *, actor: str, user: Any = None, purpose: str, now: datetime
) -> dict[int, PersonalDetails]:
    """Decrypt ``contacts`` and record who looked, for what; returns the details by contact id.

    ``actor`` is a user name or ``token:NAME``; ``purpose`` a stable word such as ``orders_tab``. The caller has
    checked the permission ``customers.view_personal_data`` or the scope ``customers:read``.
    """
    if contacts:
        PersonalDataAccess.objects.create(
            at=now,
            user=user,
            actor=actor,
            purpose=purpose,
            contact=contacts[0] if len(contacts) == 1 else None,
            contacts_seen=len(contacts),
        )
    return {contact.pk: contact.details for contact in contacts}
