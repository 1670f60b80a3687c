from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AmazonChannelConfig(AppConfig):
    name = "amazon_channel"
    verbose_name = _("Amazon")

    def ready(self) -> None:
        from amazon_channel.channel import AmazonChannel
        from commerce_orders.channels import register

        register(AmazonChannel())
