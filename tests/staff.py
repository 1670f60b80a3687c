"""Signed-in staff, and a clock that stands still for pages; fixtures for tests of the browser admin."""

from collections.abc import Callable
from datetime import datetime
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.factories import NOW

SignIn = Callable[..., Client]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Pages are asked at ``tests.factories.NOW``."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    return NOW


@pytest.fixture
def groups(db: None) -> dict[str, Group]:
    """The groups as migrations leave them; made again, since tests with real transactions empty every table."""
    import_module("project.migrations.0001_groups").make_groups(apps, connection.schema_editor())
    import_module("project.migrations.0002_catalogue_permissions").give_permissions(apps, connection.schema_editor())
    import_module("project.migrations.0003_carrier_name_permissions").give_permissions(apps, connection.schema_editor())
    import_module("project.migrations.0004_audit_entries").give_permissions(apps, connection.schema_editor())
    import_module("project.migrations.0005_webhooks").give_permissions(apps, connection.schema_editor())
    return {group.name: group for group in Group.objects.all()}


@pytest.fixture
def sign_in(db: None, clock: datetime) -> SignIn:
    """``sign_in("app.codename", …, group=None)``: a client of a member of staff with just these permissions."""

    def sign_in_with(*permissions: str, username: str = "dana", group: Group | None = None) -> Client:
        user = User.objects.create_user(username, is_staff=True)
        for permission in permissions:
            app, codename = permission.split(".")
            user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
        if group is not None:
            user.groups.add(group)
        client = Client()
        client.force_login(user)
        return client

    return sign_in_with
