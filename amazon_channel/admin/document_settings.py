"""The page on which an account's documents get their language, paper and logo."""

import base64
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminFileFieldWidget

from amazon_channel.models import SellerAccount
from amazon_channel.models.documents import PageSize
from amazon_channel.queries import style_of
from amazon_channel.services.document_settings import DocumentSettingsRefused, change_document_settings
from commerce_orders.admin.entry_forms import INPUT
from project.listing import BackOfficeAdmin


class DocumentSettingsForm(forms.Form):
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES, widget=forms.Select(INPUT))
    page_size = forms.ChoiceField(label=gettext_lazy("Paper"), choices=PageSize, widget=forms.Select(INPUT))
    logo = forms.FileField(
        label=gettext_lazy("Logo"),
        required=False,
        widget=UnfoldAdminFileFieldWidget({"accept": "image/png,image/jpeg,image/webp,image/gif"}),
        help_text=gettext_lazy("PNG or JPEG, at most 2 MB. Without one the name of the account is printed."),
    )
    removes_logo = forms.BooleanField(label=gettext_lazy("Print no logo"), required=False)


def show_document_settings(page: BackOfficeAdmin, request: HttpRequest, account: SellerAccount) -> HttpResponse:
    style = style_of(account)
    initial: dict[str, Any] = {"language": style.language, "page_size": style.page_size}
    form = DocumentSettingsForm(request.POST or None, request.FILES or None, initial=initial)
    if form.is_valid():
        logo = form.cleaned_data["logo"]
        try:
            change_document_settings(
                account=account,
                language=form.cleaned_data["language"],
                page_size=form.cleaned_data["page_size"],
                logo=logo.file if logo else None,
                removes_logo=form.cleaned_data["removes_logo"],
            )
        except DocumentSettingsRefused as refusal:
            form.add_error(refusal.field, refusal.detail)
        else:
            page.log_change(request, account, [{"changed": {"fields": form.changed_data}}])
            page.message_user(request, _("Saved. The next packing slip looks like this."), messages.SUCCESS)
            address = reverse("admin:amazon_channel_selleraccount_documents", args=[account.pk])
            return HttpResponseRedirect(address)
    return page.render_page(
        request,
        "admin/amazon_channel/selleraccount/documents.html",
        title=_("Documents of %(account)s") % {"account": account.name},
        original=account,
        form=form,
        logo=f"data:image/png;base64,{base64.b64encode(style.logo).decode()}" if style.logo else "",
    )
