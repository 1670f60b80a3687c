"""Files of shipments: what was handed in, and what each row of it does."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commerce_orders.models.orders import Order
from customers.encryption import EncryptedBytesField


class UploadState(models.TextChoices):
    READING = "reading", _("Being checked")
    CHECKED = "checked", _("Checked")
    RUNNING = "running", _("Being shipped")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Not readable")


class RowState(models.TextChoices):
    READY = "ready", _("To ship")
    ALREADY = "already", _("Nothing to do")
    REFUSED = "refused", _("Refused")
    SHIPPED = "shipped", _("Shipped")


UNFINISHED = (UploadState.READING, UploadState.RUNNING)


class ShipmentUpload(models.Model):
    """A file of packages. It is read once, into rows; what stands in columns that are not used is never stored.

    ``content`` is the whole file, which carriers' exports fill with names and addresses: encrypted, and thrown away
    when the packages are recorded, at the latest after a day. ``columns`` says what each of the file's columns is.
    """

    uploaded_by = models.CharField(_("who"), max_length=150, editable=False)
    uploaded_at = models.DateTimeField(_("uploaded"), editable=False)
    language = models.CharField(max_length=10, editable=False)
    name = models.CharField(_("file"), max_length=255, editable=False)
    content = EncryptedBytesField(null=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    encoding = models.CharField(max_length=20, editable=False)
    has_headings = models.BooleanField(default=True, editable=False)
    headings = models.JSONField(default=list, editable=False)
    columns = models.JSONField(default=list, editable=False)
    default_carrier = models.CharField(max_length=60, blank=True, editable=False)

    state = models.CharField(_("status"), max_length=10, choices=UploadState, default=UploadState.READING)
    refusal = models.TextField(blank=True, editable=False)
    rows_read = models.PositiveIntegerField(_("rows"), default=0, editable=False)
    last_row = models.PositiveIntegerField(default=0, editable=False)
    progressed_at = models.DateTimeField(editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("shipment file")
        verbose_name_plural = _("shipment files")
        ordering = ["-id"]
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["progressed_at"], condition=Q(state__in=UNFINISHED), name="shipment_upload_unfinished"
            ),
            models.Index(fields=["digest"], name="shipment_upload_digest"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_unfinished(self) -> bool:
        return self.state in UNFINISHED

    @property
    def may_be_mapped(self) -> bool:
        """Whether its columns can still be said to be others."""
        return self.state in {UploadState.READING, UploadState.CHECKED} and self.content is not None


class UploadRow(models.Model):
    """A row of such a file. ``code`` and ``params`` are what is said of it, in whatever language it is read."""

    upload = models.ForeignKey(ShipmentUpload, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField()
    order_text = models.CharField(max_length=64)
    sku = models.CharField(max_length=120, blank=True)
    quantity_text = models.CharField(max_length=20, blank=True)
    carrier = models.CharField(max_length=60, blank=True)
    tracking_number = models.CharField(max_length=100, blank=True)
    date_text = models.CharField(max_length=40, blank=True)

    order = models.ForeignKey(Order, null=True, on_delete=models.CASCADE, related_name="+")
    carrier_code = models.CharField(max_length=60, blank=True)
    carrier_name = models.CharField(max_length=60, blank=True)
    shipped_at = models.DateTimeField(null=True)
    # Units by order line id; null is everything left.
    quantities = models.JSONField(null=True)
    state = models.CharField(max_length=10, choices=RowState)
    code = models.CharField(max_length=40, blank=True)
    params = models.JSONField(default=dict)

    class Meta:
        default_permissions = ()
        ordering = ["number"]
        indexes = [
            models.Index(fields=["upload", "state", "number"], name="upload_row_state"),
            models.Index(fields=["upload", "order_text"], name="upload_row_order_text"),
            models.Index(fields=["upload", "order"], name="upload_row_order"),
        ]
        constraints = [models.UniqueConstraint(fields=["upload", "number"], name="one_row_per_number")]

    def __str__(self) -> str:
        return f"{self.number}: {self.order_text}"
