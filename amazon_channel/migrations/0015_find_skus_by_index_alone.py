from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("amazon_channel", "0014_notes_on_orders"),
    ]

    # In this order nobody who reads waits while the new index is built.
    operations = [
        migrations.AddIndex(
            model_name="amazonorderitem",
            index=models.Index(fields=["sku", "order"], name="amazon_item_sku_orders"),
        ),
        migrations.RemoveIndex(
            model_name="amazonorderitem",
            name="amazon_item_sku",
        ),
    ]
