"""Which addresses webhooks may go to: never into our own network, unless the installation names the host.

An address is checked as it is written when it is saved, and every address that its name leads to is checked at the
moment of connecting, so that a name which leads elsewhere later leads nowhere.
"""

import ipaddress
import re
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import idna
from django.conf import settings
from django.utils.translation import gettext as _

from commerce_orders.refusals import Refused

LONGEST = 2000
LOOK_UP_SECONDS = 5
PUBLIC_PORTS = {443, 8443}
DEFAULT_PORTS = {"https": 443, "http": 80}
FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\x9f\\\u2028\u2029]")
PLAIN_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
SAFE = "%/:=&?~+!$,;'@()*[]-._"  # in a path or query; everything else is written in percents
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# Names that are of no use outside of somebody's own network.
INSIDE = ("localhost", "local", "internal", "localdomain", "lan", "home.arpa")
# Where clouds tell a machine its secrets, besides the link-local addresses.
METADATA = frozenset(
    ipaddress.ip_address(text)
    for text in ("168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254")
)
GLOBAL_IPV6 = ipaddress.IPv6Network("2000::/3")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRefused(Refused):
    """Nothing may be sent to such an address."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to connect to, and what to ask for there. ``is_named``: the installation allows this host by name."""

    scheme: str
    host: str
    port: int
    target: str
    is_named: bool

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.target}"


def read_address(text: str) -> Address:
    """The one reading of ``text`` that everything else goes by. Raises ``AddressRefused``; looks nothing up."""
    malformed = AddressRefused(
        "address_malformed",
        _("Enter a complete URL such as https://erp.example.com/webhooks, at most 2000 characters."),
    )
    text = text.strip()
    if len(text) > LONGEST or FORBIDDEN.search(text):
        raise malformed
    try:
        parts = urlsplit(text)
        port, host = parts.port, _read_host(parts.hostname or "")
    except ValueError as error:
        raise malformed from error
    if parts.scheme not in DEFAULT_PORTS or port == 0:
        raise malformed
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise AddressRefused(
            "address_with_extras", _("The URL must not contain a user name, a password or anything after a #.")
        )
    port = port or DEFAULT_PORTS[parts.scheme]
    query = f"?{quote(parts.query, safe=SAFE)}" if parts.query else ""
    target = f"{quote(parts.path or '/', safe=SAFE)}{query}"
    address = Address(parts.scheme, host, port, target, is_named=is_named(host, port))
    _check_written(address)
    return address


def is_named(host: str, port: int) -> bool:
    shown = f"[{host}]" if ":" in host else host
    return bool({host, shown, f"{shown}:{port}"} & set(settings.WEBHOOK_PRIVATE_HOSTS))


def look_up(address: Address) -> list[str]:
    """The addresses that the host has now, every one of them checked.

    Raises ``AddressRefused`` when a single one is not allowed, and ``OSError`` when the name leads nowhere, or when its
    server takes too long to say where.
    """
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in _ask(address)))
    check_looked_up(address, addresses)
    return addresses


def _ask(address: Address) -> list[Any]:
    """The machine's own way to ask for a name knows no time limit, so it is left behind in a thread of its own."""
    thread = ThreadPoolExecutor(1)
    asked = thread.submit(
        socket.getaddrinfo, address.host, address.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
    )
    thread.shutdown(wait=False)
    return asked.result(LOOK_UP_SECONDS)


def check_looked_up(address: Address, found: Sequence[str]) -> None:
    if not all(is_allowed(text, is_named=address.is_named) for text in found):
        raise _private(address)


def _private(address: Address) -> AddressRefused:
    return AddressRefused(
        "address_private",
        _(
            "%(host)s leads into a private network. Whoever runs this installation can allow the host in "
            "WEBHOOK_PRIVATE_HOSTS."
        )
        % {"host": address.host},
    )


def is_allowed(text: str, *, is_named: bool) -> bool:
    """Whether to connect to the IP address ``text``. What is named may be private, but never a machine's metadata."""
    try:
        ip = _unwrapped(ipaddress.ip_address(text))
    except ValueError:  # with the name of a network interface, as link-local ones are written
        return False
    if ip in METADATA or ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return False
    if is_named:
        return True
    if isinstance(ip, ipaddress.IPv6Address):
        # 6to4 and Teredo carry an IPv4 address in them, which may be anybody's.
        return ip in GLOBAL_IPV6 and ip.is_global and ip.sixtofour is None and ip.teredo is None
    return ip.is_global


def _unwrapped(ip: IPAddress) -> IPAddress:
    """The IPv4 address that an IPv6 one stands for."""
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return ip.ipv4_mapped
        if ip in NAT64:
            return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip


def _read_host(text: str) -> str:
    """The host in one spelling. Raises ``ValueError``, also for numbers that some read as an address."""
    if ":" in text:
        ip = ipaddress.IPv6Address(text)
        if ip.scope_id is not None:
            raise ValueError(text)
        return str(ip)
    name = text if PLAIN_NAME.fullmatch(text) else _in_ascii(text)
    if not PLAIN_NAME.fullmatch(name) or len(name) > 253:
        raise ValueError(text)
    if NUMBER.fullmatch(name.rpartition(".")[2]):
        return str(ipaddress.IPv4Address(name))
    return name


def _in_ascii(text: str) -> str:
    try:
        return idna.encode(text.removesuffix("."), uts46=True, std3_rules=True).decode("ascii").lower()
    except idna.IDNAError as error:
        raise ValueError(text) from error


def _check_written(address: Address) -> None:
    if address.is_named:
        return
    if address.scheme != "https":
        raise AddressRefused("address_not_https", _("The URL must begin with https://."))
    if address.port not in PUBLIC_PORTS:
        raise AddressRefused(
            "address_port",
            _("Webhooks are sent to the ports %(ports)s only.")
            % {"ports": ", ".join(str(port) for port in sorted(PUBLIC_PORTS))},
        )
    if NUMBER.fullmatch(address.host.rpartition(".")[2]) or ":" in address.host:
        check_looked_up(address, [address.host])
    elif "." not in address.host or address.host.endswith(tuple(f".{name}" for name in INSIDE)):
        raise _private(address)
