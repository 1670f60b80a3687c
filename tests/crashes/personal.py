"""I11: what must be nowhere but in contacts."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import models
from django_q.models import OrmQ
from django_q.signing import SignedPackage

ENCRYPTED = {"customers.Contact", "customers.Customer"}


def canaries_of(documents: Iterable[dict[str, Any]]) -> set[str]:
    """What only these orders' buyers can be recognised by."""
    found = set()
    for document in documents:
        buyer = document.get("buyer", {})
        address = document.get("recipient", {}).get("deliveryAddress", {})
        found |= {buyer.get("buyerEmail"), buyer.get("buyerName"), address.get("name"), address.get("addressLine1")}
    return {text for text in found if text and len(text) > 8}


def i11_secret(canaries: set[str], texts: Iterable[tuple[str, str]]) -> list[str]:
    return sorted({f"I11 personal data in {place}" for place, text in texts if any(each in text for each in canaries)})


def texts_of_tables(*, most: int = 500) -> Iterator[tuple[str, str]]:
    """The newest rows of every table that is not encrypted; jobs as they are unpacked."""
    for model in apps.get_models():
        if model._meta.label in ENCRYPTED or not model._meta.managed:
            continue
        names = [field.attname for field in model._meta.concrete_fields if not isinstance(field, models.BinaryField)]
        for row in model._default_manager.order_by("-pk").values_list(*names)[:most]:
            yield model._meta.label, str(row)
    for job in OrmQ.objects.all()[:most]:
        yield "the queue", str(SignedPackage.loads(job.payload))


def texts_of_files(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.glob("*.log")):
        yield path.name, path.read_text(errors="replace")
