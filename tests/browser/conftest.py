"""A real Chromium in front of the running site."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str | None:
    return os.environ.get("CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    executable = find_chromium()
    if executable is None:
        pytest.skip(f"No Chromium found: set CHROMIUM to its path, or install one of {', '.join(NAMES)}")
    # Playwright's loop lives in this thread, in which the tests also use the database.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Console:
    """What the browser complained about: errors, content policy violations, failed requests."""

    def __init__(self) -> None:
        self.complaints: list[str] = []

    def watch(self, page: Page) -> None:
        page.on(
            "console",
            lambda message: self.complaints.append(message.text) if message.type in {"error", "warning"} else None,
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("requestfailed", self.note_failure)

    def note_failure(self, request: Request) -> None:
        # A test that goes on before the last picture is there takes it back itself; nothing failed.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"failed: {request.url} {request.failure}")


OpenPage = Callable[..., Page]


@pytest.fixture
def console() -> Console:
    return Console()


@pytest.fixture
def open_page(chromium: Browser, live_server: Any, console: Console) -> Iterator[OpenPage]:
    """``open_page(width=390, scheme="dark")``: a page of a fresh browser profile at the site's address."""
    contexts: list[BrowserContext] = []

    def open_one(*, width: int = 1280, height: int = 900, scheme: Any = "light") -> Page:
        context = chromium.new_context(
            base_url=live_server.url, viewport={"width": width, "height": height}, color_scheme=scheme, locale="en-US"
        )
        contexts.append(context)
        page = context.new_page()
        console.watch(page)
        return page

    yield open_one
    for context in contexts:
        context.close()


def sign_in(page: Page, *, username: str, password: str) -> None:
    page.goto("/admin/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/")
