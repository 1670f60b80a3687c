import ast

import pytest
from babel.messages import Catalog
from babel.messages.pofile import read_po
from django.utils.translation import gettext, override

from project import translations
from project.translations import (
    KEYWORDS,
    TRANSLATED,
    find_faults,
    gather_texts,
    is_translated_by_django,
    our_sources,
    theme_sources,
    update_catalogue,
)


@pytest.fixture(scope="module")
def texts():
    return gather_texts()


@pytest.fixture
def catalogues(settings, tmp_path):
    settings.LOCALE_PATHS = [tmp_path]
    return tmp_path


def some_texts(*entries):
    texts = Catalog()
    for entry in entries:
        texts.add(entry)
    return texts


def translate(language, **strings):
    """Write translations into the language's file, as a translator would."""
    path = translations.catalogue_path(language)
    catalogue = translations.read_catalogue(language)
    for message in catalogue:
        key = translations.first(message).partition(" ")[0] if message.id else ""
        if key in strings:
            message.string = strings[key]
    path.write_bytes(translations.written(catalogue))
    path.with_suffix(".mo").write_bytes(translations.compiled(catalogue))


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated(texts, language):
    assert find_faults(language, texts) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_file_can_be_read_and_is_compiled(language):
    path = translations.catalogue_path(language)
    with path.open("rb") as file:
        read_po(file, abort_invalid=True)

    assert path.with_suffix(".mo").read_bytes() == translations.compiled(translations.read_catalogue(language))


def texts_in_f_strings(sources):
    for _root, path in sources:
        code = ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if path.suffix == ".py" else ()
        strings = (each for each in code if isinstance(each, ast.JoinedStr))
        calls = (part for string in strings for part in ast.walk(string) if isinstance(part, ast.Call))
        yield from (call.args[0].value for call in calls if getattr(call.func, "id", "") in KEYWORDS)


def test_texts_in_f_strings_are_known_whatever_pythons_version(texts):
    found = {*texts_in_f_strings(our_sources()), *texts_in_f_strings(theme_sources())}

    assert "Welcome" in found
    assert [text for text in found if not texts.get(text) and not is_translated_by_django(text, None)] == []


def test_texts_come_from_python_templates_and_the_theme(texts):
    assert texts.get("The buyer's e-mail address is missing").locations == [("amazon_channel/states.py", 0)]
    assert any(path.startswith("unfold/") for text in texts for path, _ in text.locations)
    assert any("templates/" in path for text in texts for path, _ in text.locations)
    assert not any("/simulator/" in path or "/migrations/" in path for text in texts for path, _ in text.locations)


def test_what_django_translates_in_the_theme_is_left_to_django(texts):
    from_theme_only = {
        text.id for text in texts if text.id and all(path.startswith("unfold/") for path, _ in text.locations)
    }

    assert "Log out" not in from_theme_only
    assert from_theme_only


def test_marked_texts_of_a_template_are_found(tmp_path):
    template = tmp_path / "page.html"
    template.write_text(
        '{% load i18n %}\n  <p title=\'it&apos;s "quoted"\'>{% translate "Ship by" %}</p>\n{# a comment #}\n'
        "{% blocktranslate count n=orders|length %}{{ n }} order{% plural %}{{ n }} orders{% endblocktranslate %}\n"
        '{% translate "May" context "month" %}'
    )

    assert list(translations.texts_of(template)) == [
        ("Ship by", None),
        (("%(n)s order", "%(n)s orders"), None),
        ("May", "month"),
    ]


def test_marked_texts_of_python_are_found_however_lazy(tmp_path):
    module = tmp_path / "module.py"
    module.write_text(
        "_('one')\ngettext_lazy('two')\nngettext('%(n)s box', '%(n)s boxes', n)\npgettext_lazy('month', 'May')\n"
    )

    assert list(translations.texts_of(module)) == [
        ("one", None),
        ("two", None),
        (("%(n)s box", "%(n)s boxes"), None),
        ("May", "month"),
    ]


def test_a_complete_language_has_no_faults_and_speaks(catalogues):
    texts = some_texts("Ship %(what)s now", ("%(n)s box", "%(n)s boxes"))
    update_catalogue("sv", texts)
    translate("sv", Ship="Skicka %(what)s nu", **{"%(n)s": ("en låda", "%(n)s lådor")})

    assert find_faults("sv", texts) == []


@pytest.mark.parametrize(
    ("string", "fault"),
    [
        ("", "missing: 'Ship %(what)s now'"),
        ("Skicka nu", "other placeholders: 'Ship %(what)s now'"),
        ("Skicka %(vad)s nu", "other placeholders: 'Ship %(what)s now'"),
        ("Skicka <b>%(what)s</b> nu", "other placeholders: 'Ship %(what)s now'"),
    ],
)
def test_a_text_that_is_not_right_is_a_fault(catalogues, string, fault):
    texts = some_texts("Ship %(what)s now")
    update_catalogue("sv", texts)
    translate("sv", Ship=string)

    assert find_faults("sv", texts) == [fault]


def test_a_changed_source_keeps_the_old_words_as_fuzzy_which_is_a_fault(catalogues):
    update_catalogue("sv", some_texts("Ship this order now"))
    translate("sv", Ship="Skicka ordern nu")
    changed = some_texts("Ship this order today")

    assert find_faults("sv", changed) == [
        "missing: 'Ship this order today'",
        "no longer in the sources: 'Ship this order now'",
    ]
    update_catalogue("sv", changed)
    assert find_faults("sv", changed) == ["fuzzy: 'Ship this order today'"]


def test_a_file_that_is_not_compiled_is_a_fault(catalogues):
    texts = some_texts("Ship")
    update_catalogue("sv", texts)
    translate("sv", Ship="Skicka")
    translations.catalogue_path("sv").with_suffix(".mo").write_bytes(b"")

    assert find_faults("sv", texts) == ["django.mo is older than django.po: run `make messages`"]


def test_the_same_texts_make_the_same_files(catalogues):
    texts = some_texts("Ship", ("%(n)s box", "%(n)s boxes"))
    update_catalogue("zh-hans", texts)
    path = translations.catalogue_path("zh-hans")
    before = path.read_bytes(), path.with_suffix(".mo").read_bytes()

    update_catalogue("zh-hans", texts)

    assert (path.read_bytes(), path.with_suffix(".mo").read_bytes()) == before


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_program_speaks_the_language(language):
    with override(language):
        assert gettext("Commerce order number") != "Commerce order number"
