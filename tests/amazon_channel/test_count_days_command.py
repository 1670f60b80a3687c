import argparse
import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from amazon_channel.management.commands.count_days import read_day
from amazon_channel.models import OrderDay, SellerAccount
from amazon_channel.tasks import count_order_days, recount_recent_days
from tests.factories import NOW, make_account, make_amazon_order

pytestmark = pytest.mark.django_db


def count_days(*arguments):
    output = StringIO()
    call_command("count_days", *arguments, "--json", stdout=output)
    return json.loads(output.getvalue())


def test_days_are_counted_anew_from_the_orders():
    account, other = make_account(), make_account()
    for each in (account, other):
        make_amazon_order(account=each)
        make_amazon_order(account=each, purchased_at=NOW - timedelta(days=400))
    OrderDay.objects.create(account=account, day=NOW.date(), currency="XXX", orders=9, units=9, revenue=9)

    assert count_days() == [{"account": account.pk, "days": 2}, {"account": other.pk, "days": 2}]
    assert OrderDay.objects.count() == 4
    assert not OrderDay.objects.filter(currency="XXX").exists()

    OrderDay.objects.all().delete()
    assert count_days("--account", str(account.pk), "--since", "2026-11-01") == [{"account": account.pk, "days": 1}]
    assert OrderDay.objects.get().day == NOW.date()


@pytest.mark.parametrize("text", ["yesterday", "2026-02-30", ""])
def test_a_day_that_is_none_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="is no day such as 2026-11-01"):
        read_day(text)


def test_the_nightly_count_rings_for_each_account(monkeypatch):
    rung = []
    monkeypatch.setattr("project.jobs.ring", lambda task, *ids: rung.append((task, *ids)))
    accounts = [make_account(), make_account()]
    SellerAccount.objects.filter(pk=accounts[1].pk).update(is_active=False)

    recount_recent_days()
    count_order_days()

    assert rung == [("amazon_channel.tasks.recount_account_days", account.pk) for account in accounts]
