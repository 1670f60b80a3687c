"""What an account's documents look like until somebody chooses: the language and paper of its first marketplace."""

from amazon_channel.marketplaces import MARKETPLACES

LANGUAGES = {"DE": "de", "FR": "fr", "BE": "fr", "IT": "it", "SE": "sv"}
LETTER_IN = frozenset({"US", "CA", "MX"})


def usual_language(marketplaces: list[str]) -> str:
    return LANGUAGES.get(_country(marketplaces), "en")


def usual_page_size(marketplaces: list[str]) -> str:
    return "letter" if _country(marketplaces) in LETTER_IN else "a4"


def _country(marketplaces: list[str]) -> str:
    place = MARKETPLACES.get(marketplaces[0]) if marketplaces else None
    return place.country_code if place else ""
