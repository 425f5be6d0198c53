from __future__ import annotations

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.errors import Rejected
from streams.webhooks import guard

PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.215.14", "2606:4700::1111", "2a00:1450::8a", "64:ff9b::808:808", "::ffff:8.8.8.8"]
PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",  # noqa: S104 - it is dialled as this very machine
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.9",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::808:808",
    "2002:7f00:1::1",
    "2002:808:808::1",
    "2001::1",
    "2001:db8::1",
    "3fff::1",
    "100::1",
    "5f00::1",
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff0e::1",
    "localhost",
    "",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public(address: str) -> None:
    assert guard.is_public(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_not_public(address: str) -> None:
    assert not guard.is_public(address)


@given(st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=4, network="127.0.0.0/8"))
def test_no_dress_makes_a_private_address_public(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    dresses = (0, 0xFFFF << 32, int(ipaddress.IPv6Address("64:ff9b::")), int(ipaddress.IPv6Address("64:ff9b:1::")))
    assert not any(guard.is_public(str(ipaddress.IPv6Address(dress + number))) for dress in dresses)
    assert not guard.is_public(str(ipaddress.IPv6Address((0x2002 << 112) + (number << 80) + 1)))


@given(st.ip_addresses())
def test_what_is_let_through_is_global_unicast(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if guard.is_public(str(address)):
        assert address.is_global
        assert not address.is_multicast
        assert not address.is_loopback


def reason(url: str, *, allow_private: bool = False) -> str | None:
    try:
        guard.check_url(url, allow_private=allow_private)
    except Rejected as rejection:
        return str(rejection)
    return None


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/hook?token=tok",
        "https://example.org",
        "https://example.org.:443/",
        "https://example.org:8443/hook",
        "https://[2606:4700::1111]/hook",
        "https://مثال.إختبار/hook",
        "https://localhost.example.org/hook",
    ],
)
def test_good_urls(url: str) -> None:
    assert reason(url) is None


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("http://example.org/tok", "https"),
        ("ftp://example.org/tok", "https"),
        ("file:///etc/passwd", "https"),
        ("example.org/tok", "https"),
        ("", "https"),
        ("https:///tok", "host"),
        ("https://user:tok@example.org/", "name and password"),
        ("https://tok@example.org/", "name and password"),
        ("https://example.org/#tok", "#"),
        ("https://example.org:22/tok", "port"),
        ("https://example.org:0/tok", "port"),
        ("https://example.org:99999/tok", "URL"),
        ("https://exa mple.org/tok", "spaces"),
        ("https://example.org/to\nk", "control"),
        ("https://example.org\\@evil.example/tok", ""),
        ("https://" + "a" * 64 + ".org/tok", "URL"),
        ("https://a..org/tok", "URL"),
        ("https://example.org/" + "tok" * 700, "characters"),
        ("https://127.0.0.1/tok", "globally routable"),
        ("https://[::ffff:10.0.0.1]/tok", "globally routable"),
        ("https://[::1]:8443/tok", "globally routable"),
        ("https://2130706433/tok", "in full"),
        ("https://127.1/tok", "in full"),
        ("https://0x7f.1/tok", "in full"),
        ("https://0177.0.0.1/tok", "in full"),
        ("https://127.0.0.1./tok", "in full"),
    ],
)
def test_bad_urls(url: str, word: str) -> None:
    said = reason(url)
    assert said is not None
    assert said.startswith("bad-url: ")
    assert word in said
    assert "tok" not in said


@pytest.mark.parametrize("url", ["http://127.0.0.1:80/hook", "https://127.0.0.1:22/", "http://localhost:3000/"])
def test_what_the_setting_for_tests_allows(url: str) -> None:
    assert reason(url) is not None
    assert reason(url, allow_private=True) is None


@pytest.mark.parametrize("url", ["http://user:tok@127.0.0.1/", "ftp://127.0.0.1/", "http:///tok"])
def test_what_even_that_does_not(url: str) -> None:
    assert reason(url, allow_private=True) is not None


def test_a_socket_is_made_for_an_address_that_may_be_dialled_only() -> None:
    guarded = guard.socket_factory(allow_private=False)
    with pytest.raises(OSError, match="globally routable") as caught:
        guarded((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 443)))
    assert guard.refused(caught.value)
    guarded((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("1.1.1.1", 443))).close()
    guard.socket_factory(allow_private=True)((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 443))).close()
