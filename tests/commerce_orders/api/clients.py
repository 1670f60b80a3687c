"""Systems that ask the REST interface."""

import itertools
from datetime import datetime

from rest_framework.test import APIClient

from commerce_orders.models import ApiToken
from commerce_orders.services.tokens import create_token
from tests.factories import NOW

_serial = itertools.count(1)


def make_token(*scopes: str, expires_at: datetime | None = None) -> tuple[ApiToken, str]:
    return create_token(name=f"System {next(_serial)}", scopes=scopes, now=NOW, expires_at=expires_at)


def client_with_text(text: str) -> APIClient:
    return APIClient(headers={"Authorization": f"Bearer {text}"})


def client_with(*scopes: str) -> APIClient:
    return client_with_text(make_token(*scopes)[1])
