"""Which encoding a CSV file is in, since files do not say."""

import codecs
import io
from collections.abc import Callable
from typing import BinaryIO

from charset_normalizer import from_bytes
from django.utils.translation import gettext as _

from commerce_orders.cells import BEGINNING, OLD_EXCEL, ZIP, TableRefused

AT_ONCE = 2**16
# What spreadsheets save CSV in where it is not Unicode: Chinese, Japanese, Western European.
OLDER = ("gb18030", "cp932", "cp1252")


def find_encoding(file: BinaryIO, *, count_known: Callable[[str], int]) -> str:
    """A name for ``codecs``; raises ``TableRefused`` for what is no text.

    Of two old encodings that both fit, the one wins in which ``count_known`` finds more words that it knows in the
    first line; only then is it a matter of likeness.
    """
    file.seek(0)
    beginning = file.read(BEGINNING)
    if beginning.startswith((ZIP, OLD_EXCEL)):
        return "utf-8-sig"
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if unmarked := _unmarked_utf_16(beginning):
        return unmarked
    if b"\x00" in beginning:
        raise TableRefused("no_table", _("This is neither CSV nor XLSX."))
    if _is_readable(file, "utf-8"):
        return "utf-8-sig"
    fitting = [encoding for encoding in OLDER if _is_readable(file, encoding)]
    if not fitting:
        raise TableRefused("encoding_unknown", _("The file's encoding is not known. Save it as CSV UTF-8."))
    line = beginning.split(b"\n", 1)[0]
    known = {encoding: count_known(line.decode(encoding, "replace")) for encoding in fitting}
    best = [encoding for encoding in fitting if known[encoding] == max(known.values())]
    return best[0] if len(best) == 1 else _likeliest(file, best)


def _unmarked_utf_16(beginning: bytes) -> str:
    """Text of ours has many ASCII signs, each of which is a zero byte beside another one."""
    even, odd = beginning[::2].count(0), beginning[1::2].count(0)
    most = max(len(beginning) // 8, 1)
    if odd > most and not even:
        return "utf-16-le"
    return "utf-16-be" if even > most and not odd else ""


def _is_readable(file: BinaryIO, encoding: str) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while some := file.read(AT_ONCE):
            decoder.decode(some)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _likeliest(file: BinaryIO, encodings: list[str]) -> str:
    file.seek(0, io.SEEK_SET)
    match = from_bytes(file.read(AT_ONCE), cp_isolation=encodings).best()
    return match.encoding if match and match.encoding in encodings else encodings[-1]
