"""Pictures of every page, light and dark, wide and narrow; run by ``tests.browser.screenshots``."""

import os
from pathlib import Path

import pytest

from tests.browser.all_pages import all_pages
from tests.browser.conftest import OpenPage, sign_in
from tests.browser.furnished import PASSWORD, furnish


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_pictures(open_page: OpenPage) -> None:
    directory = Path(os.environ["SCREENSHOTS"])
    wanted = {name for name in os.environ["SCREENSHOT_PAGES"].split(",") if name}
    pages = all_pages(furnish())
    for width in (1280, 390):
        for scheme in ("light", "dark"):
            page = open_page(width=width, scheme=scheme)
            page.goto("/admin/login/")
            page.screenshot(path=directory / f"login-{width}-{scheme}.png")
            sign_in(page, username="dana", password=PASSWORD)
            for name, address in pages.items():
                if not wanted or name in wanted:
                    page.goto(address, wait_until="networkidle")
                    page.screenshot(path=directory / f"{name}-{width}-{scheme}.png", full_page=True)
