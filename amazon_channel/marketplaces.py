"""The 23 marketplaces. Source: Amazon, "Marketplace IDs" and "SP-API Endpoints"."""

from dataclasses import dataclass

SELLER_CENTRAL = {"na": "sellercentral.amazon.com", "eu": "sellercentral-europe.amazon.com"}
ENDPOINTS = {
    "na": "https://sellingpartnerapi-na.amazon.com",
    "eu": "https://sellingpartnerapi-eu.amazon.com",
    "fe": "https://sellingpartnerapi-fe.amazon.com",
}


@dataclass(frozen=True, slots=True)
class Marketplace:
    id: str
    country_code: str
    region: str
    domain: str
    currency: str
    time_zone: str

    @property
    def name(self) -> str:
        return self.domain.replace("amazon", "Amazon", 1)

    @property
    def seller_central(self) -> str:
        """Host of Seller Central for this marketplace; each of the Far East has its own."""
        return SELLER_CENTRAL.get(self.region, f"sellercentral.{self.domain}")


MARKETPLACES = {
    marketplace.id: marketplace
    for marketplace in (
        Marketplace("ATVPDKIKX0DER", "US", "na", "amazon.com", "USD", "America/Los_Angeles"),
        Marketplace("A2EUQ1WTGCTBG2", "CA", "na", "amazon.ca", "CAD", "America/Los_Angeles"),
        Marketplace("A1AM78C64UM0Y8", "MX", "na", "amazon.com.mx", "MXN", "America/Mexico_City"),
        Marketplace("A2Q3Y263D00KWC", "BR", "na", "amazon.com.br", "BRL", "America/Sao_Paulo"),
        Marketplace("A1F83G8C2ARO7P", "GB", "eu", "amazon.co.uk", "GBP", "Europe/London"),
        Marketplace("A28R8C7NBKEWEA", "IE", "eu", "amazon.ie", "EUR", "Europe/Dublin"),
        Marketplace("A1PA6795UKMFR9", "DE", "eu", "amazon.de", "EUR", "Europe/Berlin"),
        Marketplace("A13V1IB3VIYZZH", "FR", "eu", "amazon.fr", "EUR", "Europe/Paris"),
        Marketplace("APJ6JRA9NG5V4", "IT", "eu", "amazon.it", "EUR", "Europe/Rome"),
        Marketplace("A1RKKUPIHCS9HS", "ES", "eu", "amazon.es", "EUR", "Europe/Madrid"),
        Marketplace("A1805IZSGTT6HS", "NL", "eu", "amazon.nl", "EUR", "Europe/Amsterdam"),
        Marketplace("AMEN7PMS3EDWL", "BE", "eu", "amazon.com.be", "EUR", "Europe/Brussels"),
        Marketplace("A2NODRKZP88ZB9", "SE", "eu", "amazon.se", "SEK", "Europe/Stockholm"),
        Marketplace("A1C3SOZRARQ6R3", "PL", "eu", "amazon.pl", "PLN", "Europe/Warsaw"),
        Marketplace("A33AVAJ2PDY3EV", "TR", "eu", "amazon.com.tr", "TRY", "Europe/Istanbul"),
        Marketplace("A2VIGQ35RCS4UG", "AE", "eu", "amazon.ae", "AED", "Asia/Dubai"),
        Marketplace("A17E79C6D8DWNP", "SA", "eu", "amazon.sa", "SAR", "Asia/Riyadh"),
        Marketplace("ARBP9OOSHTCHU", "EG", "eu", "amazon.eg", "EGP", "Africa/Cairo"),
        Marketplace("AE08WJ6YKNBMC", "ZA", "eu", "amazon.co.za", "ZAR", "Africa/Johannesburg"),
        Marketplace("A21TJRUUN4KGV", "IN", "eu", "amazon.in", "INR", "Asia/Kolkata"),
        Marketplace("A1VC38T7YXB528", "JP", "fe", "amazon.co.jp", "JPY", "Asia/Tokyo"),
        Marketplace("A39IBJ37TRP1C6", "AU", "fe", "amazon.com.au", "AUD", "Australia/Sydney"),
        Marketplace("A19VAU5U5O7RUS", "SG", "fe", "amazon.sg", "SGD", "Asia/Singapore"),
    )
}


def marketplaces_in(region: str) -> list[Marketplace]:
    return [marketplace for marketplace in MARKETPLACES.values() if marketplace.region == region]
