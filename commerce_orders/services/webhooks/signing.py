"""The envelope of a message by the Standard Webhooks specification."""

import base64
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

PREFIX = "whsec_"
SECRET_BYTES = 32
USER_AGENT = "commerce-orders-webhooks/1"


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sign(
    *, message_id: str, text: str, signing_secrets: Sequence[str], now: datetime
) -> dict[bytes | str, bytes | str]:
    """The headers of one attempt at ``now``, with a signature for each secret.

    The library takes any time for UTC, so it is given no other.
    """
    at = now.astimezone(UTC)
    return {
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(message_id, at, text) for secret in signing_secrets),
    }
