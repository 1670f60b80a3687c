from django.utils import timezone

from customers.retention import erase_due_contacts


def erase_personal_data() -> None:
    erase_due_contacts(now=timezone.now())
