"""The oracle notices what it is there for: each invariant, violated on purpose."""

import copy
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from amazon_channel.models import AmazonOrder
from tests.amazon_channel.shipping import push, ship
from tests.crashes.counters import Attempts, Counters, orders_found, packages_found
from tests.crashes.ledgers import Ledgers, read_ledgers
from tests.crashes.oracle import find_violations
from tests.crashes.personal import canaries_of, i11_secret, texts_of_files, texts_of_tables
from tests.crashes.rates import i10_budget, tokens_per_hour
from tests.crashes.watch import find_steps_back

pytestmark = pytest.mark.django_db


@pytest.fixture
def ledgers(shop):
    """One order shipped by us, one in Seller Central, one canceled, one open, one that Amazon holds."""
    ours, theirs, canceled, _open = [shop.place() for _ in range(4)]
    shop.place(status="PENDING")
    shop.pull()
    ship(ours, tracking_number="OURS")
    push(shop)
    shop.amazon.act(theirs, "ship", tracking_number="THEIRS")
    shop.amazon.act(canceled, "cancel")
    shop.amazon.set_clock(advance_seconds=10)
    shop.pull()
    return read_ledgers(shop.amazon)


def row(ledgers: Ledgers, table: str, **columns):
    return next(row for row in ledgers.house[table] if columns.items() <= row.items())


def again(table: str, **columns) -> Callable[[Ledgers], None]:
    return lambda ledgers: ledgers.house[table].append(ledgers.house[table][0] | columns)


def set_first(table: str, **columns) -> Callable[[Ledgers], None]:
    return lambda ledgers: ledgers.house[table][0].update(columns)


def take_out(table: str) -> Callable[[Ledgers], None]:
    return lambda ledgers: ledgers.house[table].pop()


def amazons(ledgers: Ledgers, tracking_number: str):
    return next(
        truth
        for truth in ledgers.amazon.values()
        if any(tracking == tracking_number for _reference, tracking, _units in truth.packages)
    )


def second_package(ledgers: Ledgers) -> None:
    packages = amazons(ledgers, "OURS").packages
    packages.append(("1999999", "OTHER", dict(packages[0][2])))


def told_otherwise(ledgers: Ledgers) -> None:
    call = copy.deepcopy(next(call for call in ledgers.calls if call["operation"] == "confirmShipment"))
    call["body"]["packageDetail"]["packageReferenceId"] = "77"
    ledgers.calls.append(call)


def later_version(ledgers: Ledgers) -> None:
    truth = amazons(ledgers, "THEIRS")
    truth.last_updated_at += timedelta(seconds=1)


def no_commerce_order(ledgers: Ledgers) -> None:
    row(ledgers, "mirror", status="UNSHIPPED")["commerce_order_id"] = None


def backwards(ledgers: Ledgers) -> None:
    event = row(ledgers, "events", to_status="complete")
    event["from_status"], event["to_status"] = "complete", "processing"


def reopened(ledgers: Ledgers) -> None:
    row(ledgers, "orders", status="complete")["status"] = "processing"


def stock(ledgers: Ledgers) -> None:
    ledgers.opening_stock["SKU-1"] = 10
    ledgers.house["products"] = [{"id": 1, "sku": "SKU-1", "quantity": 9}]
    line = ledgers.house["lines"][0]
    reservation = {
        "product_id": 1,
        "channel_order_id": ledgers.by_key("orders")[line["order_id"]]["channel_order_id"],
        "channel_line_id": line["channel_line_id"],
        "reserved": 0,
        "shipped": 0,
    }
    ledgers.house["reservations"] = [reservation, dict(reservation)]


VIOLATIONS = {
    "a lost order": (take_out("mirror"), "I1 lost"),
    "an old version": (later_version, "I1 stale"),
    "no Commerce order": (no_commerce_order, "I1 no Commerce order"),
    "an order that Amazon does not know": (again("mirror", amazon_order_id="X"), "I1 unexpected"),
    "an order twice": (again("mirror"), "I2 twice in mirror"),
    "an item twice": (again("items"), "I2 twice in items"),
    "a Commerce order twice": (again("orders", id=0, number="X"), "I2 twice in orders"),
    "a number twice": (again("orders", id=0), "I2 number given twice"),
    "a parcel twice": (again("shipments", id=0), "I2 twice in shipments"),
    "a confirmation twice": (again("confirmations", id=0), "I2 twice in confirmations"),
    "an order without its beginning": (set_first("events", kind="changed"), "I2 not one whole order"),
    "a status that went back": (backwards, "I3"),
    "parts that make another total": (set_first("orders", tax=Decimal("0.01")), "I4"),
    "lines that make another subtotal": (set_first("lines", total=Decimal("0.01")), "I4"),
    "another total than Amazon's": (set_first("mirror", grand_total=Decimal("1")), "I4"),
    "another currency": (set_first("mirror", currency="EUR"), "I4"),
    "stock that does not add up": (stock, "I5 line takes twice"),
    "a package nobody recorded": (second_package, "I6 unexpected package"),
    "more than was ordered": (second_package, "I6 more than ordered"),
    "another reference": (told_otherwise, "I6 told under another reference"),
    "a cursor that ran ahead": (
        lambda ledgers: (take_out("mirror")(ledgers), set_first("pull_states", cursor=ledgers.now)(ledgers)),
        "I7 behind the cursor",
    ),
    "a run that never closed": (
        lambda ledgers: ledgers.house["running"].append({"id": 1, "account_id": 1}),
        "I8 run never closed",
    ),
    "a lease that is held": (
        lambda ledgers: set_first("pull_states", leased_until=ledgers.now)(ledgers),
        "I8 lease held",
    ),
    "a confirmation that waits": (set_first("confirmations", state="sending"), "I8 sending"),
    "a problem without words": (set_first("mirror", problem_code="x"), "I9 unexplained"),
    "a status without its event": (reopened, "I12"),
    "an event of nobody": (set_first("events", actor=""), "I12"),
    "units without a shipment": (set_first("shipment_lines", quantity=0), "I12 line"),
}


def test_a_whole_life_violates_nothing(ledgers):
    assert find_violations(ledgers, is_at_rest=True) == []
    assert {order["status"] for order in ledgers.house["orders"]} == {"processing", "complete", "canceled"}


def test_each_violation_is_noticed(ledgers):
    for name, (plant, noticed) in VIOLATIONS.items():
        planted = copy.deepcopy(ledgers)
        plant(planted)

        found = find_violations(planted, is_at_rest=True)

        assert any(violation.startswith(noticed) for violation in found), (name, found)


STEPS_BACK = {
    "a version": ("mirror", "last_updated_at", timedelta(seconds=-1)),
    "the cursor": ("pull_states", "cursor", timedelta(seconds=-1)),
    "the fence": ("pull_states", "fence", -1),
    "units": ("lines", "quantity_shipped", -1),
}


def test_each_step_back_is_noticed(ledgers):
    assert find_steps_back(ledgers, ledgers) == []
    for name, (table, column, step) in STEPS_BACK.items():
        later = copy.deepcopy(ledgers)
        later.house[table][0][column] += step
        assert len(find_steps_back(ledgers, later)) == 1, name
    for table, column, value in (("orders", "status", "processing"), ("confirmations", "state", "sent")):
        later = copy.deepcopy(ledgers)
        for each in later.house[table]:
            each[column] = value
        assert find_steps_back(ledgers, later), table
    later = copy.deepcopy(ledgers)
    later.house["events"].pop()
    assert find_steps_back(ledgers, later) == [f"I3 gone from events: {ledgers.house['events'][-1]['id']}"]


def test_the_seven_counters(ledgers):
    attempts = Attempts()
    attempts.acknowledge(*orders_found(ledgers), ("order", "lost"))
    attempts.attempt(("order", "died"), ("order", "recovered"))
    found = [*orders_found(ledgers), ("order", "recovered"), ("order", "unknown"), orders_found(ledgers)[0]]

    counters = Counters.of(attempts, found)

    assert str(counters) == ("attempted 8, acknowledged 6, ok 5, lost 1, unexpected 1, duplicated 1, recovered 1")
    assert not counters.are_good
    assert Counters.of(Attempts(), []).are_good
    assert packages_found(ledgers) == [("package", "OURS")]


def test_too_many_refusals_are_noticed(ledgers):
    asked = {"operation": "getOrder", "status": 200, "at": "2026-11-20T12:00:00.000Z"}
    refused = [asked | {"status": 429, "at": "2026-11-20T14:00:00.000Z"}] * 2
    token = asked | {"operation": "token"}

    assert i10_budget(ledgers.calls) == []
    assert i10_budget([asked] * 98 + refused) == ["I10 refused for their rate: 2.00% of the calls"]
    assert i10_budget([asked] * 98 + refused, injected=2) == []
    assert (tokens_per_hour([token, token, token, *refused]), tokens_per_hour([])) == (1.5, 0.0)


def test_personal_data_outside_of_contacts_is_noticed(ledgers, shop, tmp_path):
    documents = shop.amazon.orders()["orders"]
    canaries = canaries_of(documents)
    name = documents[0]["buyer"]["buyerName"]
    assert name in canaries
    assert i11_secret(canaries, texts_of_tables()) == []

    AmazonOrder.objects.update(problem_detail=f"No parcel for {name}")
    (tmp_path / "worker.log").write_text(f"WARNING {name}")

    assert i11_secret(canaries, [*texts_of_tables(), *texts_of_files(tmp_path)]) == [
        "I11 personal data in amazon_channel.AmazonOrder",
        "I11 personal data in worker.log",
    ]
