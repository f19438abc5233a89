"""Where a request came from, told so that nobody's address is kept."""

from __future__ import annotations

import ipaddress
import re

_KEPT_BITS = {4: 24, 6: 48}
_PROGRAM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]*(/[0-9A-Za-z.\-]+)?")


def network_of(address: str) -> str:
    """The network around an address, wide enough to name a house and no person; "" for what is no address.

    >>> network_of("203.0.113.77"), network_of("2001:db8:7:9::1"), network_of("a unix socket")
    ('203.0.113.0/24', '2001:db8:7::/48', '')
    """
    try:
        found = ipaddress.ip_address(address.strip())
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return str(ipaddress.ip_network((found, _KEPT_BITS[found.version]), strict=False))


def program_of(user_agent: str) -> str:
    """The program's name and version, the first word of a User-Agent; the rest tells of people's machines.

    >>> program_of("curl/8.5.0"), program_of("Mozilla/5.0 (X11; Linux) Firefox/140"), program_of("")
    ('curl/8.5.0', 'Mozilla/5.0', '')
    """
    found = _PROGRAM.match(user_agent)
    return found[0][:60] if found else ""
