"""Access tokens from Login with Amazon, one per run for all of its calls, until it runs out."""

import json
import threading
import time
from typing import Any

import httpx
from sp_api.auth import AccessTokenClient, AccessTokenResponse

from amazon_channel.gateway.connection import http_client
from amazon_channel.gateway.errors import AmazonMisconfigured, AmazonTransient
from amazon_channel.gateway.replies import storable
from amazon_channel.models.accounts import Credentials

LOGIN_WITH_AMAZON = "https://api.amazon.com"
RENEWED_EARLY_SECONDS = 300
REFUSALS = {
    "invalid_grant": "authorization_revoked",
    "access_denied": "authorization_revoked",
    "invalid_client": "client_credentials_wrong",
    "unauthorized_client": "client_credentials_wrong",
}


class SellerTokens(AccessTokenClient):
    """The library's token client with a time limit, a token of its own, and errors that say what to do.

    The library keeps tokens in one global cache keyed by the refresh token alone and for a fixed time, whatever
    ``expires_in`` says; a changed client secret, or a second address, would be served another one's token.
    """

    def __init__(self, credentials: Credentials, *, base_url: str = "") -> None:
        # Not the library's: it opens a connection of its own, with another time limit.
        self.cred = credentials
        self._url = (base_url or LOGIN_WITH_AMAZON) + self.path
        self._lock = threading.Lock()
        self._token: AccessTokenResponse | None = None
        self._good_until = 0.0

    def get_auth(self) -> AccessTokenResponse:
        with self._lock:
            if self._token is None or time.monotonic() >= self._good_until:
                answer = self._request(self._url, self.data, self.headers)
                self._token = AccessTokenResponse(**answer)
                lifetime = _seconds(answer.get("expires_in"))
                self._good_until = time.monotonic() + max(lifetime - RENEWED_EARLY_SECONDS, lifetime / 2)
            return self._token

    def forget(self) -> None:
        """Ask for a new token at the next call, because Amazon said that this one ran out."""
        with self._lock:
            self._token = None

    def _request(self, url: str, data: dict[str, str], headers: dict[str, str]) -> dict[str, Any]:
        try:
            reply = http_client().post(url, data=data, headers=headers)
        except httpx.TimeoutException as error:
            raise AmazonTransient("timeout", "Login with Amazon did not answer in time") from error
        except httpx.RequestError as error:
            raise AmazonTransient("unreachable", f"Login with Amazon: {type(error).__name__}") from error
        try:
            answer = storable(json.loads(reply.content))
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise AmazonTransient("unavailable", f"Login with Amazon replied {reply.status_code} without JSON")
        if reply.status_code == 200 and isinstance(answer.get("access_token"), str):
            return answer
        code, words = str(answer.get("error", "")), str(answer.get("error_description", ""))
        if refusal := REFUSALS.get(code):
            raise AmazonMisconfigured(refusal, f"Login with Amazon: {code}. {words}".strip())
        if 400 <= reply.status_code < 500 and reply.status_code != 429:
            raise AmazonMisconfigured("client_credentials_wrong", f"Login with Amazon: {code}. {words}".strip())
        raise AmazonTransient("unavailable", f"Login with Amazon replied {reply.status_code}: {code}")


def _seconds(lifetime: Any) -> float:
    """How long a token lives; one whose life is not stated serves one call."""
    return float(lifetime) if isinstance(lifetime, int | float) else 0.0
