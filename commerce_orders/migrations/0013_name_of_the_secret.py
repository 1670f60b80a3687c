import customers.encryption
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("commerce_orders", "0012_edited_words"),
    ]

    operations = [
        migrations.AlterField(
            model_name="webhookendpoint",
            name="secret",
            field=customers.encryption.EncryptedJSONField(editable=False, verbose_name="secret"),
        ),
    ]
