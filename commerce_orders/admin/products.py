"""Products: the list, the product page, mapping a channel's SKU, importing a file."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from commerce_orders.admin.entry_forms import RefusableForm
from commerce_orders.admin.product_forms import AliasForm, MapForm, NewProductForm, ProductForm
from commerce_orders.admin.product_page import describe
from commerce_orders.admin.product_upload import show_import
from commerce_orders.models import Order, Product, Reservation, SkuAlias
from commerce_orders.presentation.pills import Tone, pill
from commerce_orders.services.catalogue import ProductRefused, add_alias, change_product, create_product, remove_alias
from project.counts import format_count
from project.export import ExportColumn, stored
from project.listing import BackOfficeAdmin, read_key


@admin.register(Product)
class ProductAdmin(BackOfficeAdmin):
    export_columns = (
        *stored(Product, "sku", "name", "quantity"),
        ExportColumn(gettext_lazy("reserved"), lambda product: product.reserved),
        ExportColumn(gettext_lazy("available"), lambda product: product.quantity - product.reserved),
        *stored(Product, "is_active"),
    )
    list_display = ["product_sku", "product_name", "on_hand", "promised", "available", "state"]
    sortable_by = ()
    ordering = ("sku",)
    search_fields = ("sku",)
    search_help_text = gettext_lazy("SKU or alias")
    list_before_template = "admin/commerce_orders/product/above_list.html"
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        return False  # orders refer to it, so it is made inactive instead

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        name = "commerce_orders_product"
        return [
            path("map/", view(self.map_view), name=f"{name}_map"),
            path("import/", view(self.import_view), name=f"{name}_import"),
            path("<int:product_id>/aliases/", view(require_POST(self.add_alias_view)), name=f"{name}_add_alias"),
            path(
                "<int:product_id>/aliases/<int:alias_id>/remove/",
                view(require_POST(self.remove_alias_view)),
                name=f"{name}_remove_alias",
            ),
            *super().get_urls(),
        ]

    # The list

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        # Added up per product shown: grouping would add up the reservations of the whole table first.
        reserved = (
            Reservation.objects.filter(product=OuterRef("pk"), reserved__gt=0)
            .order_by()
            .values("product")
            .annotate(units=Sum("reserved"))
            .values("units")
        )
        return super().get_queryset(request).annotate(reserved=Coalesce(Subquery(reserved), 0))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Product], search_term: str
    ) -> tuple[QuerySet[Product], bool]:
        """Only exact values, each one look into an index."""
        sku = search_term.strip()
        if not sku:
            return queryset, False
        aliased = SkuAlias.objects.filter(sku=sku).order_by().values("product_id")
        return queryset.filter(pk__in=Product.objects.filter(sku=sku).order_by().values("pk").union(aliased)), False

    @admin.display(description=gettext_lazy("SKU"))
    def product_sku(self, product: Product) -> SafeString:
        return format_html('<bdi class="bo-name">{}</bdi>', product.sku)

    @admin.display(description=gettext_lazy("name"))
    def product_name(self, product: Product) -> SafeString:
        return format_html('<bdi class="bo-name">{}</bdi>', product.name or "–")

    @admin.display(description=gettext_lazy("on hand"))
    def on_hand(self, product: Product) -> str:
        return format_count(product.quantity)

    @admin.display(description=gettext_lazy("reserved"))
    def promised(self, product: Product) -> str:
        return format_count(product.reserved)  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("available"))
    def available(self, product: Product) -> SafeString | str:
        left = product.quantity - product.reserved  # type: ignore[attr-defined]
        return pill(format_count(left), Tone.DANGER) if left < 0 else format_count(left)

    @admin.display(description=gettext_lazy("status"))
    def state(self, product: Product) -> SafeString:
        return pill(_("Active"), Tone.SUCCESS) if product.is_active else pill(_("Inactive"), Tone.NEUTRAL)

    # One product

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = NewProductForm(request.POST or None, initial={"sku": request.GET.get("sku", "")})
        if form.is_valid():
            try:
                product = create_product(**form.cleaned_data, now=timezone.now())
            except ProductRefused as refusal:
                form.show_refusal(refusal)
            else:
                self.log_addition(request, product, [{"added": {}}])
                self.message_user(request, _("Product added. Open orders with its SKU have it now."))
                return self._to_page(product.pk)
        return self.render_page(
            request, "admin/commerce_orders/product/create.html", title=_("Add a product"), form=form
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        product = self._find(request, read_key(object_id))
        if request.method != "POST":
            return self._page(request, product)
        if not self.has_change_permission(request):
            raise PermissionDenied
        form = ProductForm.of(product, request.POST)
        if form.is_valid():
            before = form.cleaned_data["quantity_seen"]
            try:
                changed = change_product(product_id=product.pk, **form.cleaned_data, now=timezone.now())
            except ProductRefused as refusal:
                form.show_refusal(refusal)
            else:
                if changed:
                    self._log(request, product, changed, before=before, after=form.cleaned_data["quantity"])
                self.message_user(request, _("Product saved."))
                return self._to_page(product.pk)
        return self._page(request, product, form=form)

    def _log(self, request: HttpRequest, product: Product, changed: list[str], *, before: int, after: int) -> None:
        """The trace of a change by hand; a count says both figures."""
        if "quantity" in changed:
            self.log_change(request, product, f"{before} → {after}")
        if others := [field for field in changed if field != "quantity"]:
            self.log_change(request, product, [{"changed": {"fields": others}}])

    def add_alias_view(self, request: HttpRequest, product_id: int) -> HttpResponse:
        product = self._find(request, product_id)
        if not self.has_change_permission(request):
            raise PermissionDenied
        form = AliasForm(request.POST)
        if form.is_valid() and self._add_alias(request, product, form):
            return self._to_page(product.pk)
        return self._page(request, product, alias_form=form)

    def _add_alias(self, request: HttpRequest, product: Product, form: RefusableForm) -> bool:
        """Whether ``product`` has the alias that ``form`` names; where it is refused, the form says why."""
        channel, sku = form.cleaned_data["channel"], form.cleaned_data["sku"]
        try:
            alias = add_alias(product_id=product.pk, channel=channel, sku=sku, now=timezone.now())
        except ProductRefused as refusal:
            form.show_refusal(refusal)
            return False
        self.log_change(request, product, [{"added": {"name": str(SkuAlias._meta.verbose_name), "object": alias.sku}}])
        self.message_user(request, _("Alias added. Open orders with this SKU have the product now."))
        return True

    def remove_alias_view(self, request: HttpRequest, product_id: int, alias_id: int) -> HttpResponse:
        product = self._find(request, product_id)
        if not self.has_change_permission(request):
            raise PermissionDenied
        alias = get_object_or_404(SkuAlias, pk=alias_id, product=product)
        remove_alias(alias_id=alias.pk, now=timezone.now())
        self.log_change(
            request, product, [{"deleted": {"name": str(SkuAlias._meta.verbose_name), "object": alias.sku}}]
        )
        self.message_user(request, _("Alias removed. Open lines with this SKU are unmatched again."))
        return self._to_page(product.pk)

    def map_view(self, request: HttpRequest) -> HttpResponse:
        """Say which product a channel's SKU means; an unmatched line of an order leads here."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        asked = {name: request.GET.get(name, "") for name in ("channel", "sku")}
        form = MapForm(request.POST or None, initial=asked)
        if form.is_valid():
            product = form.cleaned_data["product"]
            if self._add_alias(request, product, form):
                return self._back_to_order(request, product)
        return self.render_page(
            request,
            "admin/commerce_orders/product/map.html",
            title=_("Map a SKU"),
            form=form,
            sku=asked["sku"],
            suggestions=Product.objects.filter(is_active=True).order_by("sku")[:100],
            may_add=self.has_add_permission(request),
        )

    def import_view(self, request: HttpRequest) -> HttpResponse:
        if not (self.has_add_permission(request) and self.has_change_permission(request)):
            raise PermissionDenied
        return show_import(self, request)

    def _find(self, request: HttpRequest, product_id: int) -> Product:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(Product, pk=product_id)

    def _page(
        self, request: HttpRequest, product: Product, *, form: Any = None, alias_form: Any = None
    ) -> HttpResponse:
        return self.render_page(
            request,
            "admin/commerce_orders/product/product.html",
            title=product.sku,
            original=product,
            **describe(product, user=request.user, form=form, alias_form=alias_form),
        )

    @staticmethod
    def _to_page(product_id: int) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:commerce_orders_product_change", args=[product_id]))

    def _back_to_order(self, request: HttpRequest, product: Product) -> HttpResponseRedirect:
        order_id = request.GET.get("order", "")
        if order_id and Order.objects.filter(pk=read_key(order_id)).exists():
            return HttpResponseRedirect(reverse("admin:commerce_orders_order_change", args=[order_id]))
        return self._to_page(product.pk)
