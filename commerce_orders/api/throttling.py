"""How often a token may ask."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from commerce_orders.models import ApiToken
from commerce_orders.services.request_budgets import Allowance, spend_request

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which loads this module for its defaults

LIMIT_HEADER = "RateLimit-Limit"
REMAINING_HEADER = "RateLimit-Remaining"
RESET_HEADER = "RateLimit-Reset"


class TokenThrottle(BaseThrottle):
    """``API_REQUESTS_PER_MINUTE`` for each token; 0 is no limit. The outcome is kept as ``request.allowance``."""

    allowance: Allowance | None = None

    def allow_request(self, request: Request, view: "APIView") -> bool:
        token: ApiToken | None = request.auth  # type: ignore[assignment]  # the stubs know DRF's own only
        if token is None or not settings.API_REQUESTS_PER_MINUTE:
            return True
        self.allowance = spend_request(token, per_minute=settings.API_REQUESTS_PER_MINUTE, now=timezone.now())
        request.allowance = self.allowance  # type: ignore[attr-defined]
        return self.allowance.is_allowed

    def wait(self) -> float | None:
        return self.allowance.wait if self.allowance else None


def rate_limit_headers(request: Request) -> dict[str, str]:
    allowance: Allowance | None = getattr(request, "allowance", None)
    if allowance is None:
        return {}
    return {
        LIMIT_HEADER: str(allowance.limit),
        REMAINING_HEADER: str(allowance.remaining),
        RESET_HEADER: str(allowance.full_in),
    }
