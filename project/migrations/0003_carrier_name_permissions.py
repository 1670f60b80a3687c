"""Who says what a carrier is called. Later changes to the groups, made by hand, stay."""

from django.apps import apps as installed
from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def give_permissions(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    database = schema_editor.connection.alias
    # On a new database Django makes the permissions only after the last migration.
    create_permissions(installed.get_app_config("amazon_channel"), verbosity=0, using=database, apps=apps)
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    held = Permission.objects.using(database).filter(
        content_type__app_label="amazon_channel", codename__endswith="_carrierspelling"
    )
    for group in Group.objects.using(database).filter(name="Manager"):
        group.permissions.add(*held)


class Migration(migrations.Migration):
    dependencies = [
        ("project", "0002_catalogue_permissions"),
        ("amazon_channel", "0004_carrier_names"),
    ]
    operations = [migrations.RunPython(give_permissions, migrations.RunPython.noop, elidable=False)]
