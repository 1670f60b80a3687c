import pytest

from customers.encryption import search_index
from project import checks
from tests.factories import make_account, make_contact

OTHER_KEY = b"o" * 32


def test_an_old_sqlite_is_refused(settings, monkeypatch):
    settings.IS_SQLITE = True
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 34, 1))
    monkeypatch.setattr("sqlite3.sqlite_version", "3.34.1")

    [error] = checks.check_sqlite(None)

    assert error.id == "project.E001"
    assert error.is_serious()
    assert "SQLite 3.34.1 is too old" in error.msg
    assert "PostgreSQL" in error.hint


def test_sqlite_is_no_matter_on_postgresql(settings, monkeypatch):
    settings.IS_SQLITE = False
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 34, 1))

    assert checks.check_sqlite(None) == []


def test_this_sqlite_is_new_enough(settings):
    settings.IS_SQLITE = True

    assert checks.check_sqlite(None) == []


def test_the_default_marketplace_of_the_library_is_refused(monkeypatch):
    monkeypatch.delenv("SP_API_DEFAULT_MARKETPLACE", raising=False)
    assert checks.check_default_marketplace(None) == []

    monkeypatch.setenv("SP_API_DEFAULT_MARKETPLACE", "DE")
    [error] = checks.check_default_marketplace(None)
    assert (error.id, error.is_serious()) == ("project.E002", True)
    assert "Remove it" in error.hint


@pytest.mark.parametrize(
    ("debug", "https", "ids"),
    [(True, True, ["project.W001"]), (True, False, []), (False, True, []), (False, False, [])],
)
def test_debug_over_https_is_warned_of(settings, debug, https, ids):
    settings.DEBUG, settings.SERVED_OVER_HTTPS = debug, https

    assert [warning.id for warning in checks.check_debug_over_https(None)] == ids


def test_a_replaced_amazon_is_warned_of_in_deployment(settings):
    settings.DEBUG = False
    settings.AMAZON_SP_API_URL = settings.AMAZON_LWA_URL = "http://127.0.0.1:8099"

    [warning] = checks.check_amazon_addresses(None)

    assert warning.id == "project.W002"
    assert "AMAZON_SP_API_URL and AMAZON_LWA_URL" in warning.msg
    settings.DEBUG = True
    assert checks.check_amazon_addresses(None) == []
    settings.DEBUG, settings.AMAZON_SP_API_URL, settings.AMAZON_LWA_URL = False, "", ""
    assert checks.check_amazon_addresses(None) == []


def test_a_lost_key_is_noticed_in_every_table(db, settings):
    make_account()
    make_contact()
    assert checks.check_encryption_keys(None, databases=["default"]) == []

    settings.FIELD_ENCRYPTION_KEYS = [OTHER_KEY]

    errors = checks.check_encryption_keys(None, databases=["default"])
    assert [error.id for error in errors] == ["project.E003", "project.E003"]
    assert [error.msg.split()[2] for error in errors] == ["amazon_channel.SellerAccount", "customers.Contact"]
    assert checks.check_encryption_keys(None, databases=None) == []


def test_a_former_key_behind_the_new_one_is_well(db, settings):
    make_contact()
    before = search_index("ada")
    settings.FIELD_ENCRYPTION_KEYS = [OTHER_KEY, *settings.FIELD_ENCRYPTION_KEYS]

    assert checks.check_encryption_keys(None, databases=["default"]) == []
    assert search_index("ada") != before


def test_alerts_that_reach_nobody_are_warned_of_in_deployment(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert checks.check_mail_server(None) == []

    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    [warning] = checks.check_mail_server(None)
    assert warning.id == "project.W003"
    assert "nobody gets a mail" in warning.msg
