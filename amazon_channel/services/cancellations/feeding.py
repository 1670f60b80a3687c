"""Feeds within Amazon's budgets: sending one, and reading what became of it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from amazon_channel.gateway.acknowledgements import (
    FEED_TYPE,
    OrderCancellation,
    ProcessingReport,
    read_report,
    write_cancellations,
)
from amazon_channel.gateway.feeds import FeedGateway, FeedReading
from amazon_channel.models import SellerAccount
from amazon_channel.services.access_tokens import SharedToken
from amazon_channel.services.budgets import CREATE_FEED, CREATE_FEED_DOCUMENT, GET_FEED, GET_FEED_DOCUMENT, Budget

Answer = TypeVar("Answer")


class Feeding:
    """The feeds of one account, as one run makes and reads them. Everything raises ``AmazonError``."""

    def __init__(self, account: SellerAccount, *, clock: Callable[[], datetime]) -> None:
        self.gateway = FeedGateway(account.credentials, region=account.region, tokens=SharedToken(account, clock=clock))
        self._account = account
        self._clock = clock
        self._budgets = {
            operation: Budget(account, operation)
            for operation in (CREATE_FEED_DOCUMENT, CREATE_FEED, GET_FEED, GET_FEED_DOCUMENT)
        }

    def send(self, cancellations: Sequence[OrderCancellation], marketplace_ids: Sequence[str]) -> str:
        """Put the cancellations into one feed; its id. After an error it is not known whether Amazon has it."""
        self._budgets[CREATE_FEED].spend(self._clock())  # the scarce one: without it a document is of no use
        place = self._within(CREATE_FEED_DOCUMENT, self.gateway.create_document)
        self.gateway.upload(place, write_cancellations(cancellations, merchant_token=self._account.merchant_token))
        return self._learning(
            CREATE_FEED, lambda: self.gateway.create_feed(FEED_TYPE, place.document_id, marketplace_ids)
        )

    def read(self, feed_id: str) -> FeedReading:
        return self._within(GET_FEED, lambda: self.gateway.get_feed(feed_id))

    def report(self, document_id: str) -> ProcessingReport:
        return read_report(self._within(GET_FEED_DOCUMENT, lambda: self.gateway.get_document(document_id)))

    def _within(self, operation: str, call: Callable[[], tuple[Answer, float | None]]) -> Answer:
        self._budgets[operation].spend(self._clock())
        return self._learning(operation, call)

    def _learning(self, operation: str, call: Callable[[], tuple[Answer, float | None]]) -> Answer:
        budget = self._budgets[operation]
        with budget.heeding(self._clock):
            answer, rate = call()
        budget.learn(rate, self._clock())
        return answer
