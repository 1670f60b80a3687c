from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from commerce_orders.api.documentation import DocumentationView, SchemaView
from commerce_orders.api.views import UnknownAddress
from project import error_pages, health, language

handler403, handler404, handler500 = error_pages.forbidden, error_pages.not_found, error_pages.server_error

api: list[URLPattern | URLResolver] = [
    path("", include("commerce_orders.api.urls")),
    path("amazon/", include("amazon_channel.api.urls")),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocumentationView.as_view(), name="docs"),
    re_path("", UnknownAddress.as_view()),
]

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("healthz", health.show_alive, name="alive"),
    path("readyz", health.show_ready, name="ready"),
    path("api/v1/", include((api, "api"))),
    path("i18n/setlang/", language.choose_language, name="set_language"),
]
