"""System checks of this installation: what would go wrong later, said at the start and with what to do."""

import os
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

from amazon_channel.models import SellerAccount
from commerce_orders.models import WebhookEndpoint
from customers.encryption import UndecipherableError
from customers.models import Contact
from project import checkpoints

OLDEST_SQLITE = (3, 35)
ENCRYPTED = ((SellerAccount, "encrypted_credentials"), (Contact, "data"), (WebhookEndpoint, "secret"))
WITHOUT_MAIL = "django.core.mail.backends.dummy.EmailBackend"


@register(Tags.compatibility)
def check_sqlite(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    if not settings.IS_SQLITE or sqlite3.sqlite_version_info >= OLDEST_SQLITE:
        return []
    return [
        Error(
            f"SQLite {sqlite3.sqlite_version} is too old: it cannot return what an UPDATE changed.",
            hint="Use a Python that is built with SQLite 3.35 or newer, or set DATABASE_URL to PostgreSQL.",
            id="project.E001",
        )
    ]


@register(Tags.compatibility)
def check_default_marketplace(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    if "SP_API_DEFAULT_MARKETPLACE" not in os.environ:
        return []
    return [
        Error(
            "SP_API_DEFAULT_MARKETPLACE is set: the SP-API library would send every account's calls to its region.",
            hint="Remove it from the environment; each seller account states its own region.",
            id="project.E002",
        )
    ]


@register(Tags.security)
def check_debug_over_https(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    if not (settings.DEBUG and settings.SERVED_OVER_HTTPS):
        return []
    return [
        Warning(
            "DEBUG is on while pages are served over HTTPS: error pages show settings and buyers' data to strangers.",
            hint="Set DEBUG=false where others can reach the pages, or SERVED_OVER_HTTPS=false on your own machine.",
            id="project.W001",
        )
    ]


@register(Tags.security, deploy=True)
def check_amazon_addresses(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    replaced = [name for name in ("AMAZON_SP_API_URL", "AMAZON_LWA_URL") if getattr(settings, name)]
    if settings.DEBUG or not replaced:
        return []
    return [
        Warning(
            f"{' and '.join(replaced)} replace Amazon's own address: orders and secrets go there instead.",
            hint="Leave both empty in production, unless a proxy of yours stands there; then silence this warning.",
            id="project.W002",
        )
    ]


@register(Tags.security, deploy=True)
def check_fault(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    if checkpoints.armed is None:
        return []
    return [
        Error(
            "FAULT_AT is set: the program kills itself in the middle of its work, as tests of crashes want it.",
            hint="Remove it from the environment and start everything again.",
            id="project.E004",
        )
    ]


@register(Tags.compatibility, deploy=True)
def check_mail_server(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    if settings.EMAIL_BACKEND != WITHOUT_MAIL:
        return []
    return [
        Warning(
            "EMAIL_URL is not set: when an account stands still, the dashboard says so, and nobody gets a mail.",
            hint="Set EMAIL_URL to a mail server, such as smtp+tls://USER:PASSWORD@mail.example.com:587.",
            id="project.W003",
        )
    ]


@register(Tags.database)
def check_encryption_keys(
    app_configs: Sequence[AppConfig] | None, databases: Iterable[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Whether the newest encrypted rows can be read; a lost key shows here and not at the first order."""
    if "default" not in (databases or ()):
        return []
    tables = set(connections["default"].introspection.table_names())
    errors: list[CheckMessage] = []
    for model, column in ENCRYPTED:
        if model._meta.db_table not in tables:
            continue
        try:
            model._default_manager.order_by("-pk").values_list(column, flat=True).first()
        except UndecipherableError:
            errors.append(
                Error(
                    f"The newest {model._meta.label} was written with a key that is not in FIELD_ENCRYPTION_KEYS.",
                    hint="Put the former key behind the new one; `rotate_field_keys` makes it superfluous.",
                    id="project.E003",
                )
            )
    return errors
