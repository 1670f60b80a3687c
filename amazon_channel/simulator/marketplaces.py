"""Amazon's marketplaces. Source: the Amazon pages "Marketplace IDs" and "SP-API Endpoints"."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Marketplace:
    id: str
    country_code: str  # ISO 3166-1; the United Kingdom is GB in addresses
    region: str  # na, eu or fe
    domain: str
    currency: str
    language: str  # as getMarketplaceParticipations writes it
    time_zone: str  # IANA name of the zone in which ship-by days end

    @property
    def name(self) -> str:
        return self.domain.capitalize()

    @property
    def keeps_old_orders(self) -> bool:
        """Orders older than two years stay readable only in Japan, Australia and Singapore."""
        return self.country_code in {"JP", "AU", "SG"}


_ALL = (
    Marketplace("ATVPDKIKX0DER", "US", "na", "amazon.com", "USD", "en_US", "America/Los_Angeles"),
    Marketplace("A2EUQ1WTGCTBG2", "CA", "na", "amazon.ca", "CAD", "en_CA", "America/Los_Angeles"),
    Marketplace("A1AM78C64UM0Y8", "MX", "na", "amazon.com.mx", "MXN", "es_MX", "America/Mexico_City"),
    Marketplace("A2Q3Y263D00KWC", "BR", "na", "amazon.com.br", "BRL", "pt_BR", "America/Sao_Paulo"),
    Marketplace("A1F83G8C2ARO7P", "GB", "eu", "amazon.co.uk", "GBP", "en_GB", "Europe/London"),
    Marketplace("A28R8C7NBKEWEA", "IE", "eu", "amazon.ie", "EUR", "en_IE", "Europe/Dublin"),
    Marketplace("A1PA6795UKMFR9", "DE", "eu", "amazon.de", "EUR", "de_DE", "Europe/Berlin"),
    Marketplace("A13V1IB3VIYZZH", "FR", "eu", "amazon.fr", "EUR", "fr_FR", "Europe/Paris"),
    Marketplace("APJ6JRA9NG5V4", "IT", "eu", "amazon.it", "EUR", "it_IT", "Europe/Rome"),
    Marketplace("A1RKKUPIHCS9HS", "ES", "eu", "amazon.es", "EUR", "es_ES", "Europe/Madrid"),
    Marketplace("A1805IZSGTT6HS", "NL", "eu", "amazon.nl", "EUR", "nl_NL", "Europe/Amsterdam"),
    Marketplace("AMEN7PMS3EDWL", "BE", "eu", "amazon.com.be", "EUR", "fr_BE", "Europe/Brussels"),
    Marketplace("A2NODRKZP88ZB9", "SE", "eu", "amazon.se", "SEK", "sv_SE", "Europe/Stockholm"),
    Marketplace("A1C3SOZRARQ6R3", "PL", "eu", "amazon.pl", "PLN", "pl_PL", "Europe/Warsaw"),
    Marketplace("A33AVAJ2PDY3EV", "TR", "eu", "amazon.com.tr", "TRY", "tr_TR", "Europe/Istanbul"),
    Marketplace("A2VIGQ35RCS4UG", "AE", "eu", "amazon.ae", "AED", "en_AE", "Asia/Dubai"),
    Marketplace("A17E79C6D8DWNP", "SA", "eu", "amazon.sa", "SAR", "ar_AE", "Asia/Riyadh"),
    Marketplace("ARBP9OOSHTCHU", "EG", "eu", "amazon.eg", "EGP", "ar_AE", "Africa/Cairo"),
    Marketplace("AE08WJ6YKNBMC", "ZA", "eu", "amazon.co.za", "ZAR", "en_ZA", "Africa/Johannesburg"),
    Marketplace("A21TJRUUN4KGV", "IN", "eu", "amazon.in", "INR", "en_IN", "Asia/Kolkata"),
    Marketplace("A1VC38T7YXB528", "JP", "fe", "amazon.co.jp", "JPY", "ja_JP", "Asia/Tokyo"),
    Marketplace("A39IBJ37TRP1C6", "AU", "fe", "amazon.com.au", "AUD", "en_AU", "Australia/Sydney"),
    Marketplace("A19VAU5U5O7RUS", "SG", "fe", "amazon.sg", "SGD", "en_SG", "Asia/Singapore"),
)

MARKETPLACES: dict[str, Marketplace] = {marketplace.id: marketplace for marketplace in _ALL}
# Kept, since the cache of ZoneInfo holds fewer zones than there are marketplaces.
ZONES: dict[str, ZoneInfo] = {marketplace.id: ZoneInfo(marketplace.time_zone) for marketplace in _ALL}
