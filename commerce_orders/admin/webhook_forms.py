"""Forms of webhooks."""

from datetime import UTC, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from commerce_orders.admin.entry_forms import INPUT, RefusableForm
from commerce_orders.services.webhooks.endpoints import (
    FORMER_SECRET_KEPT,
    FORMER_SECRET_KEPT_AT_MOST,
    LONGEST_NAME,
)
from commerce_orders.states import WebhookEventType

HOUR = timedelta(hours=1)


class WebhookForm(RefusableForm):
    name = forms.CharField(
        label=_("Name"),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(INPUT),
        help_text=_("The name of the system that receives the messages."),
    )
    url = forms.CharField(
        label=_("URL"),
        max_length=2000,
        widget=forms.URLInput({**INPUT, "placeholder": "https://erp.example.com/webhooks"}),
        help_text=_("Where messages are sent to. It must be reached from the internet by HTTPS."),
    )
    events = forms.MultipleChoiceField(
        label=_("Events to send"), choices=WebhookEventType, widget=forms.CheckboxSelectMultiple
    )


class RotationForm(RefusableForm):
    former_secret_hours = forms.IntegerField(
        label=_("Keep the present secret valid for (hours)"),
        min_value=0,
        max_value=FORMER_SECRET_KEPT_AT_MOST // HOUR,
        initial=FORMER_SECRET_KEPT // HOUR,
        widget=forms.NumberInput({**INPUT, "class": "bo-input bo-quantity"}),
        help_text=_(
            "Meanwhile, messages carry both signatures. Enter 0 to end it at once, for example if the secret has "
            "leaked."
        ),
    )

    @property
    def keep_former(self) -> timedelta:
        return HOUR * int(self.cleaned_data["former_secret_hours"])


class ReplayForm(RefusableForm):
    since = forms.DateTimeField(label=_("From (UTC)"), widget=forms.DateTimeInput({**INPUT, "type": "datetime-local"}))
    until = forms.DateTimeField(label=_("Until (UTC)"), widget=forms.DateTimeInput({**INPUT, "type": "datetime-local"}))

    def clean(self) -> dict[str, Any]:
        """The labels promise UTC, whatever zone the reader has."""
        return {
            name: value.replace(tzinfo=UTC) if hasattr(value, "replace") else value
            for name, value in self.cleaned_data.items()
        }
