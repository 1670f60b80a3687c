from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from commerce_orders.channels import channel_accounts
from commerce_orders.command import JsonCommand, Report
from commerce_orders.models import ApiToken


class Command(JsonCommand):
    help = "List the tokens of the REST interface: what each may do, where, until when, and when it was last used."

    def report(self, **_options: Any) -> Report:
        now = timezone.now()
        names = {account.key: account.name for account in channel_accounts()}
        rows = [_describe(token, names, now) for token in ApiToken.objects.all()]
        return Report(rows, "\n".join(_line(row) for row in rows))


def _line(row: dict[str, Any]) -> str:
    stores = ", ".join(row["stores"]) or _("all stores")
    used = f"{row['last_used_at']:%Y-%m-%d %H:%M}" if row["last_used_at"] else _("never used")
    return "  ".join([row["name"], row["state"], ",".join(row["scopes"]), stores, used])


def _describe(token: ApiToken, names: dict[str, str], now: datetime) -> dict[str, Any]:
    state = "revoked" if token.revoked_at else "valid" if token.is_valid(now) else "expired"
    return {
        "name": token.name,
        "begins_with": token.prefix,
        "state": state,
        "scopes": token.scopes,
        "stores": [names.get(key, key) for key in token.accounts],
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
        "last_used_at": token.last_used_at,
    }
