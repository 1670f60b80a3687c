"""The HTTP connections to Amazon, shared by all accounts of a process."""

import functools
import os
import time
from collections.abc import Iterator

import httpx

TIMEOUT = httpx.Timeout(30, connect=10)
TOTAL_SECONDS = 90
LARGEST_REPLY = 64 * 1024 * 1024


class BoundedStream(httpx.SyncByteStream):
    """A reply that must end in time and size; httpx alone only bounds the wait between two bytes."""

    def __init__(self, stream: httpx.SyncByteStream, *, deadline: float, request: httpx.Request) -> None:
        self._stream = stream
        self._deadline = deadline
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._stream:
            size += len(chunk)
            if time.monotonic() > self._deadline:
                raise httpx.ReadTimeout(f"not read within {TOTAL_SECONDS} s", request=self._request)
            if size > LARGEST_REPLY:
                raise httpx.ReadError(f"larger than {LARGEST_REPLY} bytes", request=self._request)
            yield chunk

    def close(self) -> None:
        self._stream.close()


class BoundedTransport(httpx.HTTPTransport):
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        deadline = time.monotonic() + TOTAL_SECONDS
        response = super().handle_request(request)
        assert isinstance(response.stream, httpx.SyncByteStream)
        response.stream = BoundedStream(response.stream, deadline=deadline, request=request)
        return response


@functools.cache
def http_client() -> httpx.Client:
    """One pool per process. Redirects are not followed: they would carry the access token elsewhere."""
    return httpx.Client(transport=BoundedTransport(), timeout=TIMEOUT, follow_redirects=False, trust_env=False)


def close_connections() -> None:
    if http_client.cache_info().currsize:
        http_client().close()
        http_client.cache_clear()


# A worker forked from a process with open connections must not share them.
os.register_at_fork(after_in_child=http_client.cache_clear)
