"""The ``--account`` of our commands."""

from django.utils.translation import gettext as _

from amazon_channel.models import SellerAccount
from commerce_orders.command import WrongArguments


def chosen_accounts(id_or_name: str | None) -> list[SellerAccount]:
    """The account that was named, or every active one. Raises ``WrongArguments``."""
    accounts = SellerAccount.objects.select_related("order_settings", "store")
    if id_or_name is None:
        return list(accounts.active())
    chosen = accounts.filter(pk=id_or_name) if id_or_name.isdecimal() else accounts.filter(name=id_or_name)
    if not chosen:
        names = ", ".join(f"{pk} {name}" for pk, name in accounts.values_list("pk", "name"))
        raise WrongArguments(
            "account_unknown",
            _("There is no account “%(account)s”. Known: %(known)s.") % {"account": id_or_name, "known": names or "–"},
        )
    return list(chosen)
