"""Who buys. ``Contact`` is the only table with personal data of buyers and recipients."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from customers.encryption import EncryptedJSONField, search_index, search_indexes


def normalise_email(email: str) -> str:
    return email.strip().casefold()


def normalise_name(name: str) -> str:
    return " ".join(name.split()).casefold()


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """Where to deliver, as the sales channel states it; any part may be empty."""

    name: str = ""
    company: str = ""
    lines: tuple[str, ...] = ()
    city: str = ""
    district: str = ""
    region: str = ""
    postal_code: str = ""
    country_code: str = ""
    phone: str = ""
    kind: str = ""
    instructions: str = ""

    @property
    def is_deliverable(self) -> bool:
        """Whether it says more than the city and country that Amazon gives to everybody."""
        return bool(self.country_code and (any(self.lines) or self.postal_code))

    @property
    def printed_lines(self) -> list[str]:
        """As on a label; the town's line is in the order of most countries, which every post office reads."""
        town = " ".join(part for part in (self.postal_code, self.city, self.region) if part)
        lines = [self.name, self.company, *self.lines, self.district, town, self.country_code]
        return [line for line in lines if line]


@dataclass(frozen=True, slots=True)
class PersonalDetails:
    """Everything that names or reaches a person, in the shape it is encrypted in."""

    buyer_name: str = ""
    buyer_email: str = ""
    company: str = ""
    purchase_order_number: str = ""
    address: PostalAddress | None = None
    gift_messages: dict[str, str] = field(default_factory=dict)
    tax_registrations: list[Any] = field(default_factory=list)
    customization_urls: dict[str, str] = field(default_factory=dict)

    @property
    def display_name(self) -> str:
        return self.buyer_name or (self.address.name if self.address else "") or self.company

    def as_json(self) -> dict[str, Any]:
        stored = {name: value for name in DETAILS if name != "address" and (value := getattr(self, name))}
        if self.address:
            stored["address"] = {name: value for name in ADDRESS_PARTS if (value := getattr(self.address, name))}
        return stored

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        known = {name: value for name, value in stored.items() if name in DETAILS}
        if address := known.get("address"):
            known["address"] = PostalAddress(**{**address, "lines": tuple(address.get("lines", ()))})
        return cls(**known)


DETAILS = tuple(part.name for part in fields(PersonalDetails))
ADDRESS_PARTS = tuple(part.name for part in fields(PostalAddress))


class ContactQuerySet(models.QuerySet["Contact"]):
    def with_email(self, email: str) -> Self:
        return self.filter(email_index__in=search_indexes(normalise_email(email)))

    def named(self, name: str) -> Self:
        return self.filter(name_index__in=search_indexes(normalise_name(name)))

    def due_for_erasure(self, now: datetime) -> Self:
        return self.filter(erased_at=None, erase_after__lte=now)


class Contact(models.Model):
    """The buyer and recipient of one order. Erased, row kept, when retention says so."""

    data = EncryptedJSONField(null=True, editable=False)
    email_index = models.CharField(max_length=32, blank=True, editable=False)
    name_index = models.CharField(max_length=32, blank=True, editable=False)
    origin = models.CharField(max_length=20, editable=False, help_text=_("Sales channel that the data came from."))
    created_at = models.DateTimeField(editable=False)
    erase_after = models.DateTimeField(null=True, editable=False)
    erased_at = models.DateTimeField(null=True, editable=False)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        permissions = [("view_personal_data", gettext_noop("Can see buyers' names, addresses and e-mail addresses"))]
        indexes = [
            models.Index(fields=["email_index"], condition=~models.Q(email_index=""), name="contact_email"),
            models.Index(fields=["name_index"], condition=~models.Q(name_index=""), name="contact_name"),
            models.Index(fields=["erase_after"], condition=models.Q(erased_at=None), name="contact_erasure_due"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(erased_at=None) | models.Q(data=None, email_index="", name_index=""),
                name="contact_erased_is_empty",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def details(self) -> PersonalDetails:
        return PersonalDetails.from_json(self.data or {})

    def fill(self, details: PersonalDetails) -> Self:
        """Take ``details`` over, in memory; an erased contact stays erased."""
        if self.erased_at is None:
            for column, value in columns_of(details).items():
                setattr(self, column, value)
        return self


def columns_of(details: PersonalDetails) -> dict[str, Any]:
    """The columns of a contact that hold ``details``."""
    email, name = details.buyer_email, details.display_name
    return {
        "data": details.as_json(),
        "email_index": search_index(normalise_email(email)) if email else "",
        "name_index": search_index(normalise_name(name)) if name else "",
    }


class Customer(models.Model):
    """A buyer with an account. What is known of the person is the contact of the latest order."""

    number = models.CharField(_("customer number"), max_length=20, unique=True)
    email_index = models.CharField(max_length=32, unique=True, editable=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="customers")
    created_at = models.DateTimeField(_("created"), editable=False)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.number


class PersonalDataAccess(models.Model):
    """One look at personal data: who, when, what for, of how many people. Append-only; holds no values."""

    at = models.DateTimeField(_("time"), editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    actor = models.CharField(_("who"), max_length=150)
    purpose = models.CharField(_("what for"), max_length=60)
    contact = models.ForeignKey(Contact, verbose_name=_("contact"), null=True, on_delete=models.PROTECT)
    contacts_seen = models.PositiveIntegerField(_("people seen"))

    class Meta:
        verbose_name = _("personal data access record")
        verbose_name_plural = _("personal data access records")
        ordering = ["-id"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.purpose}"
