"""The Problems page: all that needs a person, one reason at a time, with retries."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from commerce_orders import problems
from commerce_orders.admin.return_address import return_address
from commerce_orders.models import ProblemRetry
from commerce_orders.problems import COUNTED_AT_MOST, Place, ProblemSource
from commerce_orders.services.retries import retry_all, retry_chosen
from project.export import export_links

SHOWN_AT_ONCE = 50
RETRIES_SHOWN = 5
BY_REASON = frozenset({"admin:index", "admin:problems"})


@dataclass(frozen=True, slots=True)
class ReasonTab:
    """A reason that there are problems of, or that the page is open at."""

    code: str
    label: str
    count: str
    link: str
    is_open: bool


def visible_sources(user: User | AnonymousUser) -> list[ProblemSource]:
    return [source for source in problems.sources() if user.has_perm(source.view_permission)]


def count_visible(request: HttpRequest) -> dict[str, int]:
    """How many problems of each reason the reader may see; counted once a request."""
    counts: dict[str, int] | None = getattr(request, "problem_counts", None)
    if counts is None:
        counts = problems.count_problems(visible_sources(request.user), now=timezone.now())
        request.problem_counts = counts  # type: ignore[attr-defined]
    return counts


def count_all_visible(request: HttpRequest) -> int:
    """How many problems the reader may see; counted by reason only for pages that say them by reason."""
    if request.resolver_match and request.resolver_match.view_name in BY_REASON:
        return sum(count_visible(request).values())
    return problems.count_all_problems(visible_sources(request.user), now=timezone.now())


def count_in_words(count: int) -> str:
    return f"{COUNTED_AT_MOST}+" if count >= COUNTED_AT_MOST else str(count)


def page_address(reason: str = "", **parameters: str) -> str:
    query = urlencode({"reason": reason, **parameters}) if reason else ""
    return f"{reverse('admin:problems')}{'?' if query else ''}{query}"


@require_safe
def show_problems(request: HttpRequest) -> HttpResponse:
    sources = visible_sources(request.user)
    if not sources:
        raise PermissionDenied
    now = timezone.now()
    counts = count_visible(request)
    reason = request.GET.get("reason", "") or next((code for code, count in counts.items() if count), "")
    source = next((source for source in sources if reason in source.reasons()), None)
    if reason and source is None:
        raise Http404
    return TemplateResponse(
        request,
        "admin/commerce_orders/problems.html",
        admin.site.each_context(request)
        | {
            "title": _("Problems"),
            "now": now,
            "tabs": _tabs(sources, counts, reason),
            "retries": [_described(retry) for retry in _last_retries(sources)],
        }
        | (_rows(request, source, reason, now=now, count=counts[reason]) if source else {}),
    )


@require_POST
def retry_problems(request: HttpRequest) -> HttpResponse:
    """``key`` (any number) or ``all`` of ``reason``."""
    reason = request.POST.get("reason", "")
    source = problems.source_of(reason)
    if source is None:
        raise Http404
    if not (request.user.has_perm(source.view_permission) and request.user.has_perm(source.retry_permission)):
        raise PermissionDenied
    actor, now = request.user.get_username(), timezone.now()
    if "all" in request.POST:
        retry_all(source=source, reason=reason, actor=actor, now=now)
        messages.success(
            request,
            _("All of them are being tried again in the background. Resolved problems disappear from this page."),
        )
    elif keys := _keys(request.POST):
        count = retry_chosen(source=source, reason=reason, keys=keys, actor=actor, now=now).retried
        _report(request, count)
    else:
        messages.warning(request, _("Choose at least one problem."))
    return HttpResponseRedirect(_next_page(request, reason))


def _keys(posted: QueryDict) -> list[int]:
    """One row's own button counts alone, whatever else is ticked."""
    chosen = posted.getlist("one") or posted.getlist("key")
    return [int(key) for key in chosen if key.isdecimal() and len(key) < 19]


def _report(request: HttpRequest, count: int) -> None:
    if count:
        words = ngettext(
            "%(count)s problem is being tried again. If that resolves it, it disappears from this page.",
            "%(count)s problems are being tried again. Resolved problems disappear from this page.",
            count,
        )
        messages.success(request, words % {"count": count})
    else:
        messages.info(request, _("Nothing to try again: it was resolved, or taken up by somebody else, meanwhile."))


def _next_page(request: HttpRequest, reason: str) -> str:
    """Back to where the button was pressed: this page, or an order's."""
    return return_address(request) or page_address(reason)


def _tabs(sources: list[ProblemSource], counts: dict[str, int], reason: str) -> list[ReasonTab]:
    return [
        ReasonTab(code, str(label), count_in_words(counts[code]), page_address(code), code == reason)
        for source in sources
        for code, label in source.reasons().items()
        if counts[code] or code == reason
    ]


def _rows(request: HttpRequest, source: ProblemSource, reason: str, *, now: datetime, count: int) -> dict[str, Any]:
    try:
        behind = Place.parse(request.GET["behind"]) if request.GET.get("behind") else None
    except ValueError as error:
        raise Http404 from error
    rows = problems.newest_problems(source, reason, now=now, behind=behind, limit=SHOWN_AT_ONCE + 1)
    shown = rows[:SHOWN_AT_ONCE]
    may_retry = request.user.has_perm(source.retry_permission)
    more = str(problems.place_of(shown[-1], source, reason)) if len(rows) > SHOWN_AT_ONCE else ""
    return {
        "reason": reason,
        "exports": export_links("admin:problems_export", query=urlencode({"reason": reason})),
        "label": source.reasons()[reason],
        "count": count_in_words(count),
        "problems": [
            (problem, [(link, request.user.has_perm(link.permission)) for link in problem.about])
            for problem in source.describe(shown, reason=reason, now=now)
        ],
        "may_retry": may_retry,
        "may_choose": may_retry and count > 1,
        "newest": page_address(reason) if behind else "",
        "older": page_address(reason, behind=more) if more else "",
    }


def _last_retries(sources: list[ProblemSource]) -> list[ProblemRetry]:
    return list(ProblemRetry.objects.filter(source__in=[source.code for source in sources])[:RETRIES_SHOWN])


def _described(retry: ProblemRetry) -> tuple[ProblemRetry, str]:
    source = problems.source_of(retry.reason)
    return retry, str(source.reasons()[retry.reason]) if source else retry.reason
