"""All problems of one reason as CSV or XLSX."""

from collections.abc import Iterator
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from commerce_orders import problems
from commerce_orders.admin.problems import page_address
from commerce_orders.problems import Place, Problem, ProblemSource
from project.export import ExportColumn, send_export
from project.spreadsheets import moment_text

PORTION = 500
COLUMNS = (
    ExportColumn(_("Problem"), lambda problem: problem.what),
    ExportColumn(pgettext_lazy("column", "Since"), lambda problem: moment_text(problem.since, problem.zone)),
    ExportColumn(_("About"), lambda problem: ", ".join(link.text for link in problem.about)),
    ExportColumn(_("Detail"), lambda problem: problem.detail),
    ExportColumn(_("Message from the channel"), lambda problem: problem.words),
    ExportColumn(_("What to do"), lambda problem: problem.advice),
)


@require_safe
def export_problems(request: HttpRequest, format: str) -> HttpResponseBase:
    reason = request.GET.get("reason", "")
    source = problems.source_of(reason)
    if source is None:
        raise Http404
    if not request.user.has_perm(source.view_permission):
        raise PermissionDenied
    now = timezone.now()
    return send_export(
        request,
        format=format,
        name=source.reasons()[reason],
        columns=COLUMNS,
        rows=_walk(source, reason, now=now),
        counted=[source.rows(reason, now=now)],
        list_address=page_address(reason),
    )


def _walk(source: ProblemSource, reason: str, *, now: datetime) -> Iterator[Problem]:
    """The newest first; each portion begins behind the last one, whatever came meanwhile."""
    behind: Place | None = None
    while rows := problems.newest_problems(source, reason, now=now, behind=behind, limit=PORTION):
        yield from source.describe(rows, reason=reason, now=now)
        if len(rows) < PORTION:
            return
        behind = problems.place_of(rows[-1], source, reason)
