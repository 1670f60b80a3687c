"""The form that asks for the cancellation of an order."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from commerce_orders.admin.entry_forms import INPUT, RefusableForm
from commerce_orders.channels import CancelReason


class CancelForm(RefusableForm):
    prefix = "cancel"
    reason = forms.ChoiceField(label=_("Reason"), widget=forms.Select(INPUT))
    confirmed = forms.BooleanField(
        label=_("Yes, cancel the whole order"),
        error_messages={"required": _("Tick this box to cancel the order.")},
    )

    def __init__(self, *args: Any, reasons: Sequence[CancelReason], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose a reason")),
            *((reason.code, reason.name) for reason in reasons),
        ]
