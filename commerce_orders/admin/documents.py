"""Printing packing slips and pick lists."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce_orders.models import DocumentJob
from commerce_orders.models.documents import DocumentKind
from commerce_orders.pdf import DocumentsUnavailable
from commerce_orders.services.documents import (
    AT_ONCE,
    DocumentsRefused,
    print_packing_slips,
    print_pick_list,
    start_packing_slips,
    take_document,
)
from customers.services.access import VIEW_PERSONAL_DATA
from project.listing import BackOfficeAdmin, read_key


class PrintsDocuments(BackOfficeAdmin):
    """Actions of an order list; ``printed_orders`` says which Commerce orders are meant, in the order of printing."""

    def printed_orders(self, queryset: QuerySet[Any]) -> list[int]:
        raise NotImplementedError

    @admin.action(description=gettext_lazy("Print packing slips"), permissions=["print_slips"])
    def print_slips(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        return self._print(request, queryset, DocumentKind.PACKING_SLIPS)

    @admin.action(description=gettext_lazy("Print pick list"), permissions=["print_pick_list"])
    def print_pick_list(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        return self._print(request, queryset, DocumentKind.PICK_LIST)

    def has_print_slips_permission(self, request: HttpRequest) -> bool:
        return self.has_print_pick_list_permission(request) and request.user.has_perm(VIEW_PERSONAL_DATA)

    def has_print_pick_list_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("commerce_orders.view_order"))

    def _print(self, request: HttpRequest, queryset: QuerySet[Any], kind: DocumentKind) -> HttpResponse:
        back, order_ids = request.get_full_path(), self.printed_orders(queryset)
        return print_documents(self, request, kind=kind, order_ids=order_ids, back=back)


def print_view(page: BackOfficeAdmin, request: HttpRequest) -> HttpResponse:
    """``kind`` of the Commerce orders ``order`` (any number), in their order."""
    if not page.has_view_permission(request):
        raise PermissionDenied
    order_ids = [read_key(pk) for pk in request.POST.getlist("order")]
    back = reverse("admin:commerce_orders_order_changelist")
    return print_documents(page, request, kind=request.POST.get("kind", ""), order_ids=order_ids, back=back)


def print_documents(
    page: BackOfficeAdmin, request: HttpRequest, *, kind: str, order_ids: Sequence[int], back: str
) -> HttpResponse:
    """The PDF, or the page that shows how far a worker is with it; what cannot be printed is said at ``back``."""
    now = timezone.now()
    if kind not in DocumentKind.values:
        raise Http404
    if kind == DocumentKind.PACKING_SLIPS and not request.user.has_perm(VIEW_PERSONAL_DATA):
        raise PermissionDenied
    if not order_ids:
        page.message_user(
            request, _("None of these has a Commerce order yet, so there is nothing to print."), "warning"
        )
        return HttpResponseRedirect(back)
    try:
        if kind == DocumentKind.PICK_LIST:
            return _pdf(print_pick_list(order_ids=order_ids, now=now), _("Pick list"))
        if len(order_ids) <= AT_ONCE:
            return _pdf(print_packing_slips(order_ids=order_ids, user=request.user, now=now), _("Packing slips"))
        job = start_packing_slips(order_ids=order_ids, user=request.user, now=now)
    except (DocumentsUnavailable, DocumentsRefused) as refusal:
        page.message_user(request, str(refusal), messages.ERROR)
        return HttpResponseRedirect(back)
    return HttpResponseRedirect(reverse("admin:commerce_orders_order_documents", args=[job.pk]))


def show_job(page: BackOfficeAdmin, request: HttpRequest, job_id: int) -> HttpResponse:
    """How far the worker is; a POST takes the PDF away, which is then thrown away here. For who asked for it only."""
    job = get_object_or_404(DocumentJob, pk=job_id, user=request.user)
    if not request.user.has_perm(VIEW_PERSONAL_DATA):
        raise PermissionDenied
    if request.method == "POST":
        try:
            return _pdf(take_document(job=job, now=timezone.now()), _("Packing slips"))
        except DocumentsRefused as refusal:
            page.message_user(request, str(refusal), messages.WARNING)
            return HttpResponseRedirect(request.path)
    return page.render_page(
        request,
        "admin/commerce_orders/order/documents.html",
        title=_("Packing slips"),
        job=job,
        total=len(job.order_ids),
        is_there=job.finished_at is not None and job.parts.exists(),
    )


def _pdf(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    moment = timezone.now().strftime("%Y-%m-%d %H%M")
    disposition = content_disposition_header(as_attachment=True, filename=f"{name} {moment}.pdf")
    response.headers["Content-Disposition"] = disposition or "attachment"
    return response
