from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commerce_orders.command import CommandRefused, JsonCommand, Report
from customers.services.rotation import KeyMissing, rotate_keys


class Command(JsonCommand):
    help = "Writes every encrypted value anew with the newest key of FIELD_ENCRYPTION_KEYS."

    def report(self, **options: Any) -> Report:
        try:
            rotation = rotate_keys()
        except KeyMissing as missing:
            raise CommandRefused(
                "key_missing",
                _("%(row)s was written with a key that FIELD_ENCRYPTION_KEYS does not have; add it and run again.")
                % {"row": missing},
            ) from missing
        lines = [
            _("%(column)s: %(count)s rewritten") % {"column": column, "count": count}
            for column, count in rotation.values.items()
        ]
        lines.append(
            ngettext("%(count)s customer rehashed", "%(count)s customers rehashed", rotation.customers)
            % {"count": rotation.customers}
        )
        if rotation.customers_left:
            lines.append(
                ngettext(
                    "%(count)s customer has no address any more and keeps its hash",
                    "%(count)s customers have no address any more and keep their hash",
                    rotation.customers_left,
                )
                % {"count": rotation.customers_left}
            )
        return Report(
            data={
                "values": rotation.values,
                "customers": rotation.customers,
                "customers_left": rotation.customers_left,
            },
            text="\n".join(lines),
        )
