"""Webhooks, the pure part: which addresses may be called, how long to wait before the next try."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Seconds before the 2nd, 3rd … try, as Standard Webhooks propose: ten tries in a little more than three days.
WAITS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
MOST_TRIES = len(WAITS) + 1
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # IPv4 inside IPv6 for networks without IPv4 (NAT64)


def wait_seconds(tries: int, chance: float = 0.0) -> int | None:
    """Seconds to wait after so many failed tries, or None: enough. ``chance`` 0–1 adds up to a tenth.

    >>> wait_seconds(1), wait_seconds(2, 0.5), wait_seconds(10)
    (5, 315, None)
    """
    if tries >= MOST_TRIES:
        return None
    wait = WAITS[max(tries, 1) - 1]
    return wait + round(wait * 0.1 * chance)


def is_callable(address: str, allowed: Iterable[str] = ()) -> bool:
    """Whether a webhook may go to this IP address: anywhere public, or inside a network of ``allowed``.

    An IPv4 address in IPv6 clothes is judged as what it is.

    >>> is_callable("8.8.8.8"), is_callable("10.0.0.7"), is_callable("10.0.0.7", ["10.0.0.0/8"])
    (True, False, True)
    """
    if is_within(address, allowed):
        return True
    ip = _read(address)
    is_local = isinstance(ip, ipaddress.IPv6Address) and ip.is_site_local
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or is_local)


def is_within(address: str, networks: Iterable[str]) -> bool:
    """Whether an IP address lies in one of the networks.

    >>> is_within("::ffff:10.0.0.7", ["10.0.0.0/8"])
    True
    """
    ip = _read(address)
    return any(ip in ipaddress.ip_network(network) for network in networks)


def _read(address: str) -> Address:
    """The address itself, without the clothes of IPv6 around an IPv4 address."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
    if inner is None and ip in _TRANSLATED:
        inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    return inner or ip
