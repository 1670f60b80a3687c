"""Documents of many orders, made by a worker and kept until they are taken away."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.encryption import EncryptedBytesField


class DocumentKind(models.TextChoices):
    PACKING_SLIPS = "packing_slips", _("Packing slips")
    PICK_LIST = "pick_list", _("Pick list")


class DocumentJob(models.Model):
    """Packing slips of many orders. ``order_ids`` are done in their order, up to ``done``."""

    kind = models.CharField(max_length=20, choices=DocumentKind, editable=False)
    order_ids = models.JSONField(editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", editable=False)
    requested_at = models.DateTimeField(editable=False)
    progressed_at = models.DateTimeField(editable=False)
    done = models.PositiveIntegerField(default=0, editable=False)
    error = models.TextField(blank=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    taken_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        default_permissions = ()
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["progressed_at"], condition=Q(finished_at=None), name="document_job_unfinished")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {len(self.order_ids)}"


class DocumentPart(models.Model):
    """The PDF of some of a job's orders; addresses are on it, so it is encrypted and soon thrown away."""

    job = models.ForeignKey(DocumentJob, on_delete=models.CASCADE, related_name="parts", db_index=False)
    first = models.PositiveIntegerField()
    content = EncryptedBytesField(editable=False)

    class Meta:
        default_permissions = ()
        ordering = ["first"]
        constraints = [models.UniqueConstraint(fields=["job", "first"], name="one_part_of_document_job")]

    def __str__(self) -> str:
        return f"{self.job_id}: {self.first}"
