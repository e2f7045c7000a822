"""Remote access to a customer's systems, and what each kind costs a month.

Owns the kinds and their surcharges. How a tunnel is built is not known here.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address


class AccessMethod(StrEnum):
    """How our workplace reaches the systems."""

    # RULE access-standard
    WORKPLACE_ADDRESSES = "workplace-addresses"  # SSH and HTTPS from the two addresses of the workplace
    SITE_TO_SITE = "site-to-site"  # IPsec or OpenVPN, certificates or a pre-shared key
    # RULE access-dialin
    DIAL_IN_PASSWORD = "dial-in-password"  # noqa: S105 - dial-in VPN, password or SMS OTP
    DIAL_IN_TOKEN = "dial-in-token"  # noqa: S105 - dial-in VPN, token or other physical device


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPrices:
    """Monthly surcharges, whole crowns as published."""

    dial_in_password: Decimal = Decimal(2_000)  # RULE access-dialin
    dial_in_token: Decimal = Decimal(4_000)  # RULE access-dialin
    windows_only: Decimal = Decimal(4_000)  # RULE access-windows
    remote_desktop: Decimal = Decimal(8_000)  # RULE access-desktop


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessProfile:
    """One agreed way in, with its validity: half-open, aware UTC, None is unbounded.

    windows_only: the VPN only works from Windows or another proprietary device.
    remote_desktop: the systems are reached through a remote desktop.
    """

    name: str
    method: AccessMethod
    windows_only: bool = False
    remote_desktop: bool = False
    valid_from: datetime | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surcharge:
    """One line of the statement. rule: the service rule it follows."""

    profile: str
    rule: str
    text: str
    amount: Decimal


def surcharges(profile: AccessProfile, prices: AccessPrices) -> tuple[Surcharge, ...]:
    """What a profile costs a month; nothing for the standard ways."""
    asked = (
        (
            profile.method is AccessMethod.DIAL_IN_PASSWORD,
            "access-dialin",
            "dial-in VPN, password or SMS OTP",
            prices.dial_in_password,
        ),
        (
            profile.method is AccessMethod.DIAL_IN_TOKEN,
            "access-dialin",
            "dial-in VPN, token or other device",
            prices.dial_in_token,
        ),
        (
            profile.windows_only,
            "access-windows",
            "only from Windows or another proprietary device",
            prices.windows_only,
        ),
        (profile.remote_desktop, "access-desktop", "through a remote desktop", prices.remote_desktop),
    )
    return tuple(
        Surcharge(profile=profile.name, rule=rule, text=text, amount=amount)
        for applies, rule, text, amount in asked
        if applies
    )


def in_force(profile: AccessProfile, start: datetime, end: datetime) -> bool:
    """Whether the profile was in force at any time inside [start, end)."""
    begins_in_time = profile.valid_from is None or profile.valid_from < end
    return begins_in_time and (profile.valid_until is None or profile.valid_until > start)


def workplace_addresses(given: tuple[str, ...]) -> tuple[IPv4Address | IPv6Address, IPv4Address | IPv6Address]:
    """The two addresses of the monitoring workplace. Raises ValueError unless there are exactly two, different."""
    # RULE access-standard
    addresses = {ip_address(text) for text in given}
    if len(given) != 2 or len(addresses) != 2:
        message = f"exactly two different workplace addresses are needed, not {', '.join(given) or 'none'}"
        raise ValueError(message)
    return ip_address(given[0]), ip_address(given[1])
