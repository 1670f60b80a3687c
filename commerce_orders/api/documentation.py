"""The OpenAPI document and its page, which loads nothing from elsewhere and runs no inline script."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiJsonRenderer2, OpenApiYamlRenderer
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.renderers import TemplateHTMLRenderer

from commerce_orders.api.authentication import TokenAuthentication
from commerce_orders.api.views import LANGUAGE


class SchemaView(SpectacularAPIView):
    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with translation.override(LANGUAGE):
            return super().dispatch(request, *args, **kwargs)


def name_server(result: dict[str, Any], request: HttpRequest | None, **_: Any) -> dict[str, Any]:
    """Programs that import the document as a file send their requests to where they got it."""
    server = request.build_absolute_uri("/").rstrip("/") if request else "https://orders.example.com"
    return {**result, "servers": [{"url": server}]}


class DocumentationView(SpectacularSwaggerSplitView):
    renderer_classes = [TemplateHTMLRenderer]
    template_name = "commerce_orders/api_documentation.html"
    url_name = "api:schema"


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token made with the command `create_api_token`. Each operation names the scope it needs.",
        }


def let_fields_be_chosen(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Of what the parameter `fields` thins out nothing is sure to be there; a hook of drf-spectacular."""
    for name in ("Order", "AmazonOrder"):
        result["components"]["schemas"].get(name, {}).pop("required", None)
    return result
