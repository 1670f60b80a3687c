"""What the simulated seller sells: 400 products, always the same, whatever the seed."""

from dataclasses import dataclass
from itertools import product as combinations

from .money import decimals

_GOODS = (
    # category, English, German, Japanese, price in US cents
    ("KIT", "Stoneware Mug 350 ml", "Steingut-Becher 350 ml", "ストーンウェア マグカップ 350ml", 1499),
    ("KIT", "Cast Iron Skillet 26 cm", "Gusseisenpfanne 26 cm", "鋳鉄スキレット 26cm", 3999),
    ("KIT", "Chef's Knife 20 cm", "Kochmesser 20 cm", "シェフナイフ 20cm", 5499),
    ("KIT", "Glass Storage Jars, Set of 4", "Vorratsgläser, 4er-Set", "ガラス保存容器 4個セット", 2299),
    ("KIT", "Pour-Over Coffee Dripper", "Handfilter für Kaffee", "コーヒードリッパー", 1899),
    (
        "HOM",
        "Linen Cushion Cover 45 × 45 cm",
        "Leinen-Kissenbezug 45 × 45 cm",
        "リネン クッションカバー 45×45cm",
        1799,
    ),
    ("HOM", "Wool Throw 130 × 170 cm", "Wolldecke 130 × 170 cm", "ウール ブランケット 130×170cm", 7999),
    ("HOM", "Cotton Towel, Set of 2", "Baumwollhandtuch, 2er-Set", "コットンタオル 2枚組", 2499),
    ("HOM", "Soy Wax Candle", "Sojawachskerze", "ソイキャンドル", 1299),
    ("OFF", "Desk Organiser", "Schreibtisch-Organizer", "デスクオーガナイザー", 2799),
    ("OFF", "Dotted Notebook A5", "Notizbuch A5, gepunktet", "ドット方眼ノート A5", 999),
    ("OFF", "LED Desk Lamp, Dimmable", "LED-Schreibtischlampe, dimmbar", "LEDデスクライト 調光式", 4599),
    ("OUT", "Insulated Bottle 750 ml", "Isolierflasche 750 ml", "真空断熱ボトル 750ml", 2999),
    ("OUT", "Trekking Backpack 28 l", "Wanderrucksack 28 l", "トレッキングリュック 28L", 8999),
    ("OUT", "Head Torch 400 lm", "Stirnlampe 400 lm", "ヘッドライト 400ルーメン", 3499),
    ("SPT", "Yoga Mat 6 mm", "Yogamatte 6 mm", "ヨガマット 6mm", 3299),
    ("SPT", "Resistance Bands, Set of 5", "Fitnessbänder, 5er-Set", "トレーニングバンド 5本セット", 1999),
    ("TOY", "Wooden Train Set, 40 Pieces", "Holzeisenbahn, 40 Teile", "木製レールセット 40ピース", 4299),
    ("PET", "Slow Feeder Bowl", "Anti-Schling-Napf", "早食い防止ボウル", 1599),
    ("ELE", "USB-C Charger 65 W", "USB-C-Ladegerät 65 W", "USB-C充電器 65W", 3799),
)
_COLOURS = (
    ("BLK", "Black", "Schwarz", "ブラック"),
    ("WHT", "White", "Weiß", "ホワイト"),
    ("BLU", "Blue", "Blau", "ブルー"),
    ("GRN", "Green", "Grün", "グリーン"),
    ("RED", "Red", "Rot", "レッド"),
    ("GRY", "Grey", "Grau", "グレー"),
    ("SND", "Sand", "Sand", "サンド"),
    ("PLM", "Plum", "Pflaume", "プラム"),
    ("TRQ", "Turquoise", "Türkis", "ターコイズ"),
    ("YLW", "Yellow", "Gelb", "イエロー"),
)
_EDITIONS = (("1", 1.0), ("2", 1.8))  # single, pack of two
_PER_US_DOLLAR = {
    "USD": 1, "CAD": 1.35, "MXN": 18, "BRL": 5.2, "GBP": 0.8, "EUR": 0.93, "SEK": 10.5, "PLN": 4, "TRY": 33,
    "AED": 3.67, "SAR": 3.75, "EGP": 48, "ZAR": 18.5, "INR": 84, "JPY": 150, "AUD": 1.5, "SGD": 1.35,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Product:
    sku: str
    asin: str
    titles: tuple[str, str, str]  # English, German, Japanese
    us_cents: int

    def title(self, language: str) -> str:
        english, german, japanese = self.titles
        return {"de": german, "ja": japanese}.get(language[:2], english)

    def price(self, currency: str) -> int:
        """Unit price in minor units of `currency`, ending the way shop prices end there."""
        units = self.us_cents / 100 * _PER_US_DOLLAR[currency]
        if not decimals(currency):
            return max(10, round(units / 10) * 10)
        return max(100, round(units) * 100) - 1


def _products() -> tuple[Product, ...]:
    products = []
    for number, (goods, colour, edition) in enumerate(combinations(_GOODS, _COLOURS, _EDITIONS), start=1):
        category, english, german, japanese, cents = goods
        code, *shades = colour
        pack, factor = edition
        suffix = "" if pack == "1" else " ×2"
        names = tuple(
            f"{name}, {shade}{suffix}" for name, shade in zip((english, german, japanese), shades, strict=True)
        )
        products.append(
            Product(
                sku=f"{category}-{number:04d}-{code}{'' if pack == '1' else '-2PK'}",
                asin=f"B0{number * 7919 % 100_000_000:08d}",
                titles=(names[0], names[1], names[2]),
                us_cents=round(cents * factor),
            )
        )
    return tuple(products)


CATALOGUE: tuple[Product, ...] = _products()
BY_SKU: dict[str, Product] = {product.sku: product for product in CATALOGUE}
