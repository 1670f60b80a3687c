"""Who keeps webhooks. Later changes to the groups, made by hand, stay."""

from django.apps import apps as installed
from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

PERMISSIONS = (
    "view_webhookendpoint",
    "add_webhookendpoint",
    "change_webhookendpoint",
    "delete_webhookendpoint",
    "view_webhookdelivery",
)


def give_permissions(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    database = schema_editor.connection.alias
    # On a new database Django makes the permissions only after the last migration.
    create_permissions(installed.get_app_config("commerce_orders"), verbosity=0, using=database, apps=apps)
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    held = Permission.objects.using(database).filter(
        content_type__app_label="commerce_orders", codename__in=PERMISSIONS
    )
    for group in Group.objects.using(database).filter(name="Manager"):
        group.permissions.add(*held)


class Migration(migrations.Migration):
    dependencies = [
        ("project", "0004_audit_entries"),
        ("commerce_orders", "0006_webhooks"),
    ]

    operations = [
        migrations.AlterField(
            model_name="auditentry",
            name="area",
            field=models.CharField(
                choices=[
                    ("settings", "Order settings"),
                    ("account", "Seller accounts"),
                    ("token", "API tokens"),
                    ("product", "Products"),
                    ("webhook", "Webhooks"),
                    ("user", "Users and groups"),
                ],
                editable=False,
                max_length=10,
                verbose_name="what",
            ),
        ),
        migrations.RunPython(give_permissions, migrations.RunPython.noop, elidable=False),
    ]
