import pytest

from commerce_orders.presentation.actors import name_actor


@pytest.mark.parametrize(
    ("actor", "words"),
    [
        ("dana", "dana"),
        ("Amazon", "Amazon"),
        ("token:warehouse: north", "connected system “warehouse: north”"),
        ("reconcile_orders", "by command"),
        ("retry_problems", "by command"),
        ("catalogue", "products"),
        ("", ""),
    ],
)
def test_who_did_something_is_said_in_words_of_a_shop(actor, words):
    assert name_actor(actor) == words
