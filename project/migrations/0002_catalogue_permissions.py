"""Who keeps the catalogue. Later changes to the groups, made by hand, stay."""

from django.apps import apps as installed
from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

PERMISSIONS = ("view_product", "add_product", "change_product")
GROUPS = ("Order desk", "Manager")


def give_permissions(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    database = schema_editor.connection.alias
    # On a new database Django makes the permissions only after the last migration.
    create_permissions(installed.get_app_config("commerce_orders"), verbosity=0, using=database, apps=apps)
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    held = Permission.objects.using(database).filter(
        content_type__app_label="commerce_orders", codename__in=PERMISSIONS
    )
    for group in Group.objects.using(database).filter(name__in=GROUPS):
        group.permissions.add(*held)


class Migration(migrations.Migration):
    dependencies = [
        ("project", "0001_groups"),
        ("commerce_orders", "0002_catalogue_and_cancellations"),
    ]
    operations = [migrations.RunPython(give_permissions, migrations.RunPython.noop, elidable=False)]
