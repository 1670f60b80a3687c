"""The language that a person reads: chosen once, kept with the person; until then what the browser asks for."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from project.models import Preferences

KEY = "language"  # in the session, where it costs no query


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Django's own view, which sets the cookie of the browser; and the choice is kept."""
    response = set_language(request)
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        request.session[KEY] = language
        if request.user.is_authenticated:
            _keep(request.user, language)
    return response


def begin_session(*, request: HttpRequest, user: Any, **_: Any) -> None:
    """Somebody signed in: what was just chosen on the sign-in page is kept; else what was chosen before counts."""
    if chosen := request.session.get(KEY):
        _keep(user, chosen)
    elif kept := Preferences.objects.filter(user=user).values_list("language", flat=True).first():
        request.session[KEY] = kept


class PersonsLanguage:
    """The person's choice before the browser's; comes behind the sessions and Django's ``LocaleMiddleware``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Whoever comes without a session, as other systems do, costs none.
        language = request.session.get(KEY) if settings.SESSION_COOKIE_NAME in request.COOKIES else None
        if language in dict(settings.LANGUAGES):
            translation.activate(language)
            request.LANGUAGE_CODE = language
        return self.get_response(request)


def _keep(user: Any, language: str) -> None:
    Preferences.objects.update_or_create(user=user, defaults={"language": language})
