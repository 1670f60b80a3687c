"""Finding and making customers."""

from collections.abc import Mapping
from datetime import datetime

from customers.encryption import search_indexes
from customers.models import Customer, normalise_email
from project.bulk import insert_rows


def has_customer(email: str) -> bool:
    """Whether a buyer with this e-mail address is a customer already."""
    return bool(email) and Customer.objects.filter(email_index__in=search_indexes(normalise_email(email))).exists()


def find_or_create_customers(emails: Mapping[int, str], *, now: datetime) -> dict[int, int]:
    """The customer's key for each contact's key in ``emails``, found by e-mail address or made.

    The last contact with an address becomes what is known of that customer. Two statements, whatever the number.
    """
    contact_of = {normalise_email(email): contact_id for contact_id, email in emails.items()}
    # Always in one order, so that two workers with the same customers cannot wait for each other.
    indexes_of = {email: search_indexes(email) for email in sorted(contact_of)}
    if not indexes_of:
        return {}
    known = set(
        Customer.objects.filter(
            email_index__in=[index for indexes in indexes_of.values() for index in indexes]
        ).values_list("email_index", flat=True)
    )
    rows = []
    for email, indexes in indexes_of.items():
        # A customer made before the keys were rotated is found by an older key's hash.
        index = next((index for index in indexes if index in known), indexes[0])
        rows.append(
            {
                # Derived from the hash, so that two workers who make the same customer agree on it.
                "number": f"C-{index[:16].upper()}",
                "email_index": index,
                "contact_id": contact_of[email],
                "created_at": now,
            }
        )
    keys = insert_rows(Customer, rows, unique=["email_index"], update=["contact_id"])
    customer_of = dict(zip(indexes_of, keys, strict=True))
    return {contact_id: customer_of[normalise_email(email)] for contact_id, email in emails.items()}
