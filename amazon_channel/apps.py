from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AmazonChannelConfig(AppConfig):
    name = "amazon_channel"
    verbose_name = _("Amazon")

    def ready(self) -> None:
        from amazon_channel.channel import AmazonChannel
        from amazon_channel.problems import (
            AccountProblems,
            CancellationProblems,
            OrderProblems,
            ReconciliationProblems,
            ShipmentProblems,
        )
        from commerce_orders import channels, problems

        channels.register(AmazonChannel())
        for source in (
            AccountProblems(),
            ShipmentProblems(),
            CancellationProblems(),
            OrderProblems(),
            ReconciliationProblems(),
        ):
            problems.register(source)
