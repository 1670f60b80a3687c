"""One POST to a receiver that may be hostile, slow or somebody else than it was.

``httpcore`` is used as it is: it follows no redirects, reads no proxies from the environment and unpacks nothing.
Connecting is ours: the name is looked up once, every address is checked, and the connection goes to one of these.
"""

import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import certifi
import httpcore
from httpcore import SOCKET_OPTION

from commerce_orders.services.webhooks.addresses import Address, AddressRefused, look_up

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 15.0  # Standard Webhooks, "Request timeouts"
MOST_READ = 64 * 1024  # bytes of an answer
MOST_ADDRESSES = 3
LONGEST_WAIT = 24 * 3600  # seconds that a Retry-After is believed

Headers = Mapping[bytes | str, bytes | str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a POST: a status, or the code of what kept it from having one."""

    status: int | None = None
    error: str = ""
    retry_after: int = 0
    seconds: float = 0.0

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Connection:
    """A connection to one receiver, kept for several messages. Used by one thread at a time."""

    def __init__(self, address: Address) -> None:
        self._url = httpcore.URL(
            scheme=address.scheme.encode(),
            host=address.host.encode(),
            port=address.port,
            target=address.target.encode(),
        )
        self._backend = _CheckedBackend(address)
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trusted(), max_connections=1, network_backend=self._backend, retries=0
        )

    def close(self) -> None:
        self._pool.close()

    def post(self, body: bytes, headers: Headers) -> Answer:
        """Never raises; takes at most ``TOTAL_SECONDS``, and some more where a name server is slow."""
        started = time.monotonic()
        self._backend.deadline = started + TOTAL_SECONDS
        answer = self._post(body, headers)
        return replace(answer, seconds=time.monotonic() - started)

    def _post(self, body: bytes, headers: Headers) -> Answer:
        try:
            with self._pool.stream("POST", self._url, headers=headers, content=body) as response:
                return _read(response)
        except AddressRefused as error:
            return Answer(error=error.code)
        except httpcore.TimeoutException:
            return Answer(error="timeout")
        except (httpcore.NetworkError, OSError) as error:
            return Answer(error="tls" if _is_about_tls(error) else "unreachable")
        except (httpcore.ProtocolError, ValueError):
            return Answer(error="no_http")


class _CheckedBackend(httpcore.NetworkBackend):
    def __init__(self, address: Address) -> None:
        self._address = address
        self._network = httpcore.SyncBackend()
        self.deadline = 0.0

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """To an address that was checked, whatever the name leads to a moment later.

        The certificate is that of the name all the same, which ``httpcore`` hands to ``start_tls``.
        """
        failure: httpcore.ConnectError | httpcore.ConnectTimeout = httpcore.ConnectError(host)
        for ip in look_up(self._address)[:MOST_ADDRESSES]:
            try:
                stream = self._network.connect_tcp(
                    ip, port, timeout=min(CONNECT_SECONDS, self.seconds_left()), socket_options=socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self)
        raise failure

    def seconds_left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left


class _TimedStream(httpcore.NetworkStream):
    """Whatever is done takes what is left of the whole: a receiver that sends a byte now and then gains nothing."""

    def __init__(self, stream: httpcore.NetworkStream, backend: _CheckedBackend) -> None:
        self._stream = stream
        self._backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._backend.seconds_left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._backend.seconds_left())

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._backend.seconds_left())
        return _TimedStream(stream, self._backend)

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


@cache
def _trusted() -> ssl.SSLContext:
    """What the machine trusts, such as the authority of a house, and the public ones that it may lack."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _read(response: httpcore.Response) -> Answer:
    """The status counts. The rest is read, so that the connection serves again, and cut off where there is much of it.

    None of it is kept: whoever may choose an address must not read by it what a host of the network answers.
    """
    size = 0
    for piece in response.iter_stream():
        size += len(piece)
        if size >= MOST_READ:
            break
    return Answer(status=response.status, retry_after=_read_wait(response.headers))


def _read_wait(headers: Iterable[tuple[bytes, bytes]]) -> int:
    for name, value in headers:
        if name.lower() == b"retry-after" and value.isdigit():
            return min(int(value[:9]), LONGEST_WAIT)
    return 0


def _is_about_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
