"""Login with Amazon: access tokens for a seller (refresh token) or for the application alone (grantless).

Source: the Amazon pages "Connect to the Selling Partner API" and "Authorization Errors" of Login with Amazon.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from .rejections import EXPIRED_TOKEN, INVALID_TOKEN, MISSING_TOKEN, NO_ROLE
from .sellers import Seller

_SCOPES = {"sellingpartnerapi::notifications", "sellingpartnerapi::client_credential:rotation"}


@dataclass(frozen=True)
class LoginRejection(Exception):
    status: int
    error: str
    description: str

    def body(self) -> dict[str, str]:
        return {"error": self.error, "error_description": self.description}


@dataclass(frozen=True, slots=True)
class AccessToken:
    seller: str | None  # None: grantless
    expires_at: datetime


class Logins:
    def __init__(self, random: Random) -> None:
        self._random = random
        self._issued: dict[str, AccessToken] = {}

    def grant(self, form: dict[str, str], sellers: dict[str, Seller], now: datetime, lifetime: float) -> dict[str, Any]:
        """The reply to a token request; LoginRejection in the order in which Amazon looks."""
        grant_type = form.get("grant_type")
        if not grant_type:
            raise LoginRejection(400, "invalid_request", "The request is missing a required parameter: grant_type")
        if grant_type not in {"refresh_token", "client_credentials"}:
            raise LoginRejection(
                400, "unsupported_grant_type", "The authorization grant type is not supported by the server"
            )
        known = self._client_sellers(form, sellers)
        if grant_type == "client_credentials":
            if form.get("scope") not in _SCOPES:
                raise LoginRejection(400, "invalid_scope", "The requested scope is invalid")
            return self._reply(None, now, lifetime)
        refresh_token = form.get("refresh_token")
        if not refresh_token:
            raise LoginRejection(400, "invalid_request", "The request is missing a required parameter: refresh_token")
        for seller in known:
            if seller.authorised and seller.refresh_token == refresh_token:
                return self._reply(seller.id, now, lifetime) | {"refresh_token": refresh_token}
        raise LoginRejection(400, "invalid_grant", "The request has an invalid grant parameter : refresh_token")

    def seller_of(self, access_token: str | None, sellers: dict[str, Seller], now: datetime) -> Seller:
        """Whose token this is; Rejection 403 in the words of Amazon where it opens nothing."""
        if not access_token:
            raise MISSING_TOKEN
        token = self._issued.get(access_token)
        if token is None:
            raise INVALID_TOKEN
        if now >= token.expires_at:
            raise EXPIRED_TOKEN
        if token.seller is None:
            raise NO_ROLE
        seller = sellers.get(token.seller)
        if seller is None or not seller.authorised:
            raise INVALID_TOKEN
        return seller

    def expire(self, access_token: str, now: datetime) -> None:
        if token := self._issued.get(access_token):
            self._issued[access_token] = AccessToken(token.seller, now)

    def revoke(self, access_token: str) -> None:
        self._issued.pop(access_token, None)

    def _client_sellers(self, form: dict[str, str], sellers: dict[str, Seller]) -> list[Seller]:
        client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
        known = [
            seller for seller in sellers.values() if seller.client_id == client_id and seller.client_secret == secret
        ]
        if not known:
            raise LoginRejection(401, "invalid_client", "Client authentication failed")
        return known

    def _reply(self, seller: str | None, now: datetime, lifetime: float) -> dict[str, Any]:
        access_token = f"Atza|{self._random.getrandbits(512):0128x}"
        self._issued[access_token] = AccessToken(seller, now + timedelta(seconds=lifetime))
        return {"access_token": access_token, "token_type": "bearer", "expires_in": int(lifetime)}
