"""What a webhook may reach. The URL's shape is judged when an endpoint is added, every address when it is dialled.

A name may answer with another address each time it is asked, so only the address of the very socket counts:
aiohttp hands each one to `socket_factory` before it connects.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
from typing import TYPE_CHECKING

from yarl import URL

from streams.core.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable
    from ipaddress import IPv4Address, IPv6Address

    from aiohttp.connector import AddrInfoType

_LONGEST_URL = 2048
_DIGITS = tuple("0123456789")
"""No top-level domain begins with one; `2130706433`, `127.1` and `0x7f.1` do, and resolvers take them for addresses."""
_FIRST_FREE_PORT = 1024
_PRIVATE = "address is not globally routable"

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_SPECIAL = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo and ORCHID among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: carries any IPv4 address
        "3fff::/20",  # documentation
    )
)
_SPECIAL_V4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # 6to4 relays
    )
)
# Python's own is_global lets NAT64, 6to4 and the mapped form of some pass, so what it says is necessary, not enough.


def _is_public_v4(address: IPv4Address) -> bool:
    reserved = address.is_multicast or address.is_reserved or any(address in network for network in _SPECIAL_V4)
    return address.is_global and not reserved


def _is_public_v6(address: IPv6Address) -> bool:
    if address.ipv4_mapped is not None:
        return _is_public_v4(address.ipv4_mapped)
    if address in _NAT64:
        return _is_public_v4(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _GLOBAL_UNICAST and address.is_global and not any(address in network for network in _SPECIAL)


def is_public(address: str) -> bool:
    """Whether a numeric address, as a socket takes it, is globally routable unicast."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return _is_public_v4(parsed) if isinstance(parsed, ipaddress.IPv4Address) else _is_public_v6(parsed)


def check_url(text: str, *, allow_private: bool) -> URL:
    """The URL of an endpoint, parsed by the parser that the client dials with.

    Raises:
        Rejected: `bad-url`, saying what to change; the URL itself is not repeated, because it may hold a token.
    """
    try:
        url = URL(text)
        host, port = url.host, url.port
        (url.raw_host or "").encode("idna")  # as the resolver will: empty and overlong labels fail here
    except ValueError:
        raise Rejected("bad-url", "this is not a URL: give one like https://example.org/hook") from None
    if len(text) > _LONGEST_URL or any(not char.isprintable() or char.isspace() or char == "\\" for char in text):
        raise Rejected("bad-url", f"a URL has at most {_LONGEST_URL} characters, no spaces, backslashes or control characters")
    if url.scheme != "https" and not (allow_private and url.scheme == "http"):
        raise Rejected("bad-url", "only https:// is delivered to")
    if not host:
        raise Rejected("bad-url", "the URL has no host")
    if url.raw_user is not None or url.raw_password is not None:
        raise Rejected("bad-url", "take name and password out of the URL: deliveries prove themselves by their signature")
    if url.raw_fragment:
        raise Rejected("bad-url", "take the part from # on out of the URL: it is never sent")
    _check_place(host, port, allow_private=allow_private)
    return url


def _check_place(host: str, port: int | None, *, allow_private: bool) -> None:
    numeric = _is_numeric(host)
    if not numeric and host.rstrip(".").rpartition(".")[2].startswith(_DIGITS):
        raise Rejected("bad-url", "write the address in full, as four decimal numbers")
    if allow_private:
        return
    if port is None or (port != 443 and port < _FIRST_FREE_PORT):  # noqa: PLR2004 - the port of https
        raise Rejected("bad-url", "the port must be 443 or 1024 and above")
    if numeric and not is_public(host):
        raise Rejected("bad-url", f"the {_PRIVATE}")


def _is_numeric(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def socket_factory(*, allow_private: bool) -> Callable[[AddrInfoType], socket.socket]:
    """For `aiohttp.TCPConnector`: makes the socket of an address that may be dialled, and no other."""

    def make(info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        if not allow_private and not is_public(str(address[0])):
            raise OSError(errno.EACCES, _PRIVATE)
        return socket.socket(family, kind, protocol)

    return make


def refused(error: OSError) -> bool:
    """Whether a failed connection failed here: the client merges what its attempts raised into one message."""
    return _PRIVATE in str(error)
