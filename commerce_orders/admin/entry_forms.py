"""What forms of the back office share: how a field looks, and where a refusal is shown."""

from typing import Protocol

from django import forms

INPUT = {"class": "bo-input"}


class Mendable(Protocol):
    """A refusal that names the field in which it can be mended, if there is one."""

    detail: str
    field: str


class RefusableForm(forms.Form):
    """A form whose service may refuse what was entered."""

    def show_refusal(self, refusal: Mendable) -> None:
        self.add_error(refusal.field if refusal.field in self.fields else None, refusal.detail)
