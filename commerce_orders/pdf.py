"""PDF from HTML by WeasyPrint, with fonts of our own and nothing from the network.

The fonts come from Python packages, so that Chinese, Japanese, Korean, Arabic and every other script print alike on
every machine. WeasyPrint itself needs Pango, a library of the operating system.
"""

import importlib
import os
import tempfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterator

FONT_PACKAGES = ("manimgx_fonts", "noto_cjk_sans_otc")
FONTCONFIG = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>{folders}<cachedir prefix="xdg">fontconfig</cachedir><config></config></fontconfig>
"""
INSTALL_PANGO = "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


class DocumentsUnavailable(Exception):
    """No PDF can be made on this machine; the text says what to install."""


def require_pdf() -> None:
    """Raise ``DocumentsUnavailable`` where Pango is missing."""
    _weasyprint()


def render_pdf(html: str) -> bytes:
    """Raises ``DocumentsUnavailable``. Only ``data:`` addresses are read; what else the page names stays blank."""
    weasyprint = _weasyprint()
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols=["data"])
    pdf: bytes = weasyprint.HTML(string=html, url_fetcher=fetcher).write_pdf(font_config=_fonts())
    return pdf


@cache
def _weasyprint() -> ModuleType:
    try:
        return importlib.import_module("weasyprint")
    except OSError as error:  # of the dynamic linker
        raise DocumentsUnavailable(
            _("PDF documents need Pango, which is not installed on this machine. On Debian and Ubuntu: %(command)s")
            % {"command": INSTALL_PANGO}
        ) from error


@cache
def _fonts() -> Any:
    """Read once in a process. Our fonts alone are used, so that a slip looks the same wherever it is made."""
    folders = "".join(f"<dir>{escape(str(folder))}</dir>" for folder in font_folders())
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as config:
        config.write(FONTCONFIG.format(folders=folders))
        config.flush()
        with _environment(FONTCONFIG_FILE=config.name):
            return importlib.import_module("weasyprint.text.fonts").FontConfiguration()


def font_folders() -> list[Path]:
    modules = [importlib.import_module(name) for name in FONT_PACKAGES]
    return [Path(str(module.__file__)).parent for module in modules]


@contextmanager
def _environment(**variables: str) -> "Iterator[None]":
    """Fontconfig is told by the environment alone, which programs started later must not inherit."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
