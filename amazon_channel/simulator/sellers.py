"""Seller accounts and the application credentials that read them."""

from dataclasses import dataclass

from .marketplaces import MARKETPLACES

CLIENT_ID = "amzn1.application-oa2-client.demo"
CLIENT_SECRET = "amzn1.oa2-cs.v1.demo"  # noqa: S105 - of the simulated Amazon
REFRESH_TOKEN = "Atzr|demo"  # noqa: S105 - of the simulated Amazon
DEFAULT_SELLER = "A1DEMOSELLER00"


@dataclass(frozen=True, slots=True)
class Seller:
    id: str = DEFAULT_SELLER
    client_id: str = CLIENT_ID
    client_secret: str = CLIENT_SECRET
    refresh_token: str = REFRESH_TOKEN
    store_name: str = "Northlight Home"
    marketplace_ids: tuple[str, ...] = tuple(MARKETPLACES)
    roles: tuple[str, ...] | None = None  # None: the roles of the options
    authorised: bool = True  # False: the seller removed the application
