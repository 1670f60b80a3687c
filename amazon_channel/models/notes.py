"""What staff write on an Amazon order for each other while there is no Commerce order to write it on."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from amazon_channel.models.orders import AmazonOrder


class OrderNote(models.Model):
    """It stays with the Amazon order, and on the timelines of both when there is a Commerce order."""

    order = models.ForeignKey(AmazonOrder, on_delete=models.CASCADE, related_name="notes")
    at = models.DateTimeField(_("time"))
    actor = models.CharField(_("who"), max_length=150)
    text = models.TextField(_("note"))

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["id"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor}"
