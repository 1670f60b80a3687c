"""Access tokens from Login with Amazon: as few as possible, and errors that say what to do."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
from sp_api.auth import AccessTokenClient, AccessTokenResponse

from amazon_channel.gateway.connection import http_client
from amazon_channel.gateway.errors import AmazonMisconfigured, AmazonTransient
from amazon_channel.gateway.replies import storable
from amazon_channel.models.accounts import Credentials
from commerce_orders.wording import wording

LOGIN_WITH_AMAZON = "https://api.amazon.com"
RENEWED_EARLY_SECONDS = 300
REFUSALS = {
    "invalid_grant": "authorization_revoked",
    "access_denied": "authorization_revoked",
    "invalid_client": "client_credentials_wrong",
    "unauthorized_client": "client_credentials_wrong",
}


@dataclass(frozen=True, slots=True)
class Token:
    """An access token for the next ``seconds``. ``refresh_token`` is empty unless Amazon gave a new one.

    ``is_new``: Amazon gave it just now, so that another one would be no better.
    """

    access_token: str
    seconds: float
    refresh_token: str = ""
    is_new: bool = True

    def __repr__(self) -> str:
        return "Token(…)"


class TokenKeeper(Protocol):
    """Where an account's token is kept for all workers."""

    def find(self, ask: Callable[[Credentials], Token]) -> Token:
        """The kept token, or the answer to ``ask``, which only one worker puts to Amazon. Raises ``AmazonError``."""

    def forget(self) -> None:
        """Amazon does not take the token that was found last."""


class SellerTokens(AccessTokenClient):
    """The library's token client with a time limit, a token of its own, and errors that say what to do.

    The library keeps tokens in one global cache keyed by the refresh token alone and for a fixed time, whatever
    ``expires_in`` says; a changed client secret, or a second address, would be served another one's token. Here one
    is found at the first call and serves all others until it runs out; without a ``keeper`` it serves nobody else.
    """

    def __init__(self, credentials: Credentials, *, base_url: str = "", keeper: TokenKeeper | None = None) -> None:
        # Not the library's: it opens a connection of its own, with another time limit.
        self.cred = credentials
        self._url = (base_url or LOGIN_WITH_AMAZON) + self.path
        self._keeper = keeper
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._good_until = 0.0

    def get_auth(self) -> AccessTokenResponse:
        with self._lock:
            if self._token is None:
                self._find()
            assert self._token is not None
            return AccessTokenResponse(access_token=self._token.access_token)

    def prepare(self) -> None:
        """Have a token that is good for the next call, which asks for it several times. Raises ``AmazonError``."""
        with self._lock:
            if self._token is None or time.monotonic() >= self._good_until:
                self._find()

    def renew(self, *, has_expired: bool) -> bool:
        """Find another token at the next call; ``False`` where Amazon refuses what it gave just now."""
        with self._lock:
            if self._token is not None and self._token.is_new and not has_expired:
                return False
            self._token = None
            if self._keeper:
                self._keeper.forget()
            return True

    def _find(self) -> None:
        self._token = self._keeper.find(self._ask) if self._keeper else self._ask(self.cred)
        self._good_until = time.monotonic() + self._token.seconds

    def _ask(self, credentials: Credentials) -> Token:
        self.cred = credentials
        answer = self._request(self._url, self.data, self.headers)
        lifetime = _seconds(answer.get("expires_in"))
        refresh_token = answer.get("refresh_token")
        is_other = isinstance(refresh_token, str) and refresh_token != credentials.refresh_token
        return Token(
            access_token=answer["access_token"],
            seconds=max(lifetime - RENEWED_EARLY_SECONDS, lifetime / 2),
            refresh_token=str(refresh_token) if is_other else "",
        )

    def _request(self, url: str, data: dict[str, str], headers: dict[str, str]) -> dict[str, Any]:
        try:
            reply = http_client().post(url, data=data, headers=headers)
        except httpx.TimeoutException as error:
            raise AmazonTransient("timeout", wording("Login with Amazon did not answer in time")) from error
        except httpx.RequestError as error:
            raise AmazonTransient("unreachable", wording("Login with Amazon cannot be reached")) from error
        try:
            answer = storable(json.loads(reply.content))
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise AmazonTransient(
                "unavailable", wording("Login with Amazon replied %(status)s without JSON", status=reply.status_code)
            )
        if reply.status_code == 200 and isinstance(answer.get("access_token"), str):
            return answer
        code, words = str(answer.get("error", "")), str(answer.get("error_description", ""))
        if refusal := REFUSALS.get(code):
            raise AmazonMisconfigured(refusal, f"Login with Amazon: {code}. {words}".strip())
        # A refusal without Amazon's word for it comes from something in between.
        if code and 400 <= reply.status_code < 500 and reply.status_code != 429:
            raise AmazonMisconfigured("client_credentials_wrong", f"Login with Amazon: {code}. {words}".strip())
        raise AmazonTransient(
            "unavailable",
            wording("Login with Amazon replied %(status)s: %(code)s", status=reply.status_code, code=code),
        )


def _seconds(lifetime: Any) -> float:
    """How long a token lives; one whose life is not stated serves one call."""
    return float(lifetime) if isinstance(lifetime, int | float) else 0.0
