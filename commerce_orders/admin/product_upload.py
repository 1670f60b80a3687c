"""Importing a file of products: checked first, with what each row would do, then imported."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce_orders.admin.product_forms import FileForm
from commerce_orders.models import ProductFile
from commerce_orders.services.product_files import check_file, import_checked_file
from commerce_orders.services.product_import import ImportReport, Outcome
from commerce_orders.tables import TableRefused
from project.listing import BackOfficeAdmin

ROWS_SHOWN = 200


def show_import(page: BackOfficeAdmin, request: HttpRequest) -> HttpResponse:
    """The form; with a file what it would do; and ``import`` stores what was checked."""
    actor, now = request.user.get_username(), timezone.now()
    form = FileForm(None)
    report: ImportReport | None = None
    if request.method == "POST" and "import" in request.POST:
        try:
            report = import_checked_file(actor=actor, now=now)
        except ProductFile.DoesNotExist:
            page.message_user(request, _("The checked file is no longer there. Choose it again."), "warning")
        if report and report.is_stored:
            page.message_user(request, _("Products imported."))
            return HttpResponseRedirect(reverse("admin:commerce_orders_product_changelist"))
    elif request.method == "POST":
        form = FileForm(request.POST, request.FILES)
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                report = check_file(file=file.file, name=file.name, actor=actor, now=now)
            except TableRefused as refusal:
                form.add_error("file", refusal.detail)
    return page.render_page(
        request,
        "admin/commerce_orders/product/import.html",
        title=_("Import products"),
        form=form,
        report=report,
        **(_shown(report) if report else {}),
    )


def _shown(report: ImportReport) -> dict[str, Any]:
    """Refused rows first: a long file shows what has to be mended, and the beginning of the rest."""
    rows = sorted(report.rows, key=lambda row: (row.outcome != Outcome.REFUSED, row.row))
    return {
        "rows": rows[:ROWS_SHOWN],
        "rows_left_out": max(len(rows) - ROWS_SHOWN, 0),
        "counts": {outcome.value: report.count(outcome) for outcome in Outcome},
        "may_import": bool(rows) and rows[0].outcome != Outcome.REFUSED,
    }
