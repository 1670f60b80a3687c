"""The translation catalogue: gathered from the sources, checked, compiled. Needs Babel only, not GNU gettext."""

import functools
import importlib.util
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import django
from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

APPS = ("amazon_channel", "commerce_orders", "customers", "project")
TRANSLATED = tuple(code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE)
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
    "wording": None,
    "nwording": (1, 2),
}
# Babel looks into f-strings from Python 3.12 on only.
THEME_TEXTS_IN_F_STRINGS = {"templatetags/unfold.py": ("Welcome",)}
# Of Django's own texts those about people and their passwords, which it has not in all our languages.
DJANGO_SOURCES = ("contrib/auth/admin.py", "contrib/auth/forms.py", "contrib/auth/password_validation.py")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z]|\{\w*\}|</?\w+")
HEADER = """\
# Texts of the Commerce back office and of its admin theme, which ships none.
# `make messages` keeps this file."""
SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)  # the same texts make the same files, whenever they are made


def catalogue_path(language: str) -> Path:
    return settings.LOCALE_PATHS[0] / to_locale(language) / "LC_MESSAGES" / "django.po"


def gather_texts() -> Catalog:
    """Every text that the sources mark for translation, with the files it stands in."""
    texts = new_catalogue()
    for root, path in our_sources():
        for text, context in texts_of(path):
            texts.add(text, context=context, locations=[(path.relative_to(root).as_posix(), 0)])
    for root, path in (*theme_sources(), *django_sources()):
        place = path.relative_to(root).as_posix()
        hidden = [(text, None) for text in THEME_TEXTS_IN_F_STRINGS.get(place, ())]
        for text, context in (*texts_of(path), *hidden):
            if not is_translated_by_django(text, context):
                texts.add(text, context=context, locations=[(f"{root.name}/{place}", 0)])
    return texts


def new_catalogue(language: str | None = None) -> Catalog:
    return Catalog(
        locale=to_locale(language) if language else None,
        header_comment=HEADER,
        project="Commerce back office",
        version="1",
        copyright_holder="The contributors",
        msgid_bugs_address="none",
        last_translator="The contributors",
        language_team="The contributors",
        creation_date=SOME_DAY,
        revision_date=SOME_DAY,
        fuzzy=False,
    )


def our_sources() -> Iterator[tuple[Path, Path]]:
    home = settings.BASE_DIR
    for app in APPS:
        for path in sorted((home / app).rglob("*.py")):
            if not {"migrations", "simulator"} & set(path.parts):
                yield home, path
    for folder in (home / "templates", *(home / app / "templates" for app in APPS)):
        for path in sorted(folder.rglob("*.*")):
            yield home, path


def theme_sources() -> Iterator[tuple[Path, Path]]:
    specification = importlib.util.find_spec("unfold")
    assert specification is not None
    assert specification.submodule_search_locations is not None
    root = Path(specification.submodule_search_locations[0])
    for path in sorted([*root.rglob("*.py"), *root.rglob("templates/**/*.html")]):
        yield root, path


def django_sources() -> Iterator[tuple[Path, Path]]:
    root = Path(django.__file__).parent
    for place in DJANGO_SOURCES:
        yield root, root / place


def texts_of(path: Path) -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    """The marked texts of a Python file or template: singular, or singular and plural, and their context."""
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # The brackets keep Python's tokenizer from minding how the template is indented.
        source = f"(\n{templatize(source, origin=str(path))}\n)"
    for _line, text, _comments, context in extract("python", io.BytesIO(source.encode()), KEYWORDS):
        yield text, context


def is_translated_by_django(text: str | tuple[str, ...], context: str | None) -> bool:
    """Whether Django has a text of the theme in all our languages; then its own words are as good as ours."""
    return all(
        any(catalogue.get(text, context) is not None for catalogue in django_catalogues(language))
        for language in TRANSLATED
    )


@functools.cache
def django_catalogues(language: str) -> list[Catalog]:
    catalogues = []
    home = Path(django.__file__).parent
    for folder in (home / "conf", home / "contrib" / "admin", home / "contrib" / "auth"):
        with (folder / "locale" / to_locale(language) / "LC_MESSAGES" / "django.mo").open("rb") as file:
            catalogues.append(read_mo(file))
    return catalogues


def update_catalogue(language: str, texts: Catalog) -> None:
    """Bring one language's file up to date with the sources, and compile it."""
    catalogue = read_catalogue(language)
    catalogue.update(texts)
    path = catalogue_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(written(catalogue))
    path.with_suffix(".mo").write_bytes(compiled(read_catalogue(language)))


def read_catalogue(language: str) -> Catalog:
    """The language's file, empty where there is none."""
    path = catalogue_path(language)
    catalogue = new_catalogue(language)
    if path.exists():
        with path.open("rb") as file:
            for message in read_po(file, locale=to_locale(language)):
                if message.id:
                    catalogue[message.id] = message
    return catalogue


def written(catalogue: Catalog) -> bytes:
    file = io.BytesIO()
    write_po(file, catalogue, width=110, sort_by_file=True, include_lineno=False, ignore_obsolete=True)
    return file.getvalue()


def compiled(catalogue: Catalog) -> bytes:
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def find_faults(language: str, texts: Catalog) -> list[str]:
    """What keeps a language from being complete; sentences for developers."""
    catalogue = read_catalogue(language)
    faults = [fault for text in texts if text.id and (fault := find_fault(catalogue.get(text.id, text.context), text))]
    faults += [
        f"no longer in the sources: {first(message)!r}"
        for message in catalogue
        if message.id and texts.get(message.id, message.context) is None
    ]
    machine_file = catalogue_path(language).with_suffix(".mo")
    if not machine_file.exists() or machine_file.read_bytes() != compiled(catalogue):
        faults.append(f"{machine_file.name} is older than {machine_file.stem}.po: run `make messages`")
    return faults


def find_fault(message: Message | None, text: Message) -> str:
    if message is None or not all(strings_of(message) or [""]):
        return f"missing: {first(text)!r}"
    if message.fuzzy:
        return f"fuzzy: {first(text)!r}"
    allowed = [set(PLACEHOLDER.findall(source)) for source in sources_of(text)]
    for string in strings_of(message):
        # A plural form may leave the number out, as "one order" does; none may make something up.
        used = set(PLACEHOLDER.findall(string))
        if used not in allowed and not (text.pluralizable and used < set.union(*allowed)):
            return f"other placeholders: {first(text)!r}"
    return ""


def sources_of(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def strings_of(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def first(message: Message) -> str:
    return sources_of(message)[0]
