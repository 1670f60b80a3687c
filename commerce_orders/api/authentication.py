"""Who is asking, and whether their token may do this."""

from typing import TYPE_CHECKING

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from commerce_orders.models import ApiToken
from commerce_orders.services.tokens import find_token, note_use

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which loads this module for its defaults


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer TOKEN``. The token is ``request.auth``; there is no user."""

    def authenticate(self, request: Request) -> tuple[None, ApiToken] | None:
        header = get_authorization_header(request)
        if not header:
            return None
        scheme, _, text = header.partition(b" ")
        if scheme.lower() != b"bearer":
            raise AuthenticationFailed("Use the header “Authorization: Bearer TOKEN”.", code="invalid_token")
        token = find_token(text.strip().decode("latin-1"))
        now = timezone.now()
        if token is None:
            raise AuthenticationFailed("There is no such token.", code="invalid_token")
        if not token.is_valid(now):
            state = "revoked" if token.revoked_at else "expired"
            raise AuthenticationFailed(f"The token is {state}.", code="invalid_token")
        note_use(token, now=now)
        return None, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class HasScope(BasePermission):
    """The token has the scope that the view's method names with ``operations.operation``; without one, nobody may."""

    message = ""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        token: ApiToken | None = request.auth  # type: ignore[assignment]  # the stubs know DRF's own only
        if token is None:
            return False
        method = str(request.method)
        scope = getattr(getattr(view, method.lower(), None), "scope", None)
        if scope is None:
            raise MethodNotAllowed(method)
        self.message = f"The token lacks the scope {scope}."
        return scope in token.scopes
