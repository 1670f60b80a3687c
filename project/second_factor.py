"""The second factor of signing in: a code of an authenticator app, or one of ten recovery codes.

The log-in of the admin asks for the password only. Until the second factor has been shown, ``SecondFactorGate`` lets a
session open nothing but the pages that ask for it, whichever way it was begun.
"""

import secrets
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse
from django.utils.http import urlencode
from django_otp import match_token
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

KEY = "second_factor"  # in the session, where looking costs no query
PASSED, ASKED, MISSING, NONE = "passed", "asked", "missing", "none"
RECOVERY_CODES = 10
APP, RECOVERY = "app", "recovery"  # names of a person's two devices
# The one page that a session may open until it has shown what it must, and what is open besides.
PAGES = {ASKED: "admin:second_factor", MISSING: "admin:second_factor_set_up"}
OPEN_ADDRESSES = frozenset({"admin:logout", "set_language", "alive", "ready"})


class CodeRefused(Exception):
    """The code is wrong, was used before, or too many were tried just now."""


def is_demanded(user: Any) -> bool:
    """Whether this person must have a second factor: managers, where the environment says so."""
    if not settings.REQUIRE_SECOND_FACTOR:
        return False
    return bool(user.has_perm("amazon_channel.change_selleraccount") or user.has_perm("auth.change_user"))


def has_second_factor(user: Any) -> bool:
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


def begin_session(*, request: HttpRequest, user: Any, **_: Any) -> None:
    """Somebody signed in by password."""
    request.session[KEY] = ASKED if has_second_factor(user) else MISSING if is_demanded(user) else NONE


def use_code(*, user: Any, code: str) -> None:
    """A code of the app or a recovery code, each good once. Raises ``CodeRefused``, also soon after a wrong one."""
    if match_token(user, _plain(code)) is None:
        raise CodeRefused


def pass_second_factor(*, request: HttpRequest, code: str) -> None:
    """Open the session if the code is good. Raises ``CodeRefused``."""
    use_code(user=request.user, code=code)
    request.session.cycle_key()
    request.session[KEY] = PASSED


def begin_set_up(user: Any) -> TOTPDevice:
    """The app's key, which counts only once a code of it was entered; the same one until then.

    Several tabs that open at once may each make one: the first of them is everybody's.
    """
    begun = TOTPDevice.objects.filter(user=user, confirmed=False).order_by("pk")
    if not begun.exists():
        TOTPDevice.objects.create(user=user, confirmed=False, name=APP)
    return begun[0]


def finish_set_up(*, request: HttpRequest, code: str) -> list[str]:
    """The app works: it is asked for from now on. Returns the recovery codes. Raises ``CodeRefused``."""
    device = begin_set_up(request.user)
    if not device.verify_token(_plain(code)):
        raise CodeRefused
    with transaction.atomic():
        TOTPDevice.objects.filter(user=request.user).exclude(pk=device.pk).delete()
        device.confirmed = True
        device.save()
        codes = make_recovery_codes(request.user)
    request.session[KEY] = PASSED
    return codes


def make_recovery_codes(user: Any) -> list[str]:
    """New ones in the place of all that were given before."""
    with transaction.atomic():
        StaticDevice.objects.filter(user=user).delete()
        device = StaticDevice.objects.create(user=user, name=RECOVERY)
        codes = [f"{secrets.token_hex(2)}-{secrets.token_hex(2)}" for _ in range(RECOVERY_CODES)]
        for code in codes:
            device.token_set.create(token=code)
    return codes


def renew_recovery_codes(*, user: Any, code: str) -> list[str]:
    """For whoever shows that it is they who sit at the open session. Raises ``CodeRefused``."""
    use_code(user=user, code=code)
    return make_recovery_codes(user)


def switch_off(*, request: HttpRequest, code: str) -> None:
    """One's own. The password would prove less: a session left open in Users can give itself a new one.

    Raises ``CodeRefused``.
    """
    use_code(user=request.user, code=code)
    remove_second_factor(request.user)
    request.session[KEY] = NONE


def remove_second_factor(user: Any) -> bool:
    """For somebody who lost the phone; whether there was one."""
    StaticDevice.objects.filter(user=user).delete()
    return bool(TOTPDevice.objects.filter(user=user).delete()[0])


class SecondFactorGate:
    """Behind ``AuthenticationMiddleware``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            if KEY not in request.session:  # begun before there was a second factor
                begin_session(request=request, user=request.user)
            page = PAGES.get(request.session[KEY])
            if page and not _is_open(request, page):
                query = f"?{urlencode({'next': request.get_full_path()})}" if request.method == "GET" else ""
                return HttpResponseRedirect(reverse(page) + query)
        return self.get_response(request)


def _is_open(request: HttpRequest, page: str) -> bool:
    try:
        return resolve(request.path_info).view_name in OPEN_ADDRESSES | {page}
    except Resolver404:
        return False


def _plain(code: str) -> str:
    """As it was given, however it was typed."""
    return code.strip().replace(" ", "").lower()
