from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.contrib.auth.signals import user_logged_in
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy


class BackOfficeAdminConfig(AdminConfig):
    default_site = "project.admin_site.BackOfficeSite"


class ProjectConfig(AppConfig):
    name = "project"
    verbose_name = gettext_lazy("Set-up")

    def ready(self) -> None:
        from commerce_orders import problems
        from commerce_orders.webhook_problems import WebhookProblems
        from project import (
            checks,  # noqa: F401  registers the system checks
            language,
            second_factor,
        )
        from project.schedules import keep_schedules_after_migrate

        # In the words of the sidebar. An app of our own in its place would hide the user's type from the type checker.
        apps.get_app_config("auth").verbose_name = gettext_lazy("Users and groups")
        problems.register(WebhookProblems())  # behind those of the sales channels, which are more urgent

        # The sender is the app whose rows they are: its tables must be there.
        post_migrate.connect(
            keep_schedules_after_migrate, sender=apps.get_app_config("django_q"), dispatch_uid="keep_schedules"
        )
        user_logged_in.connect(language.begin_session, dispatch_uid="language")
        user_logged_in.connect(second_factor.begin_session, dispatch_uid="second_factor")
        connection_created.connect(use_all_query_parameters, dispatch_uid="use_all_query_parameters")


def use_all_query_parameters(*, connection: BaseDatabaseWrapper, **_: object) -> None:
    """Let SQLite take a page of orders in one statement, as Django 6 does.

    Django 5.2 assumes SQLite's old limit of 999 parameters and would split every bulk insert of more than some
    fifty rows; the library itself says what it takes.
    """
    if connection.vendor == "sqlite":
        import sqlite3

        limit = connection.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
        connection.features.max_query_params = limit
