"""What every view of the REST interface has in common."""

from typing import Any, NoReturn

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce_orders.api.pagination import Page, Row, read_page
from commerce_orders.api.throttling import rate_limit_headers
from commerce_orders.models import ApiToken

LANGUAGE = "en"


class ApiView(APIView):
    """A view whose methods are declared with ``operations.operation``; ``self.query`` is what the address says.

    Answers are English whatever the client prefers, and are not kept by caches.
    """

    http_method_names = ["get", "head", "post", "patch", "delete"]
    query: dict[str, Any]

    @property
    def token(self) -> ApiToken:
        token: ApiToken = self.request.auth  # type: ignore[assignment]  # the stubs know DRF's own only
        return token

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with translation.override(LANGUAGE):
            response = super().dispatch(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        for name, value in rate_limit_headers(request).items():
            response[name] = value
        return super().finalize_response(request, response, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        handler = getattr(self, str(request.method).lower())
        self.query = self.read_query(request, handler.query)

    def read_page(self, rows: QuerySet[Row], *, time_column: str | None = None) -> Page[Row]:
        """The page that the address asks for; the method's ``query`` must be a ``PageQuery``."""
        return read_page(
            rows,
            request=self.request,
            page_size=self.query["page_size"],
            cursor=self.query.get("cursor", ""),
            time_column=time_column,
        )

    @staticmethod
    def read_query(request: Request, query: type[Any]) -> dict[str, Any]:
        repeated = [name for name, values in request.query_params.lists() if len(values) > 1]
        if repeated:
            raise ValidationError({name: ["Give it once."] for name in repeated})
        serializer = query(data=request.query_params.dict(), context={"token": request.auth})
        serializer.is_valid(raise_exception=True)
        values: dict[str, Any] = serializer.validated_data
        return values


class UnknownAddress(APIView):
    """Whatever no other address matches. A redirect to one with a slash would turn a write into a read."""

    authentication_classes = ()
    permission_classes = ()
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotFound("There is nothing at this address. Addresses end with a slash.")
