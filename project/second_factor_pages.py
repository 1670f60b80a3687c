"""The pages that ask for a second factor, set it up and take it away; each in the frame of the admin."""

from typing import Any

import segno
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.debug import sensitive_post_parameters

from commerce_orders.admin.entry_forms import INPUT
from project import second_factor
from project.second_factor import CodeRefused


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        widget=forms.TextInput(
            {**INPUT, "autocomplete": "one-time-code", "inputmode": "text", "autofocus": True, "spellcheck": "false"}
        ),
        help_text=gettext_lazy("Six digits of your authenticator app, or one of your recovery codes."),
    )

    def __init__(self, *args: Any, is_set_up: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_set_up:  # and so without recovery codes
            self.fields["code"].help_text = _("The six digits that the app shows now.")

    def refuse(self) -> None:
        self.add_error(
            "code", _("This code is not valid. Wait for the next one; after several wrong codes, wait longer.")
        )


@sensitive_post_parameters("code")
def ask(request: HttpRequest) -> HttpResponse:
    """After the password, before anything else."""
    if request.session.get(second_factor.KEY) != second_factor.ASKED:
        return redirect("admin:index")
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            second_factor.pass_second_factor(request=request, code=form.cleaned_data["code"])
        except CodeRefused:
            form.refuse()
        else:
            return HttpResponseRedirect(_next(request))
    return _page(request, "back_office/second_factor.html", title=_("Second factor"), form=form)


@sensitive_post_parameters("code")
def set_up(request: HttpRequest) -> HttpResponse:
    """One's own second factor: on, with recovery codes shown once; those anew; or off. Each takes a code."""
    is_on = second_factor.has_second_factor(request.user)
    is_demanded = second_factor.is_demanded(request.user)
    doors = {"codes": _renew_codes} | ({} if is_demanded else {"remove": _switch_off})
    act = (doors if is_on else {"confirm": _switch_on}).get(request.POST.get("action", ""))
    form = CodeForm(request.POST if act else None, is_set_up=is_on)
    codes: list[str] = []
    if act and form.is_valid():
        try:
            codes = act(request, form.cleaned_data["code"])
        except CodeRefused:
            form.refuse()
        else:
            if not codes:
                return redirect("admin:second_factor_set_up")
            is_on = True
    context = {"is_on": is_on, "is_demanded": is_demanded, "codes": codes, "form": form, "next": _next(request)}
    if not is_on:
        context |= _first_steps(request)
    return _page(request, "back_office/second_factor_set_up.html", title=_("Second factor"), **context)


def _switch_on(request: HttpRequest, code: str) -> list[str]:
    codes = second_factor.finish_set_up(request=request, code=code)
    _log(request, gettext_noop("Second factor set up."))
    return codes


def _renew_codes(request: HttpRequest, code: str) -> list[str]:
    codes = second_factor.renew_recovery_codes(user=request.user, code=code)
    _log(request, gettext_noop("New recovery codes created."))
    return codes


def _switch_off(request: HttpRequest, code: str) -> list[str]:
    second_factor.switch_off(request=request, code=code)
    _log(request, gettext_noop("Second factor removed."))
    messages.success(request, _("The second factor is off. You now log in with your password alone."))
    return []


def _first_steps(request: HttpRequest) -> dict[str, Any]:
    """The app's key, as a picture and as text."""
    device = second_factor.begin_set_up(request.user)
    picture = segno.make(device.config_url).svg_data_uri(scale=4, border=2, light="white")
    return {"picture": picture, "secret": _in_groups(device.config_url)}


def _log(request: HttpRequest, words: str) -> None:
    """For the page of changes: whoever finds a session open can do this too."""
    LogEntry.objects.log_actions(request.user.pk, [request.user], CHANGE, change_message=words, single_object=True)  # type: ignore[call-overload]


def _page(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    return TemplateResponse(request, template, admin.site.each_context(request) | context)


def _next(request: HttpRequest) -> str:
    address = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if is_ours else reverse("admin:index")


def _in_groups(config_url: str) -> str:
    """The key as people type it off a screen."""
    key = config_url.partition("secret=")[2].partition("&")[0]
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))
