import io

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from amazon_channel.models import DocumentSettings, SellerAccount
from amazon_channel.queries import style_of
from tests.factories import make_account
from tests.staff import SignIn

pytestmark = pytest.mark.django_db

CHOSEN = {"language": "sv", "page_size": "a4"}


@pytest.fixture
def manager(sign_in: SignIn) -> Client:
    return sign_in("amazon_channel.view_selleraccount", "amazon_channel.change_selleraccount")


def picture(width: int = 2000, height: int = 500, *, format: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(
        file, format, **({"exif": b"Exif\0\0secret"} if format == "JPEG" else {})
    )
    return file.getvalue()


def send(client: Client, account: SellerAccount, content: bytes | None = None, **fields: str):
    logo = {"logo": SimpleUploadedFile("logo.png", content)} if content is not None else {}
    address = f"/admin/amazon_channel/selleraccount/{account.pk}/documents/"
    return client.post(address, CHOSEN | fields | logo)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_logo_is_drawn_anew_small_enough_to_print(manager: Client, format: str) -> None:
    account = make_account()

    assert send(manager, account, picture(format=format)).status_code == 302

    row = DocumentSettings.objects.get(account=account)
    with Image.open(io.BytesIO(bytes(row.logo))) as stored:
        assert (stored.format, stored.size) == ("PNG", (900, 225))
    assert (row.language, row.page_size) == ("sv", "a4")
    assert b"secret" not in bytes(row.logo)
    assert LogEntry.objects.count() == 1
    send(manager, account, removes_logo="on")
    row.refresh_from_db()
    assert bytes(row.logo) == b""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no picture", "This picture cannot be printed."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "This picture cannot be printed."),
        (picture()[:200], "This picture cannot be printed."),
        (b"\x89PNG" + bytes(2 * 2**20), "The logo is larger than 2 MB."),
        (picture(20_000, 1_001), "The logo has too many pixels."),
    ],
)
def test_what_is_no_logo_is_refused_and_changes_nothing(manager: Client, content: bytes, words: str) -> None:
    account = make_account()

    assert words in send(manager, account, content).content.decode()

    assert not DocumentSettings.objects.exists()


@pytest.mark.parametrize("fields", [{"language": "xx"}, {"page_size": "a3"}])
def test_choices_that_there_are_not_are_refused(manager: Client, fields: dict[str, str]) -> None:
    assert send(manager, make_account(), **fields).status_code == 200
    assert not DocumentSettings.objects.exists()


@pytest.mark.parametrize(
    ("region", "marketplace", "usual"),
    [
        ("na", "ATVPDKIKX0DER", ("en", "letter")),
        ("eu", "A1PA6795UKMFR9", ("de", "a4")),
        ("eu", "A2NODRKZP88ZB9", ("sv", "a4")),
        ("fe", "A1VC38T7YXB528", ("en", "a4")),
    ],
)
def test_until_somebody_chooses_documents_are_as_usual_where_the_account_sells(
    region: str, marketplace: str, usual: tuple[str, str]
) -> None:
    style = style_of(make_account(region=region, marketplaces=(marketplace,)))

    assert (style.language, style.page_size) == usual


def test_documents_are_set_by_those_who_may_change_the_account(sign_in: SignIn) -> None:
    assert send(sign_in("amazon_channel.view_selleraccount"), make_account()).status_code == 403
    assert not DocumentSettings.objects.exists()
