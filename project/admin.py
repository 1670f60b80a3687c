"""Users and groups on the theme's forms."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet, prefetch_related_objects
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from project.export import ExportColumn, stored
from project.listing import BackOfficeAdmin
from project.permissions import ChoosesPermissions, permission_words
from project.second_factor import remove_second_factor

admin.site.unregister([User, Group])


class PeopleAdmin(ChoosesPermissions):
    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """What has a page: of the rest, such as who is in which group, Django has no words but its own."""
        deleted, counts, refused, protected = super().get_deleted_objects(objs, request)
        known = {model._meta.verbose_name_plural for model in self.admin_site._registry}
        return with_pages(deleted), {name: counts[name] for name in counts if name in known}, refused, protected


def with_pages(nodes: list[Any]) -> list[Any]:
    """Of a nested list of names those that are links."""
    kept = [with_pages(node) if isinstance(node, list) else node for node in nodes]
    return [node for node in kept if isinstance(node, list | SafeString) and node]


@admin.register(User)
class BackOfficeUserAdmin(PeopleAdmin, UserAdmin, BackOfficeAdmin):  # type: ignore[misc]
    export_columns = (
        *stored(User, "username", "email", "first_name", "last_name", "is_active", "is_staff", "is_superuser"),
        ExportColumn(
            User._meta.get_field("groups").verbose_name,
            lambda user: ", ".join(group.name for group in user.groups.all()),
        ),
        *stored(User, "last_login", "date_joined"),
    )
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    actions = ["take_second_factor"]

    def prepare_export(self, request: HttpRequest, rows: Sequence[User], *, now: datetime) -> None:
        prefetch_related_objects(rows, "groups")

    @admin.action(description=gettext_lazy("Remove the second factor"), permissions=["change"])
    def take_second_factor(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """For whoever lost phone and recovery codes. One's own takes a code, which the page of it asks for."""
        if request.user in users:
            words = _("You cannot remove your own here. Switch it off under Second factor, with a code.")
            self.message_user(request, words, messages.WARNING)
        taken = [user for user in users if user != request.user and remove_second_factor(user)]
        for user in taken:
            self.log_change(request, user, gettext_noop("Second factor removed."))
        words = ngettext("%(count)s second factor removed.", "%(count)s second factors removed.", len(taken))
        self.message_user(request, words % {"count": len(taken)})


@admin.register(Group)
class BackOfficeGroupAdmin(PeopleAdmin, GroupAdmin, BackOfficeAdmin):  # type: ignore[misc]
    export_columns = (
        *stored(Group, "name"),
        ExportColumn(
            Group._meta.get_field("permissions").verbose_name,
            lambda group: ", ".join(map(permission_words, group.permissions.all())),
        ),
    )

    def prepare_export(self, request: HttpRequest, rows: Sequence[Group], *, now: datetime) -> None:
        prefetch_related_objects(rows, "permissions__content_type")
