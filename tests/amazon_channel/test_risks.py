"""One number for what may become late unseen, and the words that say why."""

from datetime import timedelta

import pytest

from amazon_channel.models import AmazonOrder
from amazon_channel.risks import Risk, at_risk, risks_of
from tests.amazon_channel.problems import make_confirmation, set_standing
from tests.factories import NOW, make_account, make_amazon_order

pytestmark = pytest.mark.django_db
SOON, LATER = NOW + timedelta(hours=23), NOW + timedelta(hours=24)
LONG_AGO = NOW - timedelta(days=2)


def risks():
    orders = list(at_risk(AmazonOrder.objects.listed(), now=NOW).order_by("pk"))
    assert set(risks_of(list(AmazonOrder.objects.all()), now=NOW)) == {order.pk for order in orders}
    return {order: risks_of([order], now=NOW)[order.pk] for order in orders}


@pytest.mark.parametrize(
    "standing",
    [
        {"error_code": "authorization_revoked", "error_since": NOW},
        {"error_code": "unreachable", "error_since": NOW - timedelta(hours=1)},
        {"succeeded_at": NOW - timedelta(hours=1), "cursor": NOW},
        {"succeeded_at": NOW, "cursor": NOW - timedelta(hours=7)},
    ],
    ids=["revoked", "failing", "stalled", "behind"],
)
def test_what_is_due_soon_is_at_risk_while_its_account_lags(standing):
    lagging, well = make_account(), make_account()
    set_standing(lagging, **standing)
    set_standing(well, succeeded_at=NOW, cursor=NOW)
    due = make_amazon_order(account=lagging, ship_by=SOON)
    make_amazon_order(account=lagging, ship_by=LATER)
    make_amazon_order(account=lagging, ship_by=NOW - timedelta(seconds=1))  # late already
    make_amazon_order(account=lagging, ship_by=SOON, units_to_ship=0)
    make_amazon_order(account=lagging, ship_by=SOON, fulfilled_by="AMAZON")
    make_amazon_order(account=well, ship_by=SOON)

    assert risks() == {due: [Risk.ACCOUNT_LAGS]}

    lagging.is_active = False
    lagging.save()
    assert risks() == {}


def test_what_left_is_at_risk_while_amazon_does_not_take_the_tracking_number():
    account = make_account()
    set_standing(account, succeeded_at=NOW, cursor=NOW)

    def left(state, *, ship_by=SOON, status="UNSHIPPED", **columns):
        order = make_amazon_order(account=account, ship_by=ship_by, status=status, units_to_ship=0)
        make_confirmation(state, order=order, ship_by=ship_by, **columns)
        return order

    refused = left("rejected")
    overdue = left("rejected", ship_by=LONG_AGO)
    untold = left("waiting", at=NOW - timedelta(minutes=15))
    not_shown = left("sent", at=NOW - timedelta(hours=25))
    left("rejected", ship_by=LATER)
    left("rejected", status="SHIPPED")
    left("waiting", at=NOW - timedelta(minutes=14))
    left("sent", at=NOW - timedelta(hours=23))
    left("confirmed", confirmed_at=NOW)
    make_confirmation("rejected", order=refused, ship_by=SOON)

    assert risks() == {
        refused: [Risk.REFUSED],
        overdue: [Risk.REFUSED],
        untold: [Risk.UNTOLD],
        not_shown: [Risk.NOT_SHOWN],
    }
