"""Which machine a request comes from, when proxies stand between."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network


def networks(texts: Sequence[str]) -> list[Network]:
    """Addresses and networks, such as 127.0.0.1 or 10.0.0.0/8. Raises ValueError for another."""
    return [ip_network(text.strip(), strict=False) for text in texts]


def _address(hop: str) -> IPv4Address | IPv6Address | None:
    """Of 192.0.2.1, 192.0.2.1:443, 2001:db8::1 or [2001:db8::1]:443; None for anything else."""
    bare = hop.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ip_address(bare)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def origin(remote: str, forwarded_for: str, *, proxies: Sequence[Network]) -> str:
    """Of the machines that the request names, the last that is no proxy of ours.

    ``remote`` is who connected, ``forwarded_for`` the header X-Forwarded-For. What stands further
    left there was written by whoever sent it, and is never believed; nor is what is no address.
    """
    known = remote
    for hop in [remote, *reversed(forwarded_for.split(","))]:
        address = _address(hop)
        if address is None:
            break
        known = str(address)
        if not any(address in network for network in proxies):
            break
    return known[:64]
