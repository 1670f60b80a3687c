"""Who changed the set-up, and who may read that. Later changes to the groups, made by hand, stay."""

from django.apps import apps as installed
from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def give_permissions(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    database = schema_editor.connection.alias
    # On a new database Django makes the permissions only after the last migration.
    create_permissions(installed.get_app_config("project"), verbosity=0, using=database, apps=apps)
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    held = Permission.objects.using(database).filter(content_type__app_label="project", codename="view_auditentry")
    for group in Group.objects.using(database).filter(name="Manager"):
        group.permissions.add(*held)


class Migration(migrations.Migration):
    dependencies = [
        ("project", "0003_carrier_name_permissions"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(editable=False, verbose_name="time")),
                ("actor", models.CharField(editable=False, max_length=150, verbose_name="who")),
                (
                    "area",
                    models.CharField(
                        choices=[
                            ("settings", "Order settings"),
                            ("account", "Seller accounts"),
                            ("token", "API tokens"),
                            ("product", "Products"),
                            ("user", "Users and groups"),
                        ],
                        editable=False,
                        max_length=10,
                        verbose_name="what",
                    ),
                ),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("added", "Added"),
                            ("changed", "Changed"),
                            ("removed", "Removed"),
                            ("revoked", "Revoked"),
                        ],
                        editable=False,
                        max_length=10,
                        verbose_name="done",
                    ),
                ),
                ("subject", models.CharField(editable=False, max_length=200, verbose_name="which")),
                ("subject_id", models.BigIntegerField(editable=False, null=True)),
                ("changes", models.JSONField(default=dict, editable=False)),
            ],
            options={
                "verbose_name": "change of the set-up",
                "verbose_name_plural": "changes of the set-up",
                "ordering": ["-at", "-id"],
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(fields=["-at", "-id"], name="audit_entry_latest"),
                    models.Index(fields=["area", "subject_id", "-at", "-id"], name="audit_entry_of_subject"),
                ],
            },
        ),
        migrations.RunPython(give_permissions, migrations.RunPython.noop, elidable=False),
    ]
