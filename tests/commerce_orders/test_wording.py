"""Texts of ours that are stored: English to machines, the reader's language to people, and others' words untouched."""

import copy
import json
import pickle
from decimal import Decimal

import pytest
from django.db import connection
from django.template import Context, Template
from django.utils import translation
from django.utils.html import format_html

from amazon_channel.states import STATUS_LABELS
from commerce_orders.models import OrderEvent
from commerce_orders.wording import RECORD_SEPARATOR, Amount, Wording, name_wording, nwording, read, stored, wording
from project.bulk import insert_rows
from tests.commerce_orders.drafted import make_draft, take_in
from tests.factories import NOW

HELD = "Amazon says “%(status)s”, fulfilled by “%(fulfilled_by)s”."
ENGLISH = "Amazon says “Unshipped”, fulfilled by “<b>”."
GERMAN = "Amazon meldet „Nicht versendet“, Versand durch „<b>“."
SUMS = "Amazon states %(stated)s; its parts add up to %(computed)s."
ADDED = (
    "Amazon added %(units)s item to an order that is complete here.",
    "Amazon added %(units)s items to an order that is complete here.",
)


def held() -> Wording:
    return wording(HELD, status=name_wording(STATUS_LABELS["UNSHIPPED"]), fulfilled_by="<b>")


def test_it_is_said_in_the_language_in_which_it_is_read() -> None:
    with translation.override("sv"):  # whoever made it
        said = held()

    with translation.override("de"):
        assert (str(said), f"{said}", "%s" % said) == (GERMAN, GERMAN, GERMAN)  # noqa: UP031
        escaped = GERMAN.replace("<b>", "&lt;b&gt;")
        assert (
            Template("{{ said }} {% if said %}{{ said|default:'–' }}{% endif %}").render(Context({"said": said}))
            == f"{escaped} {escaped}"
        )
        assert format_html("{}", said) == escaped
    assert str(said) == ENGLISH


def test_machines_and_comparisons_know_the_english_only() -> None:
    said = held()

    with translation.override("de"):
        assert said == ENGLISH
        assert json.loads(json.dumps({"detail": said})) == {"detail": ENGLISH}
        assert "Unshipped" in said
        assert {said, ENGLISH} == {ENGLISH}


@pytest.mark.parametrize(
    ("said", "english", "german"),
    [
        (nwording(*ADDED, 1, units=1), ADDED[0] % {"units": 1}, "Amazon hat 1 Artikel zu einer"),
        (nwording(*ADDED, 2, units=2), ADDED[1] % {"units": 2}, "Amazon hat 2 Artikel zu einer"),
        (wording("buyer"), "buyer", "Käufer"),
        (wording("No product matches: %(skus)s.", skus=("A", "50 %")), "No product matches: A, 50 %.", ": A, 50 %."),
        (
            wording("In no catalogue: %(what)s", what=wording("buyer")),
            "In no catalogue: buyer",
            "In no catalogue: Käufer",
        ),
        (
            wording(SUMS, stated=Amount(Decimal("1234.50"), "EUR"), computed=Amount(Decimal("0.005"), "EUR")),
            "Amazon states €1,234.50; its parts add up to €0.005.",
            "Amazon nennt 1.234,50\xa0€; die einzelnen Beträge ergeben 0,005\xa0€.",
        ),
        (wording("100 % of it"), "100 % of it", "100 % of it"),
    ],
)
def test_numbers_lists_and_texts_within_texts(said: Wording, english: str, german: str) -> None:
    for same in (said, read(stored(said)), copy.deepcopy(said), pickle.loads(pickle.dumps(said))):
        assert same == english
        with translation.override("de"):
            assert german in str(same)


def test_a_name_of_others_stays_as_it_is() -> None:
    assert not isinstance(name_wording("TELEPORTED"), Wording)
    assert name_wording("TELEPORTED") == "TELEPORTED"


def stored_reason() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reason FROM commerce_orders_orderevent ORDER BY id DESC")
        reason: str = cursor.fetchone()[0]
        return reason


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["save", "update", "bulk_create", "bulk_update", "insert_rows"])
def test_every_way_of_writing_keeps_it(way: str) -> None:
    order_id = take_in(make_draft()).created["O-1"]
    columns = {"order_id": order_id, "at": NOW, "kind": "held", "actor": "Amazon"}
    match way:
        case "save":
            OrderEvent.objects.create(**columns, reason=held())
        case "update":
            OrderEvent.objects.create(**columns)
            OrderEvent.objects.filter(kind="held").update(reason=held())
        case "bulk_create":
            OrderEvent.objects.bulk_create([OrderEvent(**columns, reason=held())])
        case "bulk_update":
            event = OrderEvent.objects.create(**columns)
            event.reason = held()
            OrderEvent.objects.bulk_update([event], ["reason"])
        case "insert_rows":
            insert_rows(OrderEvent, [{**columns, "from_status": "", "to_status": "", "reason": held(), "data": {}}])

    event = OrderEvent.objects.get(kind="held")
    [listed] = OrderEvent.objects.filter(kind="held").values_list("reason", flat=True)
    with translation.override("de"):
        assert (str(event.reason), str(listed), event.reason_label) == (GERMAN, GERMAN, GERMAN)
    assert stored_reason().startswith(RECORD_SEPARATOR)


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["save", "insert_rows"])
@pytest.mark.parametrize("words", ["", "No.", '{"text": "buyer"}', f'{RECORD_SEPARATOR}{{"text": "buyer"}}'])
def test_words_of_others_stay_and_never_pass_for_ours(words: str, way: str) -> None:
    order_id = take_in(make_draft()).created["O-1"]
    columns = {"order_id": order_id, "at": NOW, "kind": "held", "actor": "Amazon", "reason": words}
    if way == "save":
        OrderEvent.objects.create(**columns)
    else:
        insert_rows(OrderEvent, [{**columns, "from_status": "", "to_status": "", "data": {}}])

    with translation.override("de"):
        reason = OrderEvent.objects.get(kind="held").reason

        assert not isinstance(reason, Wording)
        assert str(reason) == words.removeprefix(RECORD_SEPARATOR)
    assert stored_reason() == words.removeprefix(RECORD_SEPARATOR)  # as before there were wordings
