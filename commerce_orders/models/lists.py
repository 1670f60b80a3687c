"""How each member of staff likes a list: views kept by name, and the columns that are shown."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class SavedView(models.Model):
    """A list as somebody left it; ``query`` is what follows the ``?`` of its address, without a search."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views", db_index=False
    )
    list_name = models.CharField(max_length=80)
    name = models.CharField(_("name"), max_length=60)
    query = models.TextField(blank=True)
    is_default = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["user", "list_name", "name"], name="one_saved_view_per_name"),
            models.UniqueConstraint(
                fields=["user", "list_name"], condition=Q(is_default=True), name="one_default_view_per_list"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ColumnChoice(models.Model):
    """The columns that somebody chose for a list; without a row it has its usual ones."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="column_choices", db_index=False
    )
    list_name = models.CharField(max_length=80)
    columns = models.JSONField(default=list)

    class Meta:
        verbose_name = _("choice of columns")
        verbose_name_plural = _("choices of columns")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "list_name"], name="one_choice_of_columns_per_list")]

    def __str__(self) -> str:
        return f"{self.list_name}: {', '.join(self.columns)}"
