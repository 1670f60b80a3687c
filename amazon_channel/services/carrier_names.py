"""The merchant's own names of carriers."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from amazon_channel.carriers import OTHER, carriers_at
from amazon_channel.marketplaces import MARKETPLACES
from amazon_channel.models import CarrierSpelling
from commerce_orders.channels import fold_carrier

LONGEST = 60


class CarrierNameRefused(Exception):
    """A name cannot be stored like this; ``field`` is what to change."""

    def __init__(self, detail: str, *, field: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field


def save_carrier_name(
    *, spelling: str, marketplace_id: str, carrier_code: str, name: CarrierSpelling | None = None
) -> CarrierSpelling:
    """Store what staff call a carrier, in the place of ``name`` if given. Raises ``CarrierNameRefused``.

    An empty marketplace means all of them, and then the name counts wherever Amazon takes the carrier.
    """
    row = name or CarrierSpelling()
    check_carrier_name(spelling=spelling, marketplace_id=marketplace_id, carrier_code=carrier_code, name=row)
    row.spelling, row.folded = _tidy(spelling), fold_carrier(spelling)
    row.marketplace_id, row.carrier_code = marketplace_id, carrier_code
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:  # somebody stored it just now
        raise _taken() from error
    return row


def check_carrier_name(*, spelling: str, marketplace_id: str, carrier_code: str, name: CarrierSpelling) -> None:
    """Raise ``CarrierNameRefused`` where ``save_carrier_name`` would."""
    folded = fold_carrier(spelling)
    if not folded or max(len(folded), len(_tidy(spelling))) > LONGEST:
        raise CarrierNameRefused(
            _("A name has 1 to %(longest)s characters, at least one of them a letter or digit.") % {"longest": LONGEST},
            field="spelling",
        )
    if marketplace_id and marketplace_id not in MARKETPLACES:
        raise CarrierNameRefused(_("This marketplace is not known."), field="marketplace_id")
    if carrier_code not in allowed_codes(marketplace_id):
        raise CarrierNameRefused(
            _("Amazon does not accept the carrier %(carrier)s there. Choose one of: %(allowed)s.")
            % {"carrier": carrier_code, "allowed": ", ".join(allowed_codes(marketplace_id))},
            field="carrier_code",
        )
    if CarrierSpelling.objects.filter(marketplace_id=marketplace_id, folded=folded).exclude(pk=name.pk).exists():
        raise _taken()


def _tidy(spelling: str) -> str:
    return " ".join(spelling.split())


def _taken() -> CarrierNameRefused:
    return CarrierNameRefused(_("There is already a carrier for this name."), field="spelling")


def allowed_codes(marketplace_id: str = "") -> list[str]:
    """The codes of one marketplace, or those of all; "other" last."""
    places = [marketplace_id] if marketplace_id else list(MARKETPLACES)
    codes = dict.fromkeys(carrier.code for place in places for carrier in carriers_at(place))
    return sorted((code for code in codes if code != OTHER), key=str.casefold) + [OTHER] * (OTHER in codes)
