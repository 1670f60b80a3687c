"""People in a list that is taken away."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from customers.models import PersonalDetails
from customers.services.access import VIEW_PERSONAL_DATA, reveal_contacts
from project.export import ExportColumn
from project.listing import BackOfficeAdmin


def _address(part: str) -> Callable[[Any], Any]:
    return lambda row: getattr(row.person.address, part) if row.person.address else ""


def _street(row: Any) -> str:
    return ", ".join(filter(None, row.person.address.lines)) if row.person.address else ""


PERSONAL_COLUMNS = (
    ExportColumn(_("Buyer"), lambda row: row.person.buyer_name),
    ExportColumn(_("E-mail"), lambda row: row.person.buyer_email),
    ExportColumn(_("Company"), lambda row: row.person.company),
    ExportColumn(_("Recipient"), _address("name")),
    ExportColumn(_("Street"), _street),
    ExportColumn(_("Postal code"), _address("postal_code")),
    ExportColumn(_("City"), _address("city")),
    ExportColumn(_("State or province"), _address("region")),
    ExportColumn(_("Country"), _address("country_code")),
    ExportColumn(_("Phone"), _address("phone")),
)


class ExportsPeople(BackOfficeAdmin):
    """A list whose rows have a contact. By POST, for those who may see them, people are in what is taken away;
    each portion leaves a row that says who saw them.
    """

    def export_context(self, request: HttpRequest) -> dict[str, Any]:
        return super().export_context(request) | {"may_export_buyers": request.user.has_perm(VIEW_PERSONAL_DATA)}

    def export_view(self, request: HttpRequest, format: str) -> HttpResponseBase:
        if _is_with_people(request) and not request.user.has_perm(VIEW_PERSONAL_DATA):
            raise PermissionDenied
        return super().export_view(request, format)

    def columns_to_export(self, request: HttpRequest) -> Sequence[ExportColumn]:
        columns = super().columns_to_export(request)
        return [*columns, *PERSONAL_COLUMNS] if _is_with_people(request) else columns

    def related_to_export(self, request: HttpRequest) -> Sequence[str]:
        # Reading the contact is what decrypts it.
        related = super().related_to_export(request)
        return [*related, "contact"] if _is_with_people(request) else related

    def prepare_export(self, request: HttpRequest, rows: Sequence[Any], *, now: datetime) -> None:
        super().prepare_export(request, rows, now=now)
        if not _is_with_people(request):
            return
        people = reveal_contacts(
            [row.contact for row in rows if row.contact],
            actor=request.user.get_username(),
            user=request.user,
            purpose="export",
            now=now,
        )
        for row in rows:
            row.person = people.get(row.contact_id) or PersonalDetails()


def _is_with_people(request: HttpRequest) -> bool:
    return request.method == "POST"
