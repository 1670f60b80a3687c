"""How long personal data is kept, and its erasure.

Amazon's Data Protection Policy (2.1) lets buyers' data be kept for 30 days after delivery. What is erased never
comes back: later copies are not stored, which a constraint of the table makes sure of.
"""

from datetime import datetime, timedelta

from django.db import transaction

from customers.models import Contact
from project.checkpoints import checkpoint

KEPT_AFTER_DELIVERY = timedelta(days=30)
KEPT_WHILE_OPEN = timedelta(days=180)  # since the purchase, for an order that never ends
BATCH = 500

# Every model with personal data and what becomes of each column; a test compares this with the tables.
POLICY = {
    "customers.Contact": {
        "data": "erased",
        "email_index": "erased",
        "name_index": "erased",
    },
    "commerce_orders.DocumentPart": {
        "content": "thrown away when it is taken, at the latest an hour after it was made"
    },
    "commerce_orders.ShipmentUpload": {
        "content": "thrown away when its packages are recorded, at the latest after a day"
    },
    "customers.Customer": {"email_index": "kept as a keyed hash, to recognise a returning customer"},
}


def erase_due_contacts(*, now: datetime) -> int:
    """Erase every contact whose time is over, in batches of 500; returns how many."""
    erased = 0
    while True:
        with transaction.atomic():
            due = list(Contact.objects.due_for_erasure(now).select_for_update().values_list("pk", flat=True)[:BATCH])
            erased += Contact.objects.filter(pk__in=due).update(data=None, email_index="", name_index="", erased_at=now)
            checkpoint("CP_PERSONAL_DATA_ERASED")
        if len(due) < BATCH:
            return erased
