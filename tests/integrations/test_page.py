"""Every example of docs/integrations.md, run from top to bottom as it stands there."""

import re
import shutil
import subprocess
import sys

import pytest
from django.conf import settings

from commerce_orders.models import Order, WebhookEndpoint
from commerce_orders.models.tokens import Scope
from commerce_orders.services.webhooks.sending import RETRIES
from commerce_orders.states import WebhookEventType
from tests.free_port import free_port
from tests.integrations.conftest import EXAMPLES, PATIENCE, packages_at_amazon, wait_until

PAGE = settings.BASE_DIR / "docs" / "integrations.md"
PORT = "9100"  # of the receiver, in the page
VENV_PYTHON = "../../.venv/bin/python"
EXAMPLE = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PRINTED = re.compile(r"^# → (.*)$", re.MULTILINE)
needs_tools = pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl", "jq"))), reason="The examples need bash, curl and jq"
)


def examples():
    """Language and text of each, in the order of the page. `console` is what needs a terminal of its own."""
    return EXAMPLE.findall(PAGE.read_text())


def script(folder, *, port):
    """All of them for one shell, in which what one example sets is there for the next."""
    lines = ["set -eu -o pipefail"]
    for position, (language, text) in enumerate(examples()):
        if language == "python":
            (folder / f"{position}.py").write_text(text)
            text = f"{VENV_PYTHON} {folder / f'{position}.py'}"
        lines.append(text)
    return "\n".join(lines).replace(PORT, port).replace(VENV_PYTHON, sys.executable)


@needs_tools
def test_every_example_does_what_the_page_says(site):
    placed = [site.shop.place() for _ in range(3)]
    wait_until(lambda: Order.objects.count() == 3)
    (site.folder / "docs").symlink_to(PAGE.parent)
    port = str(free_port())

    ran = subprocess.run(
        ["bash", "-c", script(site.folder, port=port)],
        cwd=site.folder,
        env=site.environment(WEBHOOK_PORT=port),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
    )

    assert ran.returncode == 0, ran.stdout
    position = 0
    for printed in PRINTED.findall(PAGE.read_text()):
        found = ran.stdout.find(printed, position)
        assert found >= 0, f"{printed} is missing from: {ran.stdout[position:]}"
        position = found + len(printed)
    orders = {order.channel_order_id: order for order in Order.objects.all()}
    assert [order.external_number for order in orders.values()] == [f"SO-{order.number}" for order in orders.values()]
    assert [orders[number].status for number in placed] == ["complete", "complete", "processing"]
    assert "99 404 There is no order with this number." in ran.stdout
    assert not WebhookEndpoint.objects.exists()
    wait_until(lambda: packages_at_amazon(site.shop)[placed[1]])
    assert packages_at_amazon(site.shop) == {
        placed[0]: ["JD014600003521234567"],
        placed[1]: ["JD0146000035299"],
        placed[2]: [],
    }


def test_page_names_every_scope_and_event():
    text = PAGE.read_text()

    assert [name for name in (*Scope.values, *WebhookEventType.values) if f"`{name}`" not in text] == []


def test_page_names_every_wait_before_a_message_is_sent_again():
    seconds = [wait.total_seconds() for wait in RETRIES]

    assert seconds == [5, 5 * 60, 30 * 60, *(hours * 3600 for hours in (2, 5, 10, 14, 20, 24))]
    assert "after 5 seconds, 5 and 30 minutes, 2, 5, 10, 14, 20 and 24 hours" in " ".join(PAGE.read_text().split())


def test_page_leads_to_files_that_are_there():
    links = re.findall(r"\]\(([^)#]+)\)", PAGE.read_text())

    assert [link for link in links if not link.startswith("https://") and not (PAGE.parent / link).exists()] == []
    assert {path.name for path in EXAMPLES.glob("*.py")} <= {link.rpartition("/")[2] for link in links}
