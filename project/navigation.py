"""The sidebar: only what the reader may open."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from commerce_orders.admin.problems import count_all_visible, count_in_words, visible_sources


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    groups = [
        ("", [(_("Overview"), "space_dashboard", "admin:index", "")]),
        (
            _("Orders"),
            [
                (
                    _("Amazon orders"),
                    "shopping_bag",
                    "admin:amazon_channel_amazonorder_changelist",
                    "amazon_channel.view_amazonorder",
                ),
                (
                    _("Commerce orders"),
                    "receipt_long",
                    "admin:commerce_orders_order_changelist",
                    "commerce_orders.view_order",
                ),
                (
                    _("Ship from a file"),
                    "upload_file",
                    "admin:commerce_orders_shipmentupload_changelist",
                    "commerce_orders.ship_order",
                ),
                (_("Customers"), "person", "admin:customers_customer_changelist", "customers.view_customer"),
                (
                    _("Products"),
                    "inventory_2",
                    "admin:commerce_orders_product_changelist",
                    "commerce_orders.view_product",
                ),
                (
                    _("Completeness"),
                    "fact_check",
                    "admin:amazon_channel_reconciliation_changelist",
                    "amazon_channel.view_syncrun",
                ),
            ],
        ),
        (
            _("Set-up"),
            [
                (
                    _("Seller accounts"),
                    "storefront",
                    "admin:amazon_channel_selleraccount_changelist",
                    "amazon_channel.view_selleraccount",
                ),
                (
                    _("Order settings"),
                    "tune",
                    "admin:amazon_channel_ordersettings_changelist",
                    "amazon_channel.view_ordersettings",
                ),
                (
                    _("Carrier names"),
                    "local_shipping",
                    "admin:amazon_channel_carrierspelling_changelist",
                    "amazon_channel.view_carrierspelling",
                ),
                (_("API tokens"), "key", "admin:commerce_orders_apitoken_changelist", "commerce_orders.view_apitoken"),
                (
                    _("Webhooks"),
                    "webhook",
                    "admin:commerce_orders_webhookendpoint_changelist",
                    "commerce_orders.view_webhookendpoint",
                ),
            ],
        ),
        (
            _("Access"),
            [
                (
                    _("Personal data access"),
                    "visibility",
                    "admin:customers_personaldataaccess_changelist",
                    "customers.view_personaldataaccess",
                ),
                (_("Changes"), "history", "admin:changes", "project.view_auditentry"),
                (_("Users"), "group", "admin:auth_user_changelist", "auth.view_user"),
                (_("Groups"), "badge", "admin:auth_group_changelist", "auth.view_group"),
            ],
        ),
    ]
    shown: list[dict[str, Any]] = [
        {"title": title, "items": [_item(request, *item) for item in items if _may_open(request, item[3])]}
        for title, items in groups
        if any(_may_open(request, item[3]) for item in items)
    ]
    if visible_sources(request.user):
        shown[0]["items"].append(_problems(request))
    return shown


def _problems(request: HttpRequest) -> dict[str, Any]:
    count = count_all_visible(request)
    item = _item(request, _("Problems"), "report", "admin:problems", "")
    return item | {"badge": count_in_words(count)} if count else item


def _may_open(request: HttpRequest, permission: str) -> bool:
    return not permission or request.user.has_perm(permission)


def _item(request: HttpRequest, title: str, icon: str, address: str, permission: str) -> dict[str, Any]:
    link = reverse(address)
    is_index = address == "admin:index"
    active = request.path == link if is_index else request.path.startswith(link)
    return {"title": title, "icon": icon, "link": link, "active": active}
