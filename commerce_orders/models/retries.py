"""Who had which problems tried again."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ProblemRetry(models.Model):
    """Problems of one reason that somebody had tried again: a few chosen ones, or all that there were.

    All of them are taken in slices by a worker; ``place`` is how far it got, so that any other can go on.
    """

    source = models.CharField(max_length=40, editable=False)
    reason = models.CharField(_("problem"), max_length=40, editable=False)
    account = models.CharField(max_length=40, blank=True, editable=False)
    actor = models.CharField(_("who"), max_length=150, editable=False)
    requested_at = models.DateTimeField(_("requested"), editable=False)
    chosen = models.JSONField(default=list, editable=False)
    place = models.CharField(max_length=80, blank=True, editable=False)
    retried = models.PositiveIntegerField(_("tried again"), default=0, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)

    class Meta:
        verbose_name = _("retry of problems")
        verbose_name_plural = _("retries of problems")
        ordering = ["-id"]
        default_permissions = ("view",)
        indexes = [models.Index(fields=["id"], condition=Q(finished_at=None), name="problem_retry_unfinished")]

    def __str__(self) -> str:
        return f"{self.reason}: {self.retried}"
