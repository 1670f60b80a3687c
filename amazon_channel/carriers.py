"""Carrier codes per marketplace.

Amazon takes a code only when it is written exactly as in Seller Central's list, has no API for that list, and
takes ``Other`` with the carrier's name for the rest (announcement "CarrierCode value required in shipment
confirmations"), except in India. The lists hold what merchants of each country use most.
"""

from collections.abc import Iterable

from django.utils.translation import pgettext

from amazon_channel.marketplaces import MARKETPLACES
from commerce_orders.channels import Carrier, fold_carrier

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
# What labels, carriers' own exports and staff call them, by ``fold_carrier``. A spelling counts only where its
# carrier does; staff's own ones (``models.CarrierSpelling``) count before these.
USUAL_SPELLINGS = {
    "uspostalservice": "USPS",
    "unitedstatespostalservice": "USPS",
    "unitedparcelservice": "UPS",
    "upsground": "UPS",
    "upsmi": "UPS Mail Innovations",
    "federalexpress": "FedEx",
    "fedexground": "FedEx",
    "fedexexpress": "FedEx",
    "fedexhomedelivery": "FedEx",
    "dhlexpress": "DHL",
    "dhlpaket": "DHL",
    "dhlpäckchen": "DHL",
    "dhlparcel": "DHL",
    "dhlglobalmail": "DHL eCommerce",
    "deutschepostag": "Deutsche Post",
    "hermesgermany": "Hermes",
    "myhermes": "Evri",
    "hermesuk": "Evri",
    "postescanada": "Canada Post",
    "laposte": "La Poste",
    "lapostecolissimo": "Colissimo",
    "bartolini": "BRT",
    "postnordsverige": "PostNord",
    "glsgermany": "GLS",
    "dpdgermany": "DPD",
    "中国邮政": "China Post",
    "燕文": "Yanwen",
    "燕文物流": "Yanwen",
    "云途": "Yun Express",
    "云途物流": "Yun Express",
    "递四方": "4PX",
    "ヤマト運輸": "YAMATO",
    "佐川急便": "SAGAWA",
    "日本郵便": "JP_EXPRESS",
}


def carriers_in(country_code: str) -> list[Carrier]:
    """Most used first; a country that is not listed gets the carriers that go everywhere."""
    codes = dict.fromkeys((*BY_COUNTRY.get(country_code, WORLDWIDE), *FROM_CHINA))
    return [Carrier(code, NAMES.get(code, code)) for code in codes]


def carriers_at(marketplace_id: str) -> list[Carrier]:
    """What Amazon takes there, "other" included where it does."""
    marketplace = MARKETPLACES.get(marketplace_id)
    carriers = carriers_in(marketplace.country_code if marketplace else "")
    return carriers if marketplace_id in WITHOUT_OTHER else [*carriers, Carrier(OTHER, pgettext("carrier", "Other"))]


def spellings_at(carriers: Iterable[Carrier], own: Iterable[tuple[str, str]]) -> dict[str, Carrier]:
    """What ``carriers`` are called besides, by ``fold_carrier``; ``own`` are staff's spellings with their codes.

    A spelling that staff give to "other" is the name that Amazon is told.
    """
    by_code = {carrier.code: carrier for carrier in carriers}
    spelt = {folded: by_code[code] for folded, code in USUAL_SPELLINGS.items() if code in by_code}
    for spelling, code in own:
        if code in by_code:
            spelt[fold_carrier(spelling)] = Carrier(OTHER, spelling) if code == OTHER else by_code[code]
    return spelt
