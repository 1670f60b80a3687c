"""Customers, and who looked at personal data."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from customers.export import ExportsPeople
from customers.models import Customer, PersonalDataAccess
from customers.services.access import VIEW_PERSONAL_DATA, reveal_contacts
from project.export import ExportColumn, moment, stored
from project.listing import ViewOnlyAdmin
from project.moments import format_moment

# What a look was for, by the code that is stored.
PURPOSES = {
    "customers": _("List of customers"),
    "customer": _("Page of a customer"),
    "order": _("Page of a Commerce order"),
    "amazon_order": _("Page of an Amazon order"),
    "orders_tab": _("Buyers in the list of Amazon orders"),
    "packing_slip": _("Packing slips"),
    "export": _("Export of a list"),
    "api_orders": _("List of orders over REST"),
    "api_order": _("An order over REST"),
    "api_customers": _("List of customers over REST"),
    "api_customer": _("A customer over REST"),
}


@admin.register(Customer)
class CustomerAdmin(ExportsPeople, ViewOnlyAdmin):
    export_columns = (
        *stored(Customer, "number"),
        ExportColumn(_("orders"), lambda customer: customer.order_count),
        *stored(Customer, "created_at"),
    )
    list_display = ["number", "name", "orders", "since"]
    fields = ["number", "name", "orders", "since"]
    readonly_fields = ["name", "orders", "since"]
    search_fields = ["number__exact"]
    search_help_text = _("Customer number")
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        # Counted per customer shown: grouping would count the orders of the whole table first.
        counted = Customer.objects.filter(pk=OuterRef("pk")).annotate(count=Count("orders")).values("count")
        customers = super().get_queryset(request).annotate(order_count=Subquery(counted))
        if request.user.has_perm(VIEW_PERSONAL_DATA):
            # Reading the contact is what decrypts it, so it is read for those only who may see it.
            return customers.select_related("contact")
        return customers

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        self._reveal(request, changelist.result_list, purpose="customers")
        return changelist

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Customer | None:
        customer: Customer | None = super().get_object(request, object_id, from_field)
        if customer is not None and self.has_view_permission(request, customer):
            self._reveal(request, [customer], purpose="customer")
        return customer

    def _reveal(self, request: HttpRequest, customers: list[Customer], *, purpose: str) -> None:
        """Hang the names on the customers and leave one audit row for all of them; nothing without permission."""
        if not request.user.has_perm(VIEW_PERSONAL_DATA):
            return
        details = reveal_contacts(
            [customer.contact for customer in customers],
            actor=request.user.get_username(),
            user=request.user,
            purpose=purpose,
            now=timezone.now(),
        )
        for customer in customers:
            customer.revealed = details[customer.contact_id]  # type: ignore[attr-defined]

    @admin.display(description=_("name"))
    def name(self, customer: Customer) -> SafeString | str:
        details = getattr(customer, "revealed", None)
        return (
            format_html('<bdi class="bo-name">{}</bdi>', details.display_name)
            if details and details.display_name
            else "–"
        )

    @admin.display(description=_("orders"))
    def orders(self, customer: Customer) -> SafeString:
        return format_html(
            '<a href="{}?customer__id__exact={}">{}</a>',
            reverse("admin:commerce_orders_order_changelist"),
            customer.pk,
            customer.order_count,  # type: ignore[attr-defined]
        )

    @admin.display(description=_("created (UTC)"))
    def since(self, customer: Customer) -> SafeString | str:
        return format_moment(customer.created_at)


def _contact_number(access: PersonalDataAccess) -> str:
    """Names nobody: joining the contact would decrypt the very data that the list is about."""
    return f"#{access.contact_id}" if access.contact_id else ""


@admin.register(PersonalDataAccess)
class PersonalDataAccessAdmin(ViewOnlyAdmin):
    export_columns = (
        moment(_("when (UTC)"), "at"),
        *stored(PersonalDataAccess, "actor"),
        ExportColumn(_("what for"), lambda access: PURPOSES.get(access.purpose, access.purpose)),
        ExportColumn(_("contact"), _contact_number),
        *stored(PersonalDataAccess, "contacts_seen"),
    )
    list_display = ["looked_at", "actor", "what_for", "person", "contacts_seen"]
    list_display_links = None
    sortable_by = ()
    search_fields = ["actor__exact"]
    search_help_text = _("User name, or token:NAME")
    fields = ["looked_at", "actor", "what_for", "person", "contacts_seen"]
    readonly_fields = ["looked_at", "what_for", "person"]

    @admin.display(description=_("when (UTC)"))
    def looked_at(self, access: PersonalDataAccess) -> SafeString | str:
        return format_moment(access.at)

    @admin.display(description=_("what for"))
    def what_for(self, access: PersonalDataAccess) -> str:
        return str(PURPOSES.get(access.purpose, access.purpose))

    @admin.display(description=_("contact"))
    def person(self, access: PersonalDataAccess) -> str:
        return _contact_number(access) or "–"
