"""Language, paper and logo of an account's documents."""

import io
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from amazon_channel.models import DocumentSettings, SellerAccount
from amazon_channel.models.documents import PageSize

LARGEST_LOGO = 2 * 2**20  # bytes
MOST_PIXELS = 20_000_000  # a picture may be small as a file and huge in memory
LOGO_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
LOGO_SIZE = (900, 330)  # pixels; 60 × 22 mm at 380 dpi


class DocumentSettingsRefused(Exception):
    """Something cannot be stored like this; ``field`` is what to change."""

    def __init__(self, detail: str, *, field: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field


def change_document_settings(
    *,
    account: SellerAccount,
    language: str,
    page_size: str,
    logo: BinaryIO | None = None,
    removes_logo: bool = False,
) -> DocumentSettings:
    """Store how the account's documents look. Raises ``DocumentSettingsRefused`` and changes nothing.

    Of a logo only the picture is kept: it is drawn anew, small enough to print, without what else a file may carry.
    """
    if language not in dict(settings.LANGUAGES):
        raise DocumentSettingsRefused(_("This language is not available."), field="language")
    if page_size not in PageSize.values:
        raise DocumentSettingsRefused(_("This paper is not available."), field="page_size")
    values = {"language": language, "page_size": page_size}
    picture = draw_logo(logo) if logo else b""
    with transaction.atomic():
        row, _created = DocumentSettings.objects.update_or_create(account=account, defaults=values)
        if picture or removes_logo:
            row.logo = picture
            row.save(update_fields=["logo"])
    return row


def draw_logo(file: BinaryIO) -> bytes:
    """A PNG that fits where the logo is printed. Raises ``DocumentSettingsRefused``."""
    content = file.read(LARGEST_LOGO + 1)
    if len(content) > LARGEST_LOGO:
        raise _refused(_("The logo is larger than %(most)s MB.") % {"most": LARGEST_LOGO // 2**20})
    try:
        with Image.open(io.BytesIO(content), formats=LOGO_FORMATS) as picture:
            picture.verify()  # and is then used up
        with Image.open(io.BytesIO(content), formats=LOGO_FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise _refused(_("The logo has too many pixels. A width of 900 pixels is enough."))
            picture.load()
            drawn = picture.convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise _refused(_("This picture cannot be printed. Choose a PNG or JPEG.")) from error
    drawn.thumbnail(LOGO_SIZE)
    png = io.BytesIO()
    drawn.save(png, "PNG", optimize=True)
    return png.getvalue()


def _refused(detail: str) -> DocumentSettingsRefused:
    return DocumentSettingsRefused(detail, field="logo")
