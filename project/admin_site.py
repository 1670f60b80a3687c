"""The one admin site."""

from typing import Any

from django.db.models.base import ModelBase
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from django.views.i18n import JavaScriptCatalog
from unfold.sites import UnfoldAdminSite

# The queue is only a doorbell (see project.jobs), and editing its rows by hand could stop every schedule.
# The second factor has pages of its own, which show nobody's key.
WITHOUT_PAGES = frozenset({"django_q", "otp_static", "otp_totp"})
# Words of Django's boxes to choose several from, which it has not in all our languages.
WORDS_OF_BOXES = (
    gettext_noop('Choose %s by selecting them and then select the "Choose" arrow button.'),
    gettext_noop("Choose all %s"),
    gettext_noop("Choose selected %s"),
    gettext_noop('Remove %s by selecting them and then select the "Remove" arrow button.'),
    gettext_noop("Remove all %s"),
    gettext_noop("Remove selected %s"),
    gettext_noop("(click to clear)"),
)
# And words that Django translates otherwise than we do; those of our catalogue come first.
WORDS_OF_FORMS = (
    gettext_noop("History"),
    gettext_noop("Save and add another"),
    gettext_noop("Save and continue editing"),
)


class WordsOfScripts(JavaScriptCatalog):
    """Django's words where it has them, else ours."""

    packages = ["django.contrib.admin"]

    def get_catalog(self) -> dict[str, Any]:
        return {words: gettext(words) for words in WORDS_OF_BOXES} | super().get_catalog()


class BackOfficeSite(UnfoldAdminSite):
    index_title = _("Overview")
    empty_value_display = "–"

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from commerce_orders.admin import problem_export, problems  # which registers models with this site
        from project import audit_page, second_factor_pages

        export = self.admin_view(problem_export.export_problems)
        return [
            path("second-factor/", self.admin_view(second_factor_pages.ask), name="second_factor"),
            path("second-factor/set-up/", self.admin_view(second_factor_pages.set_up), name="second_factor_set_up"),
            path("changes/", self.admin_view(audit_page.show_changes), name="changes"),
            path("changes/export.<str:format>", self.admin_view(audit_page.export_changes), name="changes_export"),
            path("problems/", self.admin_view(problems.show_problems), name="problems"),
            path("problems/export.<str:format>", export, name="problems_export"),
            path("problems/retry/", self.admin_view(problems.retry_problems), name="problems_retry"),
            *super().get_urls(),
        ]

    def i18n_javascript(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        return WordsOfScripts.as_view()(request)

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """As Django's, but without the models of ``WITHOUT_PAGES``."""
        models: Any = [model_or_iterable] if isinstance(model_or_iterable, ModelBase) else model_or_iterable
        super().register(
            [model for model in models if model._meta.app_label not in WITHOUT_PAGES], admin_class, **options
        )
