"""Where a request comes from: only our own proxies are believed, and only about their neighbour."""

import pytest

from lms.core.addresses import networks, origin

PROXIES = networks(["127.0.0.1", "10.0.0.0/8", "2001:db8::/32"])


@pytest.mark.parametrize(
    ("remote", "forwarded", "machine"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "203.0.113.9", "192.0.2.7"),
        ("127.0.0.1", "192.0.2.7", "192.0.2.7"),
        ("127.0.0.1", "203.0.113.9, 192.0.2.7", "192.0.2.7"),
        ("127.0.0.1", "192.0.2.7, 10.1.2.3", "192.0.2.7"),
        ("127.0.0.1", "10.9.9.9, 10.1.2.3", "10.9.9.9"),
        ("127.0.0.1", "192.0.2.7:51234", "192.0.2.7"),
        ("127.0.0.1", "[2001:db9::1]:443", "2001:db9::1"),
        ("2001:db8::1", "2001:db9::1", "2001:db9::1"),
        ("::ffff:127.0.0.1", "192.0.2.7", "192.0.2.7"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "unknown", "127.0.0.1"),
        ("127.0.0.1", "192.0.2.7, <script>", "127.0.0.1"),
        ("127.0.0.1", "192.0.2.7, , 10.1.2.3", "10.1.2.3"),
        ("127.0.0.1", "1" * 500, "127.0.0.1"),
        ("", "192.0.2.7", ""),
    ],
)
def test_the_last_hop_that_is_no_proxy_of_ours(remote: str, forwarded: str, machine: str) -> None:
    assert origin(remote, forwarded, proxies=PROXIES) == machine


@pytest.mark.parametrize("text", ["proxy.example", "10.0.0.0/99", ""])
def test_what_is_neither_address_nor_network_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        networks([text])
