"""Every page of the back office that somebody signed in can open."""

from django.contrib.auth.models import Group
from django.utils import timezone

from amazon_channel.models import CarrierSpelling
from customers.models import PersonalDataAccess
from tests.browser.furnished import Shop


def all_pages(shop: Shop) -> dict[str, str]:
    """The shop's main pages and those beside them: address by name. Makes what they show."""
    look = PersonalDataAccess.objects.create(at=timezone.now(), actor="dana", purpose="order", contacts_seen=1)
    spelling = CarrierSpelling.objects.create(spelling="our van", carrier_code="UPS")
    more = {
        "carrier-name": f"/admin/amazon_channel/carrierspelling/{spelling.pk}/change/",
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
