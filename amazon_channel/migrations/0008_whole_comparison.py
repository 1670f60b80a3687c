"""What reconciliation needs to tell what was altered or lost here, and a problem of its own for UNFULFILLABLE."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("amazon_channel", "0007_order_days"),
    ]

    operations = [
        migrations.AddField(
            model_name="amazonorder",
            name="had_commerce_order",
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name="amazonorder",
            name="conflict_code",
            field=models.CharField(
                blank=True,
                choices=[
                    ("unreadable", "Amazon's data cannot be read"),
                    ("does_not_add_up", "The amounts do not add up"),
                    ("details_missing", "Amazon has not sent all details"),
                    ("unfulfillable", "Amazon says that the order cannot be fulfilled"),
                    ("status_unknown", "Unknown Amazon status"),
                    ("not_stored", "The order could not be stored"),
                    ("killed_worker", "The background process stopped twice on this order"),
                    ("order_number_taken", "The order number is taken"),
                    ("customer_email_missing", "The buyer's e-mail address is missing"),
                    ("canceled_after_shipment", "Canceled at Amazon after we shipped"),
                    ("items_canceled_late", "Items canceled at Amazon after we shipped"),
                    ("reopened_at_amazon", "Open again at Amazon, canceled here"),
                    ("items_added_late", "Items added at Amazon to a complete order"),
                    ("shipment_refused", "Amazon refused a shipment"),
                    ("shipment_not_shown", "Amazon does not show a shipment"),
                    ("cancellation_refused", "Amazon refused a cancellation"),
                    ("cancellation_unanswered", "Amazon does not answer a cancellation"),
                    ("unknown_sku", "A SKU is not in the catalogue"),
                ],
                max_length=40,
            ),
        ),
        migrations.AlterField(
            model_name="amazonorder",
            name="problem_code",
            field=models.CharField(
                blank=True,
                choices=[
                    ("unreadable", "Amazon's data cannot be read"),
                    ("does_not_add_up", "The amounts do not add up"),
                    ("details_missing", "Amazon has not sent all details"),
                    ("unfulfillable", "Amazon says that the order cannot be fulfilled"),
                    ("status_unknown", "Unknown Amazon status"),
                    ("not_stored", "The order could not be stored"),
                    ("killed_worker", "The background process stopped twice on this order"),
                    ("order_number_taken", "The order number is taken"),
                    ("customer_email_missing", "The buyer's e-mail address is missing"),
                    ("canceled_after_shipment", "Canceled at Amazon after we shipped"),
                    ("items_canceled_late", "Items canceled at Amazon after we shipped"),
                    ("reopened_at_amazon", "Open again at Amazon, canceled here"),
                    ("items_added_late", "Items added at Amazon to a complete order"),
                    ("shipment_refused", "Amazon refused a shipment"),
                    ("shipment_not_shown", "Amazon does not show a shipment"),
                    ("cancellation_refused", "Amazon refused a cancellation"),
                    ("cancellation_unanswered", "Amazon does not answer a cancellation"),
                    ("unknown_sku", "A SKU is not in the catalogue"),
                ],
                max_length=40,
                verbose_name="problem",
            ),
        ),
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
