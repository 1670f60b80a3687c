"""All problems of one reason as CSV or XLSX."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from commerce_orders import problems
from commerce_orders.problems import Place, ProblemSource
from project.spreadsheets import FORMATS, XLSX_ROWS, moment_text, send_table

PORTION = 500


@require_safe
def export_problems(request: HttpRequest, format: str) -> HttpResponseBase:
    reason = request.GET.get("reason", "")
    source = problems.source_of(reason)
    if source is None or format not in FORMATS:
        raise Http404
    if not request.user.has_perm(source.view_permission):
        raise PermissionDenied
    now = timezone.now()
    most = XLSX_ROWS if format == "xlsx" else None
    return send_table(
        format=format,
        name=f"{source.reasons()[reason]} {now:%Y-%m-%d %H%M}",
        headings=[
            _("Problem"),
            pgettext("column", "Since"),
            _("About"),
            _("Detail"),
            _("Message from the channel"),
            _("What to do"),
        ],
        rows=_lines(source, reason, now=now, most=most),
    )


def _lines(source: ProblemSource, reason: str, *, now: datetime, most: int | None) -> Iterator[list[Any]]:
    """The newest first; each portion begins behind the last one, whatever came meanwhile."""
    behind: Place | None = None
    sent = 0
    while rows := problems.newest_problems(source, reason, now=now, behind=behind, limit=PORTION):
        for problem in source.describe(rows, reason=reason, now=now):
            if most is not None and sent >= most:
                return
            sent += 1
            about = ", ".join(link.text for link in problem.about)
            since = moment_text(problem.since, problem.zone)
            yield [problem.what, since, about, problem.detail, problem.words, problem.advice]
        behind = problems.place_of(rows[-1], source, reason)
