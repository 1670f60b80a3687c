"""The columns of 0007 and 0008 for rows that are older than they.

Some rows at a time: in the transaction that made the columns, nobody could read the tables until the last of millions
of rows was written.
"""

from typing import Any

from django.db import migrations, models

PORTION = 5_000


def copy_sent(apps: Any, schema_editor: Any) -> None:
    """Of packages that were corrected since, the first time is not known any more."""
    confirmations = apps.get_model("amazon_channel", "ShipmentConfirmation").objects
    update_in_portions(
        confirmations.filter(sent_at__isnull=False, first_sent_at=None), first_sent_at=models.F("sent_at")
    )


def mark_orders_taken_in(apps: Any, schema_editor: Any) -> None:
    orders = apps.get_model("amazon_channel", "AmazonOrder").objects
    update_in_portions(orders.filter(commerce_order__isnull=False, had_commerce_order=False), had_commerce_order=True)


def update_in_portions(rows: Any, **values: Any) -> None:
    last = 0
    while keys := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:PORTION]):
        rows.filter(pk__gt=last, pk__lte=keys[-1]).update(**values)
        last = keys[-1]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("amazon_channel", "0010_document_settings"),
    ]

    operations = [
        migrations.RunPython(copy_sent, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(mark_orders_taken_in, migrations.RunPython.noop, elidable=True),
    ]
