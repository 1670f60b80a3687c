"""Carrier codes per marketplace.

Amazon takes a code only when it is written exactly as in Seller Central's list, has no API for that list, and
takes ``Other`` with the carrier's name for the rest (announcement "CarrierCode value required in shipment
confirmations"), except in India. The lists hold what merchants of each country use most.
"""

from commerce_orders.channels import Carrier

OTHER = "Other"
WITHOUT_OTHER = frozenset({"A21TJRUUN4KGV"})  # India withdrew it in May 2021

WORLDWIDE = ("UPS", "FedEx", "DHL", "TNT")
FROM_CHINA = ("4PX", "China Post", "Yanwen", "Yun Express")
BY_COUNTRY = {
    "US": (
        "USPS",
        *WORLDWIDE,
        "UPS Mail Innovations",
        "FedEx SmartPost",
        "OnTrac",
        "Lasership",
        "DHL eCommerce",
    ),
    "CA": ("Canada Post", *WORLDWIDE, "Purolator"),
    "MX": ("Estafeta", *WORLDWIDE),
    "BR": ("Correios", *WORLDWIDE),
    "GB": ("Royal Mail", "Evri", "DPD", "Parcelforce", *WORLDWIDE),
    "IE": ("An Post", "DPD", *WORLDWIDE),
    "DE": ("DHL", "Hermes", "DPD", "GLS", "Deutsche Post", "UPS", "FedEx", "TNT"),
    "FR": ("La Poste", "Colissimo", "Chronopost", "Mondial Relay", "DPD", "GLS", *WORLDWIDE),
    "IT": ("Poste Italiane", "BRT", "SDA", "GLS", *WORLDWIDE),
    "ES": ("Correos", "SEUR", "MRW", "GLS", *WORLDWIDE),
    "NL": ("PostNL", "DPD", "GLS", *WORLDWIDE),
    "BE": ("Bpost", "DPD", "GLS", *WORLDWIDE),
    "SE": ("PostNord", "DB Schenker", "DPD", *WORLDWIDE),
    "PL": ("InPost", "Poczta Polska", "DPD", "GLS", *WORLDWIDE),
    "TR": ("Aras Kargo", "Yurtiçi Kargo", "MNG Kargo", *WORLDWIDE),
    "AE": ("Aramex", *WORLDWIDE),
    "SA": ("Aramex", "SMSA", *WORLDWIDE),
    "EG": ("Aramex", *WORLDWIDE),
    "ZA": ("Aramex", "The Courier Guy", *WORLDWIDE),
    "IN": ("BlueDart", "Delhivery", "DTDC", "India Post", "FedEx", "DHL"),
    "JP": ("YAMATO", "SAGAWA", "JP_EXPRESS", "NITTSU", "FEDEX_JP", "DHL"),
    "AU": ("Australia Post", "Sendle", "Fastway", *WORLDWIDE),
    "SG": ("SingPost", "Ninja Van", *WORLDWIDE),
}
NAMES = {
    "YAMATO": "Yamato Transport",
    "SAGAWA": "Sagawa Express",
    "JP_EXPRESS": "Japan Post",
    "NITTSU": "Nippon Express",
    "FEDEX_JP": "FedEx",
}


def carriers_in(country_code: str) -> list[Carrier]:
    """Most used first; a country that is not listed gets the carriers that go everywhere."""
    codes = dict.fromkeys((*BY_COUNTRY.get(country_code, WORLDWIDE), *FROM_CHINA))
    return [Carrier(code, NAMES.get(code, code)) for code in codes]
