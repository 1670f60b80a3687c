"""What reconciliation needs to tell what was altered or lost here."""

from typing import Any

from django.db import migrations, models


def mark_orders_taken_in(apps: Any, schema_editor: Any) -> None:
    orders = apps.get_model("amazon_channel", "AmazonOrder").objects
    orders.exclude(commerce_order=None).update(had_commerce_order=True)


class Migration(migrations.Migration):
    dependencies = [
        ("amazon_channel", "0003_copy_buyers_requests"),
    ]

    operations = [
        migrations.AddField(
            model_name="amazonorder",
            name="had_commerce_order",
            field=models.BooleanField(default=False),
        ),
        migrations.RunPython(mark_orders_taken_in, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="orderdifference",
            name="kind",
            field=models.CharField(
                choices=[
                    ("missing", "Missing here"),
                    ("stale", "Other version here"),
                    ("altered", "Altered here"),
                    ("order_gone", "Commerce order gone here"),
                    ("extra", "Not listed by Amazon"),
                    ("not_found", "Unknown to Amazon"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="orderdifference",
            index=models.Index(
                condition=models.Q(("is_repaired", False)),
                fields=["account", "amazon_order_id"],
                name="difference_open",
            ),
        ),
    ]
