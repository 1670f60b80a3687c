"""What the admin lists of all apps share: quick at a million rows, and read-only where the program writes."""

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from unfold.views import ChangeList

from project.export import ExportedList

COUNTED_AT_MOST = 2_000  # rows of a list that one leafs through; the last page is as far to skip to
LONGEST_KEY = 18  # digits that every database takes as a key


def key_in(text: str) -> int | None:
    """The key that ``text`` can be in any database; ``None`` for all else."""
    return int(text) if text.isdecimal() and len(text) <= LONGEST_KEY else None


def read_key(text: str) -> int:
    """The key of a row that an address names; raises ``Http404`` for what can be none."""
    key = key_in(text)
    if key is None:
        raise Http404
    return key


class CappedPaginator(Paginator):
    """Counts no further than the last page that anyone leafs to; filters and search find what is beyond it."""

    template_name = "admin/capped_pagination.html"

    @cached_property
    def counted(self) -> int:
        """Rows, at most one more than ``COUNTED_AT_MOST``."""
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[: COUNTED_AT_MOST + 1].count()

    @cached_property
    def count(self) -> int:
        return min(self.counted, COUNTED_AT_MOST)

    @property
    def is_capped(self) -> bool:
        return self.counted > COUNTED_AT_MOST


class CappedChangeList(ChangeList):
    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """Without what PostgreSQL takes in no text; nothing can be found by it."""
        found: dict[str, Any] = super().get_filters_params(params)
        return {name: values for name, values in found.items() if not any("\0" in value for value in values)}

    def get_results(self, request: HttpRequest) -> None:
        if getattr(request, "is_walk", False):  # of somebody who wants the list's rows, and no page of them
            self.result_list: Any = []
            self.result_count = self.full_result_count = 0
            return
        super().get_results(request)
        # The theme offers "show all" whenever these differ; nobody shows all of a million rows.
        self.full_result_count = self.result_count


class BackOfficeAdmin(ExportedList):
    """Lists that never count, sort or select the whole table, and pages of our own inside the theme's frame."""

    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 50
    list_disable_select_all = True

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[CappedChangeList]:
        return CappedChangeList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        title = capfirst(str(self.opts.verbose_name_plural))  # and not "Select order to view"
        return super().changelist_view(request, {"title": title} | (extra_context or {}))

    def render_page(
        self, request: HttpRequest, template: str, *, title: str, original: Model | None = None, **context: Any
    ) -> TemplateResponse:
        """``original`` is the row that the page is about; the path in the page's head leads to it."""
        request.current_app = self.admin_site.name
        frame = self.admin_site.each_context(request) | {"opts": self.opts, "title": title, "original": original}
        return TemplateResponse(request, template, frame | context)


class ViewOnlyAdmin(BackOfficeAdmin):
    """Rows that only the program writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
