"""Where requests come from, as limits count it."""

from ipaddress import IPv6Address, ip_address


def network(source: str) -> str:
    """Whom an address stands for: of IPv6, one household has a whole /64 to choose from."""
    try:
        address = ip_address(source)
    except ValueError:
        return source
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> 64 << 64))
