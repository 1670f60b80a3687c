"""Buyers and their addresses, in the scripts of their countries."""

import string
from random import Random
from typing import Any

from .marketplaces import Marketplace
from .places import PLACES

Json = dict[str, Any]

_NAMES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "en": (("Sarah", "Liam", "Priya", "José", "Siobhán", "Wei"), ("Thompson", "O'Brien", "García-Nguyen", "Lee")),
    "de": (("Jürgen", "Anneliese", "Maximilian", "Zoë"), ("Müller", "Weiß", "von der Schulenburg-Wolfsburg")),
    "fr": (("Éloïse", "François", "Anaïs"), ("Lefèvre", "D'Aubigné", "Noël")),
    "it": (("Niccolò", "Giulia", "Chiara"), ("Rossi", "D'Angelo", "Lo Presti")),
    "es": (("María José", "Íñigo", "Lucía"), ("Muñoz", "Fernández de la Vega", "Ibáñez")),
    "pt": (("João", "Conceição", "Maria"), ("Silva Santos", "Araújo", "Gonçalves")),
    "nl": (("Sanne", "Daan", "Joëlle"), ("van den Berg", "de Vries", "'t Hooft")),
    "sv": (("Åsa", "Björn", "Märta"), ("Sjöström", "Ångström", "Nilsson")),
    "pl": (("Łukasz", "Małgorzata", "Żaneta"), ("Wiśniewski", "Dąbrowska", "Brzęczyszczykiewicz")),
    "tr": (("Ayşe", "Çağlar", "İbrahim"), ("Yılmaz", "Öztürk", "Şahin")),
    "ar": (("محمد", "فاطمة", "Omar"), ("العتيبي", "Hassan", "الشمري")),
}  # fmt: skip
# Surnames and given names, in the order in which they are written.
_JAPANESE = (("佐藤", "髙橋", "鈴木", "渡邊", "さくら屋"), ("健太", "美咲", "ひなた", "一郎"))
_CHINESE = (("陈", "林", "黄", "歐陽"), ("美玲", "志强", "雅婷", "伟"))
_CHINESE_MINORITY = {"SG": 0.5, "AU": 0.15, "CA": 0.1, "US": 0.05}  # share of names written in Chinese
_COMPANIES = {
    "de": "Bäckerei Weiß & Söhne GmbH & Co. KG",
    "fr": "Établissements Lefèvre SARL",
    "ja": "株式会社さくら商事",
    "sv": "Sjöströms Bokhandel AB",
}


def buyer_name(random: Random, marketplace: Marketplace) -> str:
    language = marketplace.language[:2]
    if language == "ja":
        return f"{random.choice(_JAPANESE[0])} {random.choice(_JAPANESE[1])}"
    if random.random() < _CHINESE_MINORITY.get(marketplace.country_code, 0):
        return random.choice(_CHINESE[0]) + random.choice(_CHINESE[1])
    given, surnames = _NAMES[language]
    return f"{random.choice(given)} {random.choice(surnames)}"


def company_name(marketplace: Marketplace) -> str:
    return _COMPANIES.get(marketplace.language[:2], "Smith & Daughters Supplies Ltd.")


def buyer_email(random: Random, marketplace: Marketplace) -> str:
    """Amazon's anonymised alias: no key to a person, different for each buyer and seller."""
    alias = "".join(random.choices(string.ascii_lowercase + string.digits, k=14))
    return f"{alias}@marketplace.{marketplace.domain}"


def delivery_address(random: Random, marketplace: Marketplace, name: str) -> Json:
    """A CustomerAddress; optional fields are missing as often as they are in that country."""
    place = PLACES[marketplace.country_code]
    city, region, postal = random.choice(place.towns)
    street, number = random.choice(place.streets), random.randint(1, 280)
    first_line = f"{number} {street}" if place.number_first and street != "PO Box" else f"{street} {number}"
    address: Json = {
        "addressLine1": first_line,
        "city": city,
        "countryCode": marketplace.country_code,
        "phone": _fill(random, place.phone),
        "addressType": "RESIDENTIAL",
    }
    if random.random() > 0.04:
        address["name"] = name
    if random.random() < 0.3:
        address["addressLine2"] = "コーポ松風 203号室" if marketplace.country_code == "JP" else "Apt. 4 / 2nd floor"
    if region:
        address["stateOrRegion"] = region
    if postal:
        address["postalCode"] = _fill(random, postal)
    if marketplace.country_code == "BR":
        address["extendedFields"] = {
            "streetName": street,
            "streetNumber": str(number),
            "neighborhood": "Vila Madalena",
        }
    return address


def _fill(random: Random, pattern: str) -> str:
    digits = iter(str(random.randrange(10**14, 10**15)))  # drawn at once
    return "".join(
        next(digits) if sign == "#" else random.choice("ABCDEFGH") if sign == "@" else sign for sign in pattern
    )
