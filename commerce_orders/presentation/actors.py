"""Who did something, in words: events and records name people, connected systems and commands in one column."""

from django.utils.translation import gettext as _

from commerce_orders.models.tokens import ACTOR_PREFIX

COMMANDS = frozenset({"command", "reconcile_orders", "retry_problems"})
CATALOGUE = "catalogue"


def name_actor(actor: str) -> str:
    """A user name, which can hold no colon, is its own word."""
    if actor.startswith(ACTOR_PREFIX):
        return _("connected system “%(name)s”") % {"name": actor.removeprefix(ACTOR_PREFIX)}
    if actor in COMMANDS:
        return _("by command")
    if actor == CATALOGUE:
        return _("products")
    return actor
