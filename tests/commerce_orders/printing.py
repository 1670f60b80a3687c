"""PDF read back, for tests; they are skipped, with the reason, where Pango is missing."""

import io

import pytest
from pypdf import PdfReader

from commerce_orders.pdf import DocumentsUnavailable, require_pdf


def can_print() -> bool:
    try:
        require_pdf()
    except DocumentsUnavailable:
        return False
    return True


needs_pango = pytest.mark.skipif(not can_print(), reason="Pango is missing: apt-get install libpangoft2-1.0-0")


def texts(pdf: bytes) -> list[str]:
    """By page, without the spaces that a PDF knows nothing of."""
    return ["".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]


def sizes(pdf: bytes) -> list[tuple[int, int]]:
    """By page, in millimetres."""
    pages = PdfReader(io.BytesIO(pdf)).pages
    return [
        (round(float(page.mediabox.width) / 72 * 25.4), round(float(page.mediabox.height) / 72 * 25.4))
        for page in pages
    ]


def fonts(pdf: bytes) -> set[str]:
    found: set[str] = set()
    for page in PdfReader(io.BytesIO(pdf)).pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index,union-attr]
            found.add(str(font.get_object()["/BaseFont"]).partition("+")[2])
    return found
