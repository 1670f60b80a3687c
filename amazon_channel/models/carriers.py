"""What a merchant's own people and programs call a carrier."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CarrierSpelling(models.Model):
    """A name that staff write for one of Amazon's carriers, in one marketplace or, left empty, in all of them."""

    marketplace_id = models.CharField(_("marketplace"), max_length=20, blank=True)
    spelling = models.CharField(_("our name"), max_length=60)
    folded = models.CharField(max_length=60, editable=False)
    carrier_code = models.CharField(_("carrier at Amazon"), max_length=60)

    class Meta:
        verbose_name = _("carrier name")
        verbose_name_plural = _("carrier names")
        ordering = ["folded", "marketplace_id"]
        constraints = [
            models.UniqueConstraint(fields=["marketplace_id", "folded"], name="one_carrier_per_spelling"),
        ]

    def __str__(self) -> str:
        return f"{self.spelling} → {self.carrier_code}"
