"""Four groups for four kinds of work. Later changes to them, made by hand, stay."""

from django.apps import apps as installed
from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

VIEWER = ("commerce_orders.view_order", "amazon_channel.view_amazonorder")
# Whoever packs needs the address; every look leaves a row.
WAREHOUSE = (*VIEWER, "commerce_orders.ship_order", "customers.view_personal_data")
ORDER_DESK = (
    *WAREHOUSE,
    "commerce_orders.cancel_order",
    "amazon_channel.change_amazonorder",
    "customers.view_customer",
)
MANAGER = (
    *ORDER_DESK,
    "amazon_channel.view_selleraccount",
    "amazon_channel.add_selleraccount",
    "amazon_channel.change_selleraccount",
    "amazon_channel.sync_selleraccount",
    "amazon_channel.view_syncrun",
    "amazon_channel.view_ordersettings",
    "amazon_channel.change_ordersettings",
    "commerce_orders.view_apitoken",
    "commerce_orders.add_apitoken",
    "commerce_orders.change_apitoken",
    "customers.view_personaldataaccess",
)
GROUPS = {"Viewer": VIEWER, "Warehouse": WAREHOUSE, "Order desk": ORDER_DESK, "Manager": MANAGER}


def make_groups(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    database = schema_editor.connection.alias
    # On a new database Django makes the permissions only after the last migration.
    for app in ("customers", "commerce_orders", "amazon_channel"):
        create_permissions(installed.get_app_config(app), verbosity=0, using=database, apps=apps)
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    held = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.using(database).select_related("content_type")
    }
    for name, permissions in GROUPS.items():
        group, _created = Group.objects.using(database).get_or_create(name=name)
        group.permissions.add(*(held[permission] for permission in permissions))


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("customers", "0001_initial"),
        ("commerce_orders", "0001_initial"),
        ("amazon_channel", "0001_initial"),
    ]
    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop, elidable=False)]
