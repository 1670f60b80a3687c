"""One access token per seller account, shared by all workers: Login with Amazon is asked once in 50 minutes.

The token stands encrypted in the database. Whoever needs one and finds none takes the permission to ask for it by
compare-and-set and asks outside of any transaction; the others look for the answer a few seconds long.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from amazon_channel.gateway.client import AmazonGateway
from amazon_channel.gateway.errors import AmazonTransient
from amazon_channel.gateway.tokens import LOGIN_WITH_AMAZON, Token
from amazon_channel.models import AccessToken, SellerAccount
from amazon_channel.models.accounts import Credentials
from commerce_orders.wording import wording
from customers.encryption import UndecipherableError, search_index

ASKING_LEASE = timedelta(minutes=2)  # longer than an answer may take
LOOKS = 50
BETWEEN_LOOKS = 0.1  # seconds: five in all


def open_gateway(account: SellerAccount, *, clock: Callable[[], datetime] = timezone.now) -> AmazonGateway:
    """Amazon for this account, with the token that all workers share."""
    return AmazonGateway(account.credentials, region=account.region, tokens=SharedToken(account, clock=clock))


class SharedToken:
    """The account's token, as one gateway sees it."""

    def __init__(self, account: SellerAccount, *, clock: Callable[[], datetime]) -> None:
        self._account = account
        self._credentials = account.credentials
        self._clock = clock
        self._version = 0

    def find(self, ask: Callable[[Credentials], Token]) -> Token:
        """Raises ``AmazonError``; ``AmazonTransient`` too when another worker's answer does not come."""
        for _ in range(LOOKS):
            row = self._row()
            if token := self._token_in(row):
                self._version = row.version
                return token
            if self._may_ask(row):
                return self._ask(ask)
            time.sleep(BETWEEN_LOOKS)
        raise AmazonTransient("timeout", wording("Another worker waits for Login with Amazon"))

    def forget(self) -> None:
        """A token that another worker has got meanwhile stays."""
        AccessToken.objects.filter(account=self._account, version=self._version).update(
            good_until=None, encrypted_token=None
        )

    def _row(self) -> AccessToken:
        try:
            return AccessToken.objects.get_or_create(account=self._account)[0]
        except UndecipherableError:  # its key is gone, and a token is no loss
            AccessToken.objects.filter(account=self._account).update(encrypted_token=None, good_until=None)
            return AccessToken.objects.get(account=self._account)

    def _token_in(self, row: AccessToken) -> Token | None:
        if row.encrypted_token is None or row.good_until is None or row.made_for != _digest(self._credentials):
            return None
        seconds = (row.good_until - self._clock()) / timedelta(seconds=1)
        if seconds <= 0:
            return None
        return Token(access_token=row.encrypted_token["access_token"], seconds=seconds, is_new=False)

    def _may_ask(self, row: AccessToken) -> bool:
        now = self._clock()
        free = AccessToken.objects.filter(
            Q(asked_until=None) | Q(asked_until__lte=now), account=self._account, version=row.version
        )
        self._version = row.version + 1
        return bool(free.update(version=F("version") + 1, asked_until=now + ASKING_LEASE))

    def _ask(self, ask: Callable[[Credentials], Token]) -> Token:
        # Another version again: whoever looked while this was under way must look anew before he asks himself.
        columns: dict[str, object] = {
            "version": F("version") + 1,
            "asked_until": None,
            "good_until": None,
            "encrypted_token": None,
        }
        try:
            token = ask(self._credentials)
            if token.refresh_token:
                self._keep_refresh_token(token.refresh_token)
            columns |= {
                "encrypted_token": {"access_token": token.access_token},
                "made_for": _digest(self._credentials),
                "good_until": self._clock() + timedelta(seconds=token.seconds),
            }
        finally:
            AccessToken.objects.filter(account=self._account, version=self._version).update(**columns)
            self._version += 1
        return token

    def _keep_refresh_token(self, refresh_token: str) -> None:
        """Amazon gave a new one, and the old one may end at any time. What staff entered meanwhile stays."""
        renewed = replace(self._credentials, refresh_token=refresh_token)
        with transaction.atomic():
            account = SellerAccount.objects.select_for_update().get(pk=self._account.pk)
            if account.credentials == self._credentials:
                account.credentials = self._account.credentials = renewed
                account.save(update_fields=["encrypted_credentials"])
        self._credentials = renewed


def _digest(credentials: Credentials) -> str:
    """Whom a token was made for, and by whom; keyed, so that it tells nothing of the secrets."""
    address = settings.AMAZON_LWA_URL or LOGIN_WITH_AMAZON
    return search_index(
        "\n".join([address, credentials.client_id, credentials.client_secret, credentials.refresh_token])
    )
