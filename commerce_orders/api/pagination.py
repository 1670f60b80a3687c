"""Pages by position instead of by number: as fast on the last page as on the first, and stable while rows move.

DRF's cursor pages loop when many rows share a time, which a bulk import gives; here the id breaks the tie.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeVar

from django.core.signing import BadSignature, Signer
from django.db.models import Model, Q, QuerySet
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from commerce_orders.api.errors import RequestRefused
from commerce_orders.api.fields import StrictSerializer

Row = TypeVar("Row", bound=Model)
PAGE_SIZE = 100
LARGEST_PAGE = 500


class PageQuery(StrictSerializer):
    page_size = serializers.IntegerField(
        min_value=1, max_value=LARGEST_PAGE, default=PAGE_SIZE, help_text="Rows in a page."
    )
    cursor = serializers.CharField(
        required=False, help_text="Where the page begins; taken from `next` or `previous`, never made up."
    )


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows in ascending order, and the addresses of the pages beside them, if there are any.

    ``onward`` is where to go on once there is more: behind the last row, or here again where there is none.
    """

    rows: list[Row]
    next: str | None
    previous: str | None
    onward: str

    def represent(self, results: list[Any]) -> dict[str, Any]:
        return {"results": results, "next": self.next, "previous": self.previous}


@dataclass(frozen=True, slots=True)
class Cursor:
    """A page begins beyond the row with this time and id, or ends before it. Signed for one address."""

    backwards: bool
    time: datetime | None
    pk: int

    def sign(self, request: Request) -> str:
        time = self.time.isoformat() if self.time else None
        return _signer(request).sign_object([self.backwards, time, self.pk])

    @classmethod
    def read(cls, text: str, request: Request) -> "Cursor":
        try:
            backwards, time, pk = _signer(request).unsign_object(text)
        except BadSignature as error:
            raise RequestRefused(
                status.HTTP_400_BAD_REQUEST,
                "invalid_cursor",
                "The cursor is not one that this list gave. Begin again without it.",
                field="cursor",
            ) from error
        return cls(backwards, datetime.fromisoformat(time) if time else None, pk)

    def beyond(self, time_column: str | None) -> Q:
        """The rows on the far side. Databases take an index for ``a>=x AND (a>x OR id>y)``, not for the plain OR."""
        side = "lt" if self.backwards else "gt"
        if time_column is None:
            return Q(**{f"pk__{side}": self.pk})
        return Q(**{f"{time_column}__{side}e": self.time}) & (
            Q(**{f"{time_column}__{side}": self.time}) | Q(**{f"pk__{side}": self.pk})
        )


def read_page(
    rows: QuerySet[Row], *, request: Request, page_size: int, cursor: str = "", time_column: str | None = None
) -> Page[Row]:
    """One page of ``rows`` by ``time_column`` and id, or by id alone; one statement, which counts nothing.

    Raises ``RequestRefused`` (``invalid_cursor``) for a cursor of another address or a changed one.
    """
    start = Cursor.read(cursor, request) if cursor else None
    backwards = bool(start and start.backwards)
    columns = [time_column, "pk"] if time_column else ["pk"]
    if start:
        rows = rows.filter(start.beyond(time_column))
    found = list(rows.order_by(*(f"-{column}" if backwards else column for column in columns))[: page_size + 1])
    is_more = len(found) > page_size
    found = found[:page_size]
    if backwards:
        found.reverse()
    if not found:
        return Page([], None, None, onward=request.build_absolute_uri())

    def link(row: Row, *, backwards: bool) -> str:
        time = getattr(row, time_column) if time_column else None
        return replace_query_param(
            request.build_absolute_uri(), "cursor", Cursor(backwards, time, row.pk).sign(request)
        )

    onward = link(found[-1], backwards=False)
    return Page(
        rows=found,
        onward=onward,
        next=onward if backwards or is_more else None,
        previous=link(found[0], backwards=True) if (is_more if backwards else start) else None,
    )


@cache
def page_of(
    serializer: type[serializers.Serializer[Any]], name: str, *, poll: str = ""
) -> type[serializers.Serializer[Any]]:
    """The shape of a page, for the OpenAPI document; ``poll`` describes the address to keep up with."""
    more = {"poll": serializers.URLField(allow_null=True, help_text=poll)} if poll else {}
    return type(
        name,
        (serializers.Serializer,),
        {
            "results": serializer(many=True),
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            **more,
        },
    )


def _signer(request: Request) -> Signer:
    return Signer(salt=f"commerce_orders.api.pagination:{request.path}")
