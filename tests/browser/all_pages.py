"""Every page of the back office that somebody signed in can open."""

from django.contrib.auth.models import Group
from django.utils import timezone

from amazon_channel.models import CarrierSpelling
from commerce_orders.models import DocumentJob
from commerce_orders.models.documents import DocumentKind
from customers.models import PersonalDataAccess
from tests.browser.furnished import Shop


def all_pages(shop: Shop) -> dict[str, str]:
    """The shop's main pages and those beside them: address by name. Makes what they show."""
    now = timezone.now()
    look = PersonalDataAccess.objects.create(at=now, actor="dana", purpose="order", contacts_seen=1)
    spelling = CarrierSpelling.objects.create(spelling="our van", carrier_code="UPS")
    job = DocumentJob.objects.create(
        kind=DocumentKind.PACKING_SLIPS, order_ids=[1, 2], user=shop.user, done=2,
        requested_at=now, progressed_at=now, finished_at=now,
    )  # fmt: skip
    job.parts.create(first=0, content=b"%PDF-1.7")
    more = {
        "carrier-name": f"/admin/amazon_channel/carrierspelling/{spelling.pk}/change/",
        "packing-slips": f"/admin/commerce_orders/order/documents/{job.pk}/",
        "documents": f"/admin/amazon_channel/selleraccount/{shop.to_ship.account.pk}/documents/",
        "history": f"/admin/auth/user/{shop.user.pk}/history/",
        "user-add": "/admin/auth/user/add/",
        "user-password": f"/admin/auth/user/{shop.user.pk}/password/",
        "groups": "/admin/auth/group/",
        "group": f"/admin/auth/group/{Group.objects.create(name='Clerks').pk}/change/",
        "look": f"/admin/customers/personaldataaccess/{look.pk}/change/",
        "group-add": "/admin/auth/group/add/",
        "own-password": "/admin/password_change/",
        "app": "/admin/commerce_orders/",
    }
    return shop.pages() | more
