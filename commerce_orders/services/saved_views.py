"""Keeping views of a list and the choice of its columns, each for one person."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from commerce_orders.models import ColumnChoice, SavedView

LONGEST_NAME = 60
LONGEST_QUERY = 2_000
MOST_VIEWS = 50


class ViewRefused(Exception):
    """The view cannot be kept like that; the message says why to its owner."""


def save_view(*, user: User, list_name: str, name: str, query: str) -> SavedView:
    """Keep ``query`` under ``name``, in the place of what had that name. Raises ``ViewRefused``."""
    name = _checked(name)
    if len(query) > LONGEST_QUERY:
        raise ViewRefused(_("There are too many filters for one view."))
    views = SavedView.objects.filter(user=user, list_name=list_name)
    if not views.filter(name=name).exists() and views.count() >= MOST_VIEWS:
        raise ViewRefused(_("There are %(count)s views already. Delete one first.") % {"count": MOST_VIEWS})
    view, _created = SavedView.objects.update_or_create(
        user=user, list_name=list_name, name=name, defaults={"query": query}
    )
    return view


def rename_view(*, view: SavedView, name: str) -> None:
    """Raises ``ViewRefused``, and leaves the view as it is, where another one has that name."""
    name = _checked(name)
    try:
        with transaction.atomic():
            SavedView.objects.filter(pk=view.pk).update(name=name)
    except IntegrityError as error:
        raise ViewRefused(_("Another view is called “%(name)s”.") % {"name": name}) from error
    view.name = name


def make_default(*, view: SavedView, is_default: bool) -> None:
    """Open the list with ``view`` from now on, in the place of another one, or no longer."""
    with transaction.atomic():
        SavedView.objects.filter(user=view.user_id, list_name=view.list_name).update(is_default=False)
        SavedView.objects.filter(pk=view.pk).update(is_default=is_default)
    view.is_default = is_default


def choose_columns(*, user: User, list_name: str, columns: Sequence[str]) -> None:
    """Show these columns of the list; none chosen: the usual ones again."""
    if columns:
        ColumnChoice.objects.update_or_create(user=user, list_name=list_name, defaults={"columns": list(columns)})
    else:
        ColumnChoice.objects.filter(user=user, list_name=list_name).delete()


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise ViewRefused(_("Give the view a name."))
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise ViewRefused(_("A name has at most %(count)s ordinary characters.") % {"count": LONGEST_NAME})
    return name
