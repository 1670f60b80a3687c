"""Which column of a file of shipments is which: by its heading in any of our languages, else by what is in it."""

import csv
import unicodedata
from collections.abc import Callable, Collection, Sequence
from datetime import date

from commerce_orders.cells import DELIMITERS

ORDER, SKU, QUANTITY, CARRIER, TRACKING, DATE = "order", "sku", "quantity", "carrier", "tracking", "date"
NEEDED = (ORDER, TRACKING)
# As carriers, marketplaces and spreadsheets of each country head them; compared by ``fold_heading``.
HEADINGS = {
    ORDER: """order, order number, order no, order id, amazon order id, amazon order number, commerce order number,
        channel order number, reference, order reference, customer reference, your reference,
        订单, 订单号, 订单编号, 亚马逊订单号, 订单号码, 参考号,
        order, ordernummer, ordernr, beställning, beställningsnummer, referens, kundreferens,
        bestellung, bestellnummer, bestellnr, auftrag, auftragsnummer, auftragsnr, referenz,
        kundenreferenz, sendungsreferenz,
        ordine, numero ordine, n ordine, id ordine, numero d'ordine, riferimento, riferimento cliente,
        commande, numéro de commande, n de commande, no commande, numero commande, référence, référence client""",
    SKU: """sku, seller sku, merchant sku, item, item number, product, product code, article,
        商品编码, 货号, 商品sku, artikel, artikelnummer, artikelnr, art nr, articolo, codice articolo, codice prodotto,
        prodotto, article, référence article, produit, code produit""",
    QUANTITY: """quantity, qty, units, pieces, quantity shipped, 数量, 件数, antal, menge, anzahl, stück, stückzahl,
        quantità, q tà, qta, pezzi, quantité, qté, nombre""",
    CARRIER: """carrier, carrier name, carrier code, shipper, courier, shipping carrier, service provider,
        承运商, 承运人, 快递, 快递公司, 物流公司, 物流商, 物流, transportör, fraktbolag, speditör, fraktförare,
        versanddienstleister, versender, versandart, spediteur, zusteller, paketdienst, frachtführer,
        corriere, vettore, spedizioniere, transporteur, expéditeur, livreur""",
    TRACKING: """tracking, tracking number, tracking no, tracking id, trackingnumber, tracking code, waybill, awb,
        shipment number, parcel number, package number, 追踪号, 追踪编号, 跟踪号, 运单号, 快递单号, 物流单号, 运单号码,
        spårningsnummer, spårnings id, kollinummer, kolli id, kollid, sändningsnummer, försändelsenummer, paketnummer,
        sendungsnummer, sendungsnr, sendungs id, paketnummer, paketnr, trackingnummer, tracking nummer, identcode,
        sendungsverfolgungsnummer, numero di tracking, codice di tracking, tracciamento, numero spedizione,
        numero di spedizione, lettera di vettura, codice spedizione, numéro de suivi, n de suivi,
        suivi, numéro de colis, numéro d'expédition""",
    DATE: """date, ship date, shipped, shipped at, shipped on, shipping date, dispatch date, date shipped,
        日期, 发货日期, 发货时间, 发运日期, datum, skickad, skickat, avsändningsdatum, skickdatum, leveransdatum,
        versanddatum, versendet, versendet am, data, data spedizione, data di spedizione, spedito il,
        date d'expédition, date d'envoi, expédié le""",
}


def fold_heading(text: str) -> str:
    """ "Order-Nr." and "order nr" are the same heading, with or without accents."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(sign for sign in plain if sign.isalnum())


COLUMN_OF = {fold_heading(name): column for column, names in HEADINGS.items() for name in names.split(",")}


def by_heading(text: str) -> str:
    return COLUMN_OF.get(fold_heading(text), "")


def count_known(line: str) -> int:
    """How many of the headings in the first line of a CSV file we know, however they are set apart."""
    return sum(bool(by_heading(cell)) for cell in next(csv.reader([line], delimiter=choose_delimiter(line)), []))


def choose_delimiter(line: str) -> str:
    """The one that makes most cells of the first line."""
    cells = {delimiter: len(next(csv.reader([line], delimiter=delimiter), [])) for delimiter in DELIMITERS}
    return max(DELIMITERS, key=lambda delimiter: cells[delimiter])


def guess_columns(
    first: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    find_orders: Callable[[Collection[str]], Collection[str]],
    is_carrier: Callable[[str], bool],
) -> tuple[list[str], bool]:
    """What each column is, an empty text for those not used; and whether the first row is headings.

    ``rows`` are some of those below the first. ``find_orders`` says which of some texts are numbers of orders.
    """
    width = max([len(first), *map(len, rows)])
    columns = [by_heading(text) for text in first] + [""] * (width - len(first))
    has_headings = any(columns)
    for position, column in enumerate(columns):
        if column in columns[:position]:
            columns[position] = ""
    below = rows if has_headings else [first, *rows]
    seen = [[row[at] for row in below if at < len(row) and row[at]] for at in range(width)]
    for column, is_likely in _likenesses(seen, find_orders=find_orders, is_carrier=is_carrier).items():
        if column not in columns:
            at = next((at for at in range(width) if not columns[at] and seen[at] and is_likely(seen[at])), None)
            if at is not None:
                columns[at] = column
    if not has_headings and ORDER in columns:  # a row of headings that we cannot read has no order
        has_headings = not find_orders([first[columns.index(ORDER)]])
    return columns, has_headings


def _likenesses(
    seen: Sequence[Sequence[str]],
    *,
    find_orders: Callable[[Collection[str]], Collection[str]],
    is_carrier: Callable[[str], bool],
) -> dict[str, Callable[[Sequence[str]], bool]]:
    known = set(find_orders({text for texts in seen for text in texts}))

    def most(texts: Sequence[str], fits: Callable[[str], bool]) -> bool:
        return 2 * sum(map(fits, texts)) > len(texts)

    return {
        ORDER: lambda texts: 2 * len(known.intersection(texts)) >= max(len(set(texts)) - 1, 1),
        CARRIER: lambda texts: most(texts, is_carrier),
        DATE: lambda texts: most(texts, _is_day),
        TRACKING: lambda texts: most(texts, _is_like_tracking),
    }


def _is_like_tracking(text: str) -> bool:
    plain = text.replace(" ", "")
    return 8 <= len(plain) <= 40 and plain.isalnum() and plain.isascii() and sum(map(str.isdigit, plain)) >= 6


def _is_day(text: str) -> bool:
    try:
        return read_day(text) is not None
    except AmbiguousDay:
        return True


class AmbiguousDay(ValueError):
    """Day and month cannot be told apart."""


def read_day(text: str) -> date | None:
    """A day as people of our languages write it, a time behind it left out; ``None`` for anything else.

    Raises ``AmbiguousDay`` where the order of day and month depends on the country.
    """
    try:
        return _read_day(text)
    except AmbiguousDay:
        raise
    except ValueError:
        return None


def _read_day(text: str) -> date | None:
    written = text.strip().replace("T", " ").split(" ")[0]
    for sign in "年月/":
        written = written.replace(sign, "-")
    written = written.rstrip("日-.")
    parts = written.replace(".", "-").split("-")
    if len(parts) != 3 or not all(part.isdecimal() and len(part) <= 4 for part in parts):
        return None
    first, second, third = map(int, parts)
    if len(parts[0]) == 4:
        return date(first, second, third)
    if len(parts[2]) != 4:
        return None
    if "." in text or first > 12:
        return date(third, second, first)
    if second > 12:
        return date(third, first, second)
    if first != second and "/" in text:
        raise AmbiguousDay
    return date(third, second, first)
