"""Orders made before the column existed learn that their buyers ask to cancel."""

from typing import Any

from django.db import migrations


def copy_requests(apps: Any, schema_editor: Any) -> None:
    orders = apps.get_model("commerce_orders", "Order").objects
    orders.filter(closed_at=None, amazon_order__buyer_wants_to_cancel=True).update(buyer_wants_to_cancel=True)


class Migration(migrations.Migration):
    dependencies = [
        ("amazon_channel", "0002_life_of_orders_and_completeness"),
        ("commerce_orders", "0002_catalogue_and_cancellations"),
    ]

    operations = [migrations.RunPython(copy_requests, migrations.RunPython.noop)]
