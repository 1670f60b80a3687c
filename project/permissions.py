"""Permissions to choose from, in the reader's words; Django keeps their names in English."""

from typing import Any

from django.contrib.auth.models import Permission
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext, pgettext_lazy
from unfold.admin import ModelAdmin

ACTIONS = {
    "add": pgettext_lazy("permission", "Can add"),
    "change": pgettext_lazy("permission", "Can change"),
    "delete": pgettext_lazy("permission", "Can delete"),
    "view": pgettext_lazy("permission", "Can view"),
}
# Those of other apps, such as the queue's, open nothing here.
OURS = ("amazon_channel", "commerce_orders", "customers", "project", "auth")


def permission_words(permission: Permission) -> str:
    """As "Amazon | Amazon order | Can view"."""
    kind = permission.content_type
    action, _separator, model = permission.codename.partition("_")
    may = ACTIONS[action] if action in ACTIONS and model == kind.model else gettext(permission.name)
    return f"{kind.app_labeled_name} | {may}"


class PermissionsField(ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return permission_words(obj)


class ChoosesPermissions(ModelAdmin):
    """The forms of people and groups."""

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.related_model is Permission:
            ours = Permission.objects.filter(content_type__app_label__in=OURS).exclude(content_type__model="permission")
            kwargs |= {"form_class": PermissionsField, "queryset": ours.select_related("content_type")}
        return super().formfield_for_manytomany(db_field, request, **kwargs)
