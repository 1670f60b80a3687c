"""How an account's packing slips look."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from amazon_channel.models.accounts import SellerAccount


class PageSize(models.TextChoices):
    A4 = "a4", _("A4")
    LETTER = "letter", _("Letter")


class DocumentSettings(models.Model):
    """Language, paper and logo of what is printed for an account's buyers; a row only once somebody chose."""

    account = models.OneToOneField(SellerAccount, on_delete=models.CASCADE, related_name="document_settings")
    language = models.CharField(_("language"), max_length=10)
    page_size = models.CharField(_("paper"), max_length=10, choices=PageSize)
    logo = models.BinaryField(blank=True, default=b"", editable=False)  # a PNG that we made ourselves

    class Meta:
        verbose_name = _("document settings")
        verbose_name_plural = _("document settings")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.account_id)
