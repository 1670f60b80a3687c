"""Every page by axe-core, the rules of WCAG as a program checks them: light, dark, and on a phone."""

from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.db import connection
from playwright.sync_api import Page

from tests.browser.all_pages import all_pages
from tests.browser.conftest import Console, OpenPage, sign_in
from tests.browser.furnished import PASSWORD, furnish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
SHARES = 2  # for as many processes
AGAIN = ["color-contrast", "link-in-text-block", "button-name", "link-name", "label", "scrollable-region-focusable"]
# What hides behind a click is read too. Colours that fade in are at their end.
UNFOLD = "document.querySelectorAll('main details').forEach(part => part.open = true)"
PAINT = """scheme => {
    document.documentElement.classList.toggle('dark', scheme === 'dark');
    document.getAnimations().forEach(each => each.finish());
}"""
# Scripts of the page hear of a new width with the next frame.
SETTLE = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
FAULTS = """async rules => {
    const { violations } = await axe.run({ resultTypes: ['violations'], ...(rules.length && { runOnly: rules }) });
    return violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => [id, target.join(' '), failureSummary]));
}"""


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


def look(page: Page) -> dict[str, Any]:
    """What is wrong with the page that is open, by where it shows; axe comes by the debugger, whatever the page allows.

    On a phone and in the dark only what may differ there is looked at again: colours, names and what scrolls.
    """
    page.evaluate(AXE_SCRIPT)
    page.evaluate(UNFOLD)
    page.evaluate(PAINT, "light")
    found = {"wide": page.evaluate(FAULTS, []), "wide scrolls": overflow(page)}
    page.evaluate(PAINT, "dark")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.evaluate(SETTLE)
    found |= {"dark phone": page.evaluate(FAULTS, AGAIN), "phone scrolls": overflow(page)}
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    return {where: what for where, what in found.items() if what}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="pages look the same on every database")
@pytest.mark.parametrize("share", range(SHARES))
def test_axe_finds_nothing_serious_on_any_page(share: int, open_page: OpenPage, console: Console) -> None:
    pages = dict(list(all_pages(furnish()).items())[share::SHARES])
    page = open_page(**WIDE)
    page.goto("/admin/login/")
    found = {"sign-in": look(page)}
    sign_in(page, username="dana", password=PASSWORD)

    for name, address in pages.items():
        response = page.goto(address)
        assert response and response.status == 200, name
        found[name] = look(page)
        assert console.complaints == [], name

    assert "\n".join(f"{name}: {faults}" for name, faults in found.items() if faults) == ""


def test_axe_finds_what_is_wrong(open_page: OpenPage) -> None:
    """The control: faults put into a page of ours, each seen where it shows and nowhere else."""
    furnish()
    page = open_page(**WIDE)
    sign_in(page, username="dana", password=PASSWORD)
    page.evaluate(
        """() => document.querySelector('#content').insertAdjacentHTML('beforeend',
            `<p id="faint" class="text-base-400">Faint in the light</p>
             <p id="dark" class="text-base-700">Faint in the dark</p>
             <input id="nameless"><p class="whitespace-nowrap">${"Broad ".repeat(20)}</p>`)"""
    )

    found = look(page)

    assert [fault[:2] for fault in found.pop("wide")] == [["color-contrast", "#faint"], ["label", "#nameless"]]
    assert [fault[:2] for fault in found.pop("dark phone")] == [["color-contrast", "#dark"], ["label", "#nameless"]]
    assert [*found] == ["phone scrolls"]
