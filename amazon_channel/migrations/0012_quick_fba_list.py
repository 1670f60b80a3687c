from typing import Any

from django.db import migrations, models


def create_statistics(apps: Any, schema_editor: Any) -> None:
    """Nearly all that has units to ship has the status for it, which PostgreSQL cannot know from single columns.

    It expects a hundredth of what is to ship, and would rather sort and join all of it than follow an index.
    """
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE STATISTICS amazon_order_to_ship_stat (mcv) ON status, fulfilled_by, units_to_ship "
            "FROM amazon_channel_amazonorder"
        )


def drop_statistics(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP STATISTICS amazon_order_to_ship_stat")


class Migration(migrations.Migration):
    dependencies = [
        ("amazon_channel", "0011_older_rows"),
        ("commerce_orders", "0011_shipment_files_and_documents"),
        ("customers", "0001_initial"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="amazonorder",
            index=models.Index(
                condition=models.Q(("fulfilled_by", "AMAZON")),
                fields=["-purchased_at", "-id"],
                name="amazon_order_fba",
            ),
        ),
        migrations.RunPython(create_statistics, drop_statistics, elidable=False),
    ]
