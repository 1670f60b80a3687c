"""The operations of Feeds API 2021-06-30, and the storage that their documents go to and come from."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from typing import Any

from . import rejections
from .calls import Call
from .faults import Fault
from .feeds import ORDER_ACKNOWLEDGEMENT, STATUSES, Document, Fate, Feed, Feeds
from .options import Options
from .presigned import NO_SUCH_KEY, UNSIGNED_HEADERS, PresignedAddresses, StorageRefusal
from .replies import Reply, json_reply, storage_refusal
from .sellers import Seller
from .timestamps import read_timestamp
from .world import World

Json = dict[str, Any]

FEED_OPERATIONS = frozenset({"createFeedDocument", "createFeed", "getFeed", "getFeeds", "getFeedDocument"})
_MOST_MARKETPLACES = 25
_LARGEST_PAGE = 100


class FeedOperations:
    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._addresses = PresignedAddresses(f"documents of {seed}".encode())
        self.feeds = Feeds(world)

    def perform(self, call: Call, seller: Seller, fault: Fault | None, options: Options) -> Reply:
        match call.operation:
            case "createFeedDocument":
                return self._create_document(call, seller)
            case "createFeed":
                return self._create_feed(call, seller, fault, options)
            case "getFeed":
                return json_reply(200, self._feed(call.feed_id, seller).as_json())
            case "getFeeds":
                return self._list(call.query, seller)
        return self._get_document(call, seller)

    def transfer(self, call: Call) -> Reply:
        """Upload or download at a presigned address; the address is all that is asked for."""
        assert call.upload is not None
        try:
            return self._transfer(call)
        except StorageRefusal as refusal:
            return storage_refusal(refusal)

    def _transfer(self, call: Call) -> Reply:
        upload, now = call.upload, self._world.clock.now()
        assert upload is not None
        method = "PUT" if call.operation == "uploadFeedDocument" else "GET"
        if upload.foreign_headers:
            raise UNSIGNED_HEADERS
        sent_type = upload.content_type if method == "PUT" else ""
        self._addresses.check(call.query, method, upload.document_id, sent_type, now)
        document = self.feeds.document(upload.document_id)
        if document is None or (method == "GET" and document.content is None):
            raise NO_SUCH_KEY
        if method == "PUT":
            self.feeds.upload(document, upload.content)
            return Reply(200, content_type=None)
        return Reply(200, document.content or b"", document.content_type)

    def _create_document(self, call: Call, seller: Seller) -> Reply:
        content_type = call.body.get("contentType") if isinstance(call.body, dict) else None
        if not isinstance(content_type, str) or not content_type:
            raise rejections.invalid_parameter("contentType is missing or empty.")
        document = self.feeds.new_document(seller.id, content_type)
        url = self._addresses.write(call.address, "PUT", document.id, content_type, self._world.clock.now())
        return json_reply(201, {"feedDocumentId": document.id, "url": url})

    def _create_feed(self, call: Call, seller: Seller, fault: Fault | None, options: Options) -> Reply:
        body = call.body
        if not isinstance(body, dict):
            raise rejections.UNREADABLE_BODY
        marketplace_ids = body.get("marketplaceIds")
        if not isinstance(marketplace_ids, list) or not 1 <= len(marketplace_ids) <= _MOST_MARKETPLACES:
            raise rejections.invalid_parameter(f"marketplaceIds must name 1 to {_MOST_MARKETPLACES} marketplaces.")
        if not all(marketplace_id in seller.marketplace_ids for marketplace_id in marketplace_ids):
            raise rejections.unauthorized()
        if body.get("feedType") != ORDER_ACKNOWLEDGEMENT:
            raise rejections.invalid_parameter(f"Invalid feedType {body.get('feedType')}.")
        document = self._document(body.get("inputFeedDocumentId"), seller)
        fate = Fate(
            delay=timedelta(seconds=options.feed_delay_seconds),
            gzip=options.gzip_feed_reports,
            checks_merchant=options.check_merchant_identifier,
            kind=fault.kind if fault else "",
            after_effect=bool(fault and fault.args.get("after_effect")),
        )
        feed = self.feeds.create(seller.id, ORDER_ACKNOWLEDGEMENT, tuple(marketplace_ids), document, fate)
        return json_reply(202, {"feedId": feed.id})

    def _get_document(self, call: Call, seller: Seller) -> Reply:
        document = self._document(call.document_id, seller)
        url = self._addresses.write(call.address, "GET", document.id, "", self._world.clock.now())
        compression = {"compressionAlgorithm": "GZIP"} if document.is_compressed else {}
        return json_reply(200, {"feedDocumentId": document.id, "url": url, **compression})

    def _list(self, query: dict[str, str], seller: Seller) -> Reply:
        """Newest first. A token stands for the whole query and comes alone."""
        offset = 0
        if token := query.get("nextToken"):
            if set(query) != {"nextToken"}:
                raise rejections.invalid_parameter("nextToken must be the only parameter.")
            query, offset = _read_token(token)
        elif not query.get("feedTypes"):
            raise rejections.invalid_parameter("Either feedTypes or nextToken is required.")
        size = query.get("pageSize", "10")
        if not size.isdecimal() or not 1 <= int(size) <= _LARGEST_PAGE:
            raise rejections.invalid_parameter(f"pageSize must be from 1 to {_LARGEST_PAGE}.")
        matching = [feed for feed in self.feeds.listed() if feed.seller == seller.id and _matches(feed, query)]
        end = offset + int(size)
        reply: Json = {"feeds": [feed.as_json() for feed in matching[offset:end]]}
        if matching[end:]:
            reply["nextToken"] = urlsafe_b64encode(json.dumps([query, end]).encode()).decode()
        return json_reply(200, reply)

    def _feed(self, feed_id: str, seller: Seller) -> Feed:
        feed = self.feeds.feed(feed_id, seller.id)
        if feed is None:
            raise rejections.NOT_FOUND
        return feed

    def _document(self, document_id: Any, seller: Seller) -> Document:
        document = self.feeds.document(document_id) if isinstance(document_id, str) else None
        if document is None or document.seller != seller.id:
            raise rejections.invalid_parameter("The feed document does not exist.")
        return document


def _matches(feed: Feed, query: dict[str, str]) -> bool:
    wanted = {
        name: set(query[name].split(","))
        for name in ("feedTypes", "processingStatuses", "marketplaceIds")
        if query.get(name)
    }
    if not wanted.get("processingStatuses", set()) <= set(STATUSES):
        raise rejections.invalid_parameter(f"processingStatuses can be {', '.join(STATUSES)}.")
    try:
        since, until = (
            read_timestamp(query[name]) if query.get(name) else None for name in ("createdSince", "createdUntil")
        )
    except ValueError as error:
        raise rejections.invalid_parameter(str(error)) from error
    return (
        feed.type in wanted.get("feedTypes", {feed.type})
        and feed.status in wanted.get("processingStatuses", {feed.status})
        and bool(wanted.get("marketplaceIds", set(feed.marketplace_ids)) & set(feed.marketplace_ids))
        and (since is None or feed.created_at >= since)
        and (until is None or feed.created_at <= until)
    )


def _read_token(token: str) -> tuple[dict[str, str], int]:
    try:
        query, offset = json.loads(urlsafe_b64decode(token))
        return dict(query), int(offset)
    except ValueError as error:
        raise rejections.CHANGED_FILTERS from error
