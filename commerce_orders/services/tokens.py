"""Tokens with which other systems use the REST interface."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from commerce_orders.channels import channel_accounts
from commerce_orders.models import ApiToken
from commerce_orders.models.tokens import Scope
from commerce_orders.refusals import Refused
from project.audit import COMMAND, record_change
from project.models import Area, AuditEntry

BEGINNING = "cot_"  # lets scanners of repositories and logs recognise a leaked token
SHOWN_CHARACTERS = 8
USE_NOTED_EVERY = timedelta(minutes=1)


class TokenRefused(Refused):
    """The token cannot be made or revoked."""


class NameTaken(TokenRefused):
    """There is such a token already."""


def create_token(
    *,
    name: str,
    scopes: Sequence[str],
    now: datetime,
    expires_at: datetime | None = None,
    accounts: Sequence[str] = (),
    actor: str = COMMAND,
) -> tuple[ApiToken, str]:
    """Make a token and return it with its secret text, which is stored nowhere and cannot be shown again.

    The text has 256 random bits, so its plain SHA-256 is enough. Raises ``TokenRefused`` with ``name_missing``,
    ``name_taken``, ``scopes_missing``, ``scope_unknown``, ``account_unknown`` or ``scope_of_all_stores``. With
    ``accounts``, keys of ``channels.ChannelAccount``, the token knows of nothing but their orders.
    """
    name = name.strip()
    wanted = list(dict.fromkeys(scopes))
    _check_token(name, wanted)
    limits = list(dict.fromkeys(accounts))
    names = _check_accounts(limits, wanted)
    text = BEGINNING + secrets.token_urlsafe(32)
    token = ApiToken(
        name=name,
        digest=_digest(text),
        prefix=text[:SHOWN_CHARACTERS],
        scopes=wanted,
        accounts=limits,
        created_at=now,
        expires_at=expires_at,
    )
    try:
        with transaction.atomic():
            token.save(force_insert=True)
            record_change(
                area=Area.TOKEN,
                action=AuditEntry.Action.ADDED,
                subject=token.name,
                subject_id=token.pk,
                actor=actor,
                now=now,
                changes={"scopes": ([], wanted)} | ({"accounts": ([], names)} if names else {}),
            )
    except IntegrityError as error:
        raise NameTaken("name_taken", _("There is already a token with the name %(name)s.") % {"name": name}) from error
    return token, text


def revoke_token(*, name: str, now: datetime, actor: str = COMMAND) -> ApiToken:
    """Refuse the token from now on; one revoked before keeps its time. Raises ``TokenRefused("name_unknown")``."""
    token = ApiToken.objects.filter(name=name).first()
    if token is None:
        raise TokenRefused("name_unknown", _("There is no token with the name %(name)s.") % {"name": name})
    with transaction.atomic():
        if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
            token.revoked_at = now
            record_change(
                area=Area.TOKEN,
                action=AuditEntry.Action.REVOKED,
                subject=token.name,
                subject_id=token.pk,
                actor=actor,
                now=now,
            )
    return token


def find_token(text: str) -> ApiToken | None:
    """The token with this secret text, valid or not."""
    return ApiToken.objects.filter(digest=_digest(text)).first()


def note_use(token: ApiToken, *, now: datetime) -> None:
    """Keep when ``token`` was last used, to the minute: a write per request would cost more than it tells."""
    if token.last_used_at is not None and token.last_used_at > now - USE_NOTED_EVERY:
        return
    unnoted = Q(last_used_at=None) | Q(last_used_at__lte=now - USE_NOTED_EVERY)
    ApiToken.objects.filter(unnoted, pk=token.pk).update(last_used_at=now)
    token.last_used_at = now


def _check_token(name: str, scopes: list[str]) -> None:
    if not name or len(name) > 80:
        raise TokenRefused("name_missing", _("Give the token a name of 1 to 80 characters."))
    if not scopes:
        raise TokenRefused(
            "scopes_missing", _("Give at least one scope of: %(allowed)s.") % {"allowed": ", ".join(Scope.values)}
        )
    for scope in scopes:
        if scope not in Scope.values:
            raise TokenRefused(
                "scope_unknown",
                _("There is no scope %(scope)s. Choose from: %(allowed)s.")
                % {"scope": scope, "allowed": ", ".join(Scope.values)},
            )


def _check_accounts(accounts: list[str], scopes: list[str]) -> list[str]:
    """The names of ``accounts``, as people know them."""
    if not accounts:
        return []
    known = {account.key: account.name for account in channel_accounts()}
    for account in accounts:
        if account not in known:
            raise TokenRefused("account_unknown", _("There is no store %(account)s.") % {"account": account})
    if Scope.WEBHOOKS_WRITE in scopes:  # an endpoint is told of every order
        raise TokenRefused(
            "scope_of_all_stores",
            _("Webhooks tell of the orders of all stores: a token for some stores cannot have %(scope)s.")
            % {"scope": Scope.WEBHOOKS_WRITE.value},
        )
    return [known[account] for account in accounts]


def find_accounts(names: Sequence[str]) -> list[str]:
    """Keys of the accounts with these names, and of all accounts of stores with these names.

    Raises ``TokenRefused("account_unknown")``.
    """
    accounts = channel_accounts()
    keys = []
    for name in names:
        found = [account.key for account in accounts if name in {account.name, account.store}]
        if not found:
            allowed = ", ".join(dict.fromkeys(name for account in accounts for name in (account.store, account.name)))
            raise TokenRefused(
                "account_unknown",
                _("There is no store %(account)s. Choose from: %(allowed)s.") % {"account": name, "allowed": allowed},
            )
        keys += found
    return keys


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
