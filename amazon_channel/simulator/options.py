"""What can be set on the simulated Amazon; times are simulated seconds."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

# Amazon page "Roles in the Selling Partner API", the ones that decide what an order shows.
DIRECT_TO_CONSUMER_SHIPPING = "direct_to_consumer_shipping"
INVENTORY_AND_ORDER_TRACKING = "inventory_and_order_tracking"
TAX_INVOICING = "tax_invoicing"
TAX_REMITTANCE = "tax_remittance"
ALL_ROLES = (DIRECT_TO_CONSUMER_SHIPPING, INVENTORY_AND_ORDER_TRACKING, TAX_INVOICING, TAX_REMITTANCE)


@dataclass(frozen=True, slots=True)
class Options:
    search_delay_seconds: float = 120  # an order is found by searches this long after its last update
    confirmation_delay_seconds: float = 60  # a confirmed shipment takes effect this long after its 204
    feed_delay_seconds: float = 60  # a feed is worked off this long after it was taken
    gzip_feed_reports: bool = False  # reports come compressed
    check_merchant_identifier: bool = False  # a feed must state the seller's own id
    token_lifetime_seconds: float = 3600
    page_token_lifetime_seconds: float = 24 * 3600
    rate_scale: float = 1.0  # times Amazon's rates; 0 means no limits
    max_package_edits: int = 10  # confirmations that may change one package before Amazon refuses
    shuffle_pages: bool = False  # orders within a page come in no particular order
    roles: tuple[str, ...] = ALL_ROLES  # of sellers that have none of their own
    life: bool = False  # orders arrive and move by themselves
    arrival_seconds: float = 900  # mean time between new orders while life is on

    def changed(self, changes: dict[str, Any]) -> "Options":
        """A copy with these changes; ValueError names an unknown option or a value of the wrong kind."""
        kinds = {field.name: field.type for field in fields(self)}
        read: dict[str, Any] = {}
        for name, value in changes.items():
            if name not in kinds:
                raise ValueError(f"unknown option {name!r}; there are {', '.join(sorted(kinds))}")
            read[name] = _read(name, str(kinds[name]), value)
        return replace(self, **read)

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"roles": list(self.roles)}


def _read(name: str, kind: str, value: Any) -> Any:
    if name == "rate_scale" and value == "off":
        return 0.0
    if "tuple" in kind and isinstance(value, (list, tuple)):
        return tuple(str(role) for role in value)
    if "bool" in kind and isinstance(value, bool):
        return value
    if ("float" in kind or "int" in kind) and isinstance(value, (int, float)) and value >= 0:
        return int(value) if "int" in kind else float(value)
    raise ValueError(f"{name} cannot be {value!r}")
