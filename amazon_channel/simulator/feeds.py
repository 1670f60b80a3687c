"""Feeds and their documents as the simulated Amazon holds them, and how a feed is worked off."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from .acknowledgements import Result, UnreadableFeed, carry_out, read_messages
from .processing_reports import write_rejection, write_report
from .timestamps import write_timestamp
from .world import World

Json = dict[str, Any]

ORDER_ACKNOWLEDGEMENT = "POST_ORDER_ACKNOWLEDGEMENT_DATA"
IN_QUEUE, IN_PROGRESS, DONE, CANCELLED, FATAL = "IN_QUEUE", "IN_PROGRESS", "DONE", "CANCELLED", "FATAL"
STATUSES = (CANCELLED, DONE, FATAL, IN_PROGRESS, IN_QUEUE)


@dataclass(slots=True)
class Document:
    id: str
    seller: str
    content_type: str
    content: bytes | None = None  # None: nothing was uploaded
    is_compressed: bool = False


@dataclass(frozen=True, slots=True)
class Fate:
    """How a feed goes: `kind` is a fault's, or empty where all goes well."""

    delay: timedelta
    gzip: bool = False
    checks_merchant: bool = False
    kind: str = ""
    after_effect: bool = False


@dataclass(slots=True)
class Feed:
    id: str
    seller: str
    type: str
    marketplace_ids: tuple[str, ...]
    document_id: str
    created_at: datetime
    fate: Fate
    status: str = IN_QUEUE
    started_at: datetime | None = None
    ended_at: datetime | None = None
    result_document_id: str | None = None
    results: list[Result] = field(default_factory=list)

    def as_json(self) -> Json:
        """Amazon's Feed."""
        times = {"processingStartTime": self.started_at, "processingEndTime": self.ended_at}
        written: Json = {
            "feedId": self.id,
            "feedType": self.type,
            "marketplaceIds": list(self.marketplace_ids),
            "createdTime": write_timestamp(self.created_at),
            "processingStatus": self.status,
        }
        written |= {name: write_timestamp(at) for name, at in times.items() if at is not None}
        if self.result_document_id is not None:
            written["resultFeedDocumentId"] = self.result_document_id
        return written

    def truth(self) -> Json:
        """The feed with what became of each message, for the control side."""
        return self.as_json() | {
            "seller": self.seller,
            "messages": [
                {
                    "messageId": result.message.id,
                    "amazonOrderId": result.message.order_id,
                    "statusCode": result.message.status_code,
                    "code": result.code,
                    "description": result.description,
                }
                for result in self.results
            ],
        }


class Feeds:
    def __init__(self, world: World) -> None:
        self._world = world
        self._documents: dict[str, Document] = {}
        self._feeds: dict[str, Feed] = {}
        self._changed: dict[str, Document | Feed] = {}

    def new_document(self, seller: str, content_type: str, content: bytes | None = None) -> Document:
        number = len(self._documents) + 1
        document = Document(f"amzn1.tortuga.4.na.{number:08d}-{seller}", seller, content_type, content)
        self._documents[document.id] = self._changed[document.id] = document
        return document

    def upload(self, document: Document, content: bytes) -> None:
        document.content = content
        self._changed[document.id] = document

    def document(self, document_id: str) -> Document | None:
        return self._documents.get(document_id)

    def create(self, seller: str, kind: str, marketplace_ids: tuple[str, ...], document: Document, fate: Fate) -> Feed:
        """Take a feed in. It is begun after half of the delay and done after the whole."""
        now = self._world.clock.now()
        feed = Feed(str(50_000_000_000 + len(self._feeds) + 1), seller, kind, marketplace_ids, document.id, now, fate)
        self._changed[feed.id] = feed
        self.take_back(feed)
        self._world.settle()
        return feed

    def take_back(self, feed: Feed) -> None:
        """Hold the feed, as it is or was before, and let happen to it what has not happened yet."""
        self._feeds[feed.id] = feed
        if feed.status == IN_QUEUE:
            self._world.after(feed.created_at + feed.fate.delay / 2, partial(self._begin, feed))
        if feed.ended_at is None and feed.fate.kind not in {"feed_stuck", "feed_cancelled"}:
            self._world.after(feed.created_at + feed.fate.delay, partial(self._work_off, feed))

    def take_back_document(self, document: Document) -> None:
        self._documents[document.id] = document

    def take_changed(self) -> list[Document | Feed]:
        """The documents and feeds that changed since this was asked last."""
        changed = list(self._changed.values())
        self._changed.clear()
        return changed

    def feed(self, feed_id: str, seller: str) -> Feed | None:
        feed = self._feeds.get(feed_id)
        return feed if feed and feed.seller == seller else None

    def listed(self) -> Iterator[Feed]:
        """Newest first."""
        return reversed(self._feeds.values())

    def _begin(self, feed: Feed, moment: datetime) -> None:
        self._changed[feed.id] = feed
        if feed.fate.kind == "feed_cancelled":
            feed.status, feed.ended_at = CANCELLED, moment
        else:
            feed.status, feed.started_at = IN_PROGRESS, moment

    def _work_off(self, feed: Feed, moment: datetime) -> None:
        document, fate = self._documents[feed.document_id], feed.fate
        self._changed[feed.id] = feed
        feed.ended_at = moment
        if fate.kind == "feed_fatal" and not fate.after_effect:
            feed.status = FATAL
            return
        try:
            if document.content is None:
                raise UnreadableFeed("The feed document was not uploaded")
            messages = read_messages(document.content, feed.seller if fate.checks_merchant else None)
        except UnreadableFeed as unreadable:
            feed.status = FATAL
            self._report(feed, write_rejection(feed.id, feed.seller, str(unreadable)))
            return
        if fate.kind == "feed_half_done":
            messages = messages[: len(messages) // 2]
        feed.results = carry_out(self._world, feed.seller, messages)
        feed.status = FATAL if fate.kind == "feed_fatal" else DONE
        if fate.kind not in {"feed_fatal", "feed_without_result"}:
            self._report(feed, write_report(feed.id, feed.seller, feed.results))

    def _report(self, feed: Feed, report: bytes) -> None:
        document = self.new_document(feed.seller, "text/xml; charset=UTF-8", report)
        if feed.fate.gzip:
            document.content, document.is_compressed = gzip.compress(report), True
        feed.result_document_id = document.id
