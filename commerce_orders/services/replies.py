"""The first answers to repeatable writes of the REST interface, kept to be given again."""

from datetime import datetime

from django.db import IntegrityError, transaction

from commerce_orders.models import ApiToken, IdempotentReply

NOT_ANSWERED_YET = 0


def claim_reply(*, token: ApiToken, key: str, request_digest: str, now: datetime) -> IdempotentReply:
    """Our own new row with the status ``NOT_ANSWERED_YET``, or the finished one of an earlier request.

    Call it first in the transaction of the write. A second request with the key waits here, for the unique index
    (PostgreSQL) or for the write lock (SQLite), until the first has committed or given up.
    """
    try:
        with transaction.atomic():
            return IdempotentReply.objects.create(
                token=token, key=key, request_digest=request_digest, status_code=NOT_ANSWERED_YET, created_at=now
            )
    except IntegrityError:
        return IdempotentReply.objects.get(token=token, key=key)


def find_reply(*, token: ApiToken, key: str) -> IdempotentReply | None:
    """The finished reply to an earlier request with the key."""
    return IdempotentReply.objects.filter(token=token, key=key).first()


def forget_replies(*, older_than: datetime) -> int:
    """Delete the replies kept since before ``older_than``; returns how many."""
    return IdempotentReply.objects.filter(created_at__lt=older_than).delete()[0]
