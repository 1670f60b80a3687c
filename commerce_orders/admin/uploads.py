"""Files of shipments: handing one in, seeing what each row would do, shipping, and the outcome to take away."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from commerce_orders.admin.upload_forms import COLUMN_LABELS, ColumnsForm, ShipmentFileForm
from commerce_orders.cells import TableRefused
from commerce_orders.models import ShipmentUpload, UploadRow
from commerce_orders.models.uploads import RowState, UploadState
from commerce_orders.presentation.pills import Tone, pill
from commerce_orders.services.upload_columns import NEEDED
from commerce_orders.services.upload_shipping import UploadNotReady, start_shipping
from commerce_orders.services.upload_words import words_of
from commerce_orders.services.uploads import change_columns, earlier_upload, start_upload
from project.export import stored
from project.listing import ViewOnlyAdmin, read_key
from project.moments import format_moment
from project.spreadsheets import FORMATS, send_table

ROWS_SHOWN = 200
ROWS_SENT_AT_ONCE = 2000
SHIP = "commerce_orders.ship_order"
UPLOAD_TONES = {
    UploadState.READING: Tone.INFO,
    UploadState.CHECKED: Tone.WARNING,
    UploadState.RUNNING: Tone.INFO,
    UploadState.DONE: Tone.SUCCESS,
    UploadState.REFUSED: Tone.DANGER,
}
# What has to be mended first.
ROW_TONES = {
    RowState.REFUSED: Tone.DANGER,
    RowState.READY: Tone.INFO,
    RowState.SHIPPED: Tone.SUCCESS,
    RowState.ALREADY: Tone.NEUTRAL,
}


@admin.register(ShipmentUpload)
class ShipmentUploadAdmin(ViewOnlyAdmin):
    export_columns = stored(ShipmentUpload, "name", "uploaded_at", "uploaded_by", "state", "rows_read")
    list_display = ("name", "uploaded", "uploaded_by", "state_pill", "rows_read")
    sortable_by = ()

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "commerce_orders_shipmentupload"
        return [
            path("<int:upload_id>/columns/", view(require_POST(self.columns_view)), name=f"{name}_columns"),
            path("<int:upload_id>/ship/", view(require_POST(self.ship_view)), name=f"{name}_ship"),
            path("<int:upload_id>/result.<str:format>", view(require_safe(self.result_view)), name=f"{name}_result"),
            *super().get_urls(),
        ]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(SHIP))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ShipmentUpload]:
        return super().get_queryset(request).defer("content")

    @admin.display(description=gettext_lazy("uploaded (UTC)"))
    def uploaded(self, upload: ShipmentUpload) -> SafeString | str:
        return format_moment(upload.uploaded_at)

    @admin.display(description=gettext_lazy("status"))
    def state_pill(self, upload: ShipmentUpload) -> SafeString:
        return pill(UploadState(upload.state).label, UPLOAD_TONES[UploadState(upload.state)])

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ShipmentFileForm(request.POST or None, request.FILES or None)
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                upload = start_upload(
                    file=file.file,
                    name=file.name,
                    actor=request.user.get_username(),
                    language=get_language() or "en",
                    now=timezone.now(),
                )
            except TableRefused as refusal:
                form.add_error("file", refusal.detail)
            else:
                return self._to_page(upload.pk)
        return self.render_page(
            request, "admin/commerce_orders/shipmentupload/add.html", title=_("Ship from a file"), form=form
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return self._page(request, self._find(request, read_key(object_id)), None)

    def columns_view(self, request: HttpRequest, upload_id: int) -> HttpResponse:
        upload = self._find(request, upload_id)
        form = ColumnsForm(request.POST, upload=upload)
        if form.is_valid():
            try:
                change_columns(
                    upload=upload,
                    columns=form.columns(),
                    default_carrier=form.cleaned_data["default_carrier"],
                    now=timezone.now(),
                )
            except TableRefused as refusal:
                form.add_error(None, refusal.detail)
            else:
                return self._to_page(upload_id)
        return self._page(request, upload, form)

    def ship_view(self, request: HttpRequest, upload_id: int) -> HttpResponse:
        self._find(request, upload_id)
        try:
            start_shipping(upload_id=upload_id, now=timezone.now())
        except UploadNotReady as refusal:
            self.message_user(request, str(refusal), messages.WARNING)
        else:
            self.message_user(request, _("The packages are being recorded. You can leave this page."))
        return self._to_page(upload_id)

    def result_view(self, request: HttpRequest, upload_id: int, format: str) -> HttpResponseBase:
        upload = self._find(request, upload_id)
        if format not in FORMATS:
            raise Http404
        headings = [
            _("Row"),
            *(COLUMN_LABELS[column] for column in ("order", "sku", "quantity", "carrier", "tracking", "date")),
            _("Outcome"),
            _("What to know"),
        ]
        return send_table(
            format=format,
            name=f"{upload.name.rpartition('.')[0]} {_('Outcome')}",
            headings=headings,
            rows=_lines(upload),
        )

    @staticmethod
    def _to_page(upload_id: int) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:commerce_orders_shipmentupload_change", args=[upload_id]))

    def _find(self, request: HttpRequest, upload_id: int) -> ShipmentUpload:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(ShipmentUpload.objects.defer("content"), pk=upload_id)

    def _page(self, request: HttpRequest, upload: ShipmentUpload, form: ColumnsForm | None) -> HttpResponse:
        counts = dict(upload.rows.order_by().values_list("state").annotate(Count("pk")))
        shown = request.GET.get("show", "")
        states = [RowState(shown)] if shown in RowState.values else list(ROW_TONES)
        rows: list[UploadRow] = []
        for state in states:
            if len(rows) < ROWS_SHOWN and counts.get(state):
                rows += upload.rows.filter(state=state).select_related("order")[: ROWS_SHOWN - len(rows)]
        may_be_mapped = upload.may_be_mapped
        return self.render_page(
            request,
            "admin/commerce_orders/shipmentupload/upload.html",
            title=upload.name,
            original=upload,
            upload=upload,
            now=timezone.now(),
            state=self.state_pill(upload),
            counts=[(state, state.label, counts.get(state, 0), tone) for state, tone in ROW_TONES.items()],
            done=upload.rows_read - counts.get(RowState.READY, 0),
            ready=counts.get(RowState.READY, 0) if upload.state == UploadState.CHECKED else 0,
            form=(form or ColumnsForm(upload=upload)) if may_be_mapped else None,
            missing=[COLUMN_LABELS[column] for column in NEEDED if column not in upload.columns],
            earlier=earlier_upload(upload),
            shown=shown,
            rows=[
                (row, pill(RowState(row.state).label, ROW_TONES[RowState(row.state)]), words_of(row)) for row in rows
            ],
            rows_left_out=sum(counts.get(state, 0) for state in states) - len(rows),
            may_see_order=request.user.has_perm("commerce_orders.view_order"),
        )


def _lines(upload: ShipmentUpload) -> Iterator[list[Any]]:
    """By number, some at a time, so that neither the memory nor the database holds 100,000."""
    last = 0
    while rows := list(upload.rows.filter(number__gt=last).order_by("number")[:ROWS_SENT_AT_ONCE]):
        for row in rows:
            given = [row.order_text, row.sku, row.quantity_text, row.carrier, row.tracking_number, row.date_text]
            yield [row.number, *given, RowState(row.state).label, words_of(row)]
        last = rows[-1].number
