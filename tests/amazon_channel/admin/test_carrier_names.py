import pytest
from django.test import Client

from amazon_channel.models import CarrierSpelling
from amazon_channel.queries import carrier_books
from amazon_channel.services.carrier_names import CarrierNameRefused, save_carrier_name
from tests.factories import make_account, make_amazon_order
from tests.staff import SignIn

pytestmark = pytest.mark.django_db

NAMES = "/admin/amazon_channel/carrierspelling/"
DE, US = "A1PA6795UKMFR9", "ATVPDKIKX0DER"


@pytest.fixture
def manager(sign_in: SignIn) -> Client:
    return sign_in(*(f"amazon_channel.{verb}_carrierspelling" for verb in ("view", "add", "change", "delete")))


def found(spelling: str, marketplace_id: str = US) -> str:
    order = make_amazon_order(marketplace_id=marketplace_id).commerce_order
    assert order
    carrier = carrier_books([order])[order.pk].find(spelling)
    return carrier.code if carrier else ""


@pytest.mark.parametrize(
    ("spelling", "marketplace_id", "code"),
    [
        ("usps", US, "USPS"),
        ("U.S. Postal Service", US, "USPS"),
        ("ＵＰＳ", US, "UPS"),
        ("DHL Paket", DE, "DHL"),
        ("dhl-paket", US, "DHL"),
        ("usps", DE, ""),
        ("ヤマト運輸", "A1VC38T7YXB528", "YAMATO"),
        ("sagawa express", "A1VC38T7YXB528", "SAGAWA"),
        ("中国邮政", US, "China Post"),
        ("", US, ""),
        ("...", US, ""),
        ("Pigeon", US, ""),
    ],
)
def test_usual_spellings_are_known_where_amazon_takes_the_carrier(
    spelling: str, marketplace_id: str, code: str
) -> None:
    assert found(spelling, marketplace_id) == code


def test_a_name_for_one_marketplace_counts_before_one_for_all(manager: Client) -> None:
    for marketplace_id, code in (("", "UPS"), (DE, "GLS")):
        data = {"spelling": " Our  van ", "carrier_code": code, "marketplace_id": marketplace_id}
        assert manager.post(f"{NAMES}add/", data).status_code == 302

    assert (found("our van"), found("OUR-VAN", DE)) == ("UPS", "GLS")
    assert CarrierSpelling.objects.filter(spelling="Our van", folded="ourvan").count() == 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"spelling": "…"}, "at least one of them a letter or digit"),
        ({"carrier_code": "Hermes"}, "Amazon does not accept the carrier Hermes there."),
        ({"spelling": "the VAN"}, "There is already a carrier for this name."),
    ],
)
def test_a_name_that_cannot_be_is_refused_in_words(manager: Client, data: dict[str, str], words: str) -> None:
    save_carrier_name(spelling="The van", marketplace_id=US, carrier_code="UPS")

    response = manager.post(f"{NAMES}add/", {"spelling": "Truck", "carrier_code": "UPS", "marketplace_id": US} | data)

    assert words in response.content.decode()
    assert CarrierSpelling.objects.count() == 1


def test_the_same_name_stored_at_once_by_two_is_refused_once() -> None:
    name = save_carrier_name(spelling="Van", marketplace_id="", carrier_code="UPS")

    with pytest.raises(CarrierNameRefused) as refused:
        save_carrier_name(spelling="van", marketplace_id="", carrier_code="DHL")

    assert refused.value.field == "spelling"
    assert save_carrier_name(spelling="VAN", marketplace_id="", carrier_code="DHL", name=name).carrier_code == "DHL"


@pytest.mark.parametrize("rows", [1, 3])
def test_books_of_many_orders_take_two_queries(rows: int, django_assert_num_queries) -> None:
    account = make_account()
    orders = [make_amazon_order(account=account).commerce_order for _ in range(rows)]

    with django_assert_num_queries(2):
        carrier_books(orders)  # type: ignore[arg-type]


def test_the_list_says_where_a_name_counts(manager: Client) -> None:
    save_carrier_name(spelling="Van", marketplace_id="", carrier_code="UPS")
    save_carrier_name(spelling="Van", marketplace_id=DE, carrier_code="GLS")

    shown = manager.get(NAMES).content.decode()

    assert ("All marketplaces" in shown, "Amazon.de" in shown) == (True, True)


def test_a_new_name_begins_with_no_carrier(manager: Client) -> None:
    form = manager.get(f"{NAMES}add/").context["adminform"].form
    answer = manager.post(f"{NAMES}add/", {"spelling": "our van", "carrier_code": "", "marketplace_id": ""})

    assert form.fields["carrier_code"].choices[0] == ("", "Choose a carrier")
    assert answer.context["errors"] == [["This field is required."]]
    assert not CarrierSpelling.objects.exists()
