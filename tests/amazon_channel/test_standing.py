"""Which accounts need a person: by what Amazon says, by the last good pull, and by how far orders are read."""

from datetime import timedelta

import pytest

from amazon_channel.models import SellerAccount
from amazon_channel.standing import accounts_behind, accounts_stalled, accounts_with_error
from tests.amazon_channel.problems import set_standing
from tests.factories import NOW, make_account

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def standing(now=NOW):
    found = (accounts_with_error(now), accounts_stalled(now), accounts_behind(now))
    return tuple(accounts.count() for accounts in found)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"succeeded_at": NOW - 2 * MINUTE, "cursor": NOW - 2 * MINUTE}, (0, 0, 0)),
        ({"succeeded_at": NOW - 16 * MINUTE, "cursor": NOW - 16 * MINUTE}, (0, 1, 0)),
        ({"succeeded_at": NOW - 2 * MINUTE, "cursor": NOW - 7 * HOUR}, (0, 0, 1)),
        ({"succeeded_at": NOW - HOUR, "cursor": NOW - HOUR, "not_before": NOW + MINUTE}, (0, 0, 0)),
        ({"succeeded_at": NOW - HOUR, "cursor": NOW - HOUR, "not_before": NOW - 2 * MINUTE}, (0, 0, 0)),
        ({"succeeded_at": NOW - HOUR, "cursor": NOW - HOUR, "not_before": NOW - HOUR}, (0, 1, 0)),
        ({"succeeded_at": NOW - 8 * HOUR, "cursor": NOW - 7 * HOUR, "not_before": NOW + MINUTE}, (0, 0, 1)),
        ({"succeeded_at": NOW - HOUR, "error_code": "authorization_revoked", "error_since": NOW}, (1, 0, 0)),
        ({"succeeded_at": NOW - MINUTE, "cursor": NOW, "error_code": "timeout", "error_since": NOW}, (0, 0, 0)),
        ({"succeeded_at": NOW - HOUR, "error_code": "unavailable", "error_since": NOW - 16 * MINUTE}, (1, 0, 0)),
    ],
)
def test_an_account_stands_in_one_way(columns, expected):
    account = make_account()
    set_standing(account, **columns)

    assert standing() == expected


def test_a_new_account_has_its_time():
    make_account()

    assert standing(NOW + 14 * MINUTE) == (0, 0, 0)
    assert standing(NOW + 15 * MINUTE) == (0, 1, 0)


def test_an_account_that_was_switched_off_is_nobodys_problem():
    set_standing(make_account(), error_code="authorization_revoked", error_since=NOW)
    SellerAccount.objects.update(is_active=False)

    assert standing(NOW + 8 * HOUR) == (0, 0, 0)


def test_slow_pulls_have_longer(settings):
    settings.AMAZON_PULL_SECONDS = 3600
    set_standing(make_account(), succeeded_at=NOW - 4 * HOUR, cursor=NOW - 4 * HOUR)

    assert standing() == (0, 0, 0)
