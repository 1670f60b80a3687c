"""Writing everything anew with the newest key, so that the former keys can be thrown away."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.apps import apps
from django.db import models, transaction
from django.db.models import BinaryField, ExpressionWrapper, F

from customers.encryption import (
    EncryptedBytesField,
    UndecipherableError,
    is_written_with_newest_key,
    search_index,
    search_indexes,
)
from customers.models import Contact, Customer, normalise_email

BATCH = 500


class KeyMissing(Exception):
    """A value was written with a key that is not configured; ``str`` names its table and row."""


@dataclass(slots=True)
class Rotation:
    """What was rewritten: values by ``app.Model.column``, and customers' search hashes.

    ``customers_left`` have no address any more that could be hashed anew; those whose hash is of a former key are
    not recognised when they come back once that key is gone.
    """

    values: dict[str, int] = field(default_factory=dict)
    customers: int = 0
    customers_left: int = 0


def rotate_keys() -> Rotation:
    """Rewrite each encrypted value that an older key wrote, and the search hashes beside it, 500 rows at a time.

    Can be stopped and run again at any time, and beside the running program: it reads every configured key.
    Raises ``KeyMissing``; what was rewritten before stays so.
    """
    rotation = Rotation()
    for model, column in encrypted_columns():
        rotation.values[f"{model._meta.label}.{column.name}"] = rewrite_values(model, column)
    rewrite_customer_hashes(rotation)
    return rotation


def encrypted_columns() -> Iterator[tuple[type[models.Model], EncryptedBytesField]]:
    for model in apps.get_models():
        for column in model._meta.local_concrete_fields:
            if isinstance(column, EncryptedBytesField):
                yield model, column


def rewrite_values(model: type[models.Model], column: EncryptedBytesField) -> int:
    """How many values of the column were rewritten."""
    rewritten, last_pk = 0, 0
    columns = [column.name, "email_index", "name_index"] if model is Contact else [column.name]
    while True:
        with transaction.atomic():
            rows = list(
                model._base_manager.filter(pk__gt=last_pk)
                .annotate(stored=ExpressionWrapper(F(column.name), output_field=BinaryField()))
                .order_by("pk")
                .select_for_update()
                .values_list("pk", "stored")[:BATCH]
            )
            outdated = [pk for pk, stored in rows if stored is not None and not is_written_with_newest_key(stored)]
            changed = read_rows(model, outdated)
            for row in changed:
                if isinstance(row, Contact):
                    row.fill(row.details)
            model._base_manager.bulk_update(changed, columns)
        rewritten += len(changed)
        if len(rows) < BATCH:
            return rewritten
        last_pk = rows[-1][0]


def read_rows(model: type[models.Model], pks: list[int]) -> list[models.Model]:
    try:
        return list(model._base_manager.filter(pk__in=pks))
    except UndecipherableError as error:
        for pk in pks:  # one of them; say which
            try:
                model._base_manager.get(pk=pk)
            except UndecipherableError:
                raise KeyMissing(f"{model._meta.label} {pk}") from error
        raise


def rewrite_customer_hashes(rotation: Rotation) -> None:
    """A customer's address stands, encrypted, in the contact of the latest order; an erased one cannot be hashed."""
    last_pk = 0
    while True:
        with transaction.atomic():
            customers = list(
                Customer.objects.filter(pk__gt=last_pk)
                .select_related("contact")
                .order_by("pk")
                .select_for_update(of=("self",))[:BATCH]
            )
            changed = []
            for customer in customers:
                email = normalise_email(customer.contact.details.buyer_email)
                if not email or customer.email_index not in search_indexes(email):
                    rotation.customers_left += 1
                elif customer.email_index != search_index(email):
                    customer.email_index = search_index(email)
                    changed.append(customer)
            Customer.objects.bulk_update(changed, ["email_index"])
        rotation.customers += len(changed)
        if len(customers) < BATCH:
            return
        last_pk = customers[-1].pk
