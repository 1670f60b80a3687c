from customers.models import PersonalDataAccess
from customers.services.access import reveal_contacts
from tests.factories import NOW, make_contact


def test_a_look_at_one_person_leaves_a_row_that_names_the_contact(db, django_user_model):
    contact = make_contact(name="Ada Lovelace")
    user = django_user_model.objects.create_user("lee")

    details = reveal_contacts([contact], actor="lee", user=user, purpose="order_page", now=NOW)

    assert details[contact.pk].buyer_name == "Ada Lovelace"
    look = PersonalDataAccess.objects.get()
    assert (look.at, look.user, look.actor, look.purpose) == (NOW, user, "lee", "order_page")
    assert (look.contact, look.contacts_seen) == (contact, 1)


def test_a_look_at_many_people_leaves_one_row_with_their_number(db, django_assert_num_queries):
    contacts = [make_contact() for _ in range(3)]

    with django_assert_num_queries(1):
        details = reveal_contacts(contacts, actor="token:erp", purpose="rest", now=NOW)

    assert details.keys() == {contact.pk for contact in contacts}
    look = PersonalDataAccess.objects.get()
    assert (look.contact, look.contacts_seen, look.user) == (None, 3, None)


def test_no_look_leaves_no_row(db):
    assert reveal_contacts([], actor="lee", purpose="orders_tab", now=NOW) == {}
    assert not PersonalDataAccess.objects.exists()


def test_the_rows_hold_nothing_about_the_person(db):
    reveal_contacts([make_contact(name="Ada Lovelace")], actor="lee", purpose="orders_tab", now=NOW)

    assert "Ada" not in str(PersonalDataAccess.objects.values().get())
    assert str(PersonalDataAccess.objects.get()) == "2026-11-20 12:00 lee orders_tab"
