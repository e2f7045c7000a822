"""Contacts as vCard 4.0. RFC 6350. Pure; only writes."""

from collections.abc import Iterable
from datetime import datetime

from intake.contact_lists.columns import ListedContact

_LONGEST_LINE = 75  # octets, RFC 6350 §3.2


def write_vcards(listed: Iterable[ListedContact], organization: str, at: datetime) -> str:
    """One card for each contact. organization: the customer's name. at: aware UTC, of which they are true."""
    return "".join(_card(each, organization, at) for each in listed)


def _card(listed: ListedContact, organization: str, at: datetime) -> str:
    contact = listed.contact
    *given, family = contact.name.split(" ")
    lines = [
        "BEGIN:VCARD",
        "VERSION:4.0",  # RFC 6350 §6.7.9
        "PRODID:-//Intake//Contacts//CS",
        f"UID;VALUE=text:intake-contact-{contact.id}",
        f"REV:{at:%Y%m%dT%H%M%SZ}",
        "KIND:individual",
        f"FN:{_text(contact.name)}",
        # RFC 6350 §6.2.2: family, given, additional, prefixes, suffixes; the last word is a guess, FN is what counts.
        f"N:{_text(family)};{_text(' '.join(given))};;;",
        f"ORG:{_text(organization)}",
        *(f"EMAIL{_preferred(number)}:{_text(address)}" for number, address in enumerate(listed.addresses)),
        *(f"TEL;VALUE=uri{_preferred(number)}:tel:{e164}" for number, e164 in enumerate(listed.numbers)),
        *([f"LANG:{contact.language}"] if contact.language else []),
        "END:VCARD",
    ]
    return "".join(_fold(line) for line in lines)


def _preferred(position: int) -> str:
    return ";PREF=1" if position == 0 else ""


def _text(value: str) -> str:
    """RFC 6350 §3.4."""
    escaped = value.replace("\\", "\\\\").replace("\r\n", "\n").replace("\n", "\\n").replace("\r", "\\n")
    return escaped.replace(",", "\\,").replace(";", "\\;")


def _fold(line: str) -> str:
    """Break a long line between characters, never inside one. RFC 6350 §3.2"""
    pieces = [""]
    for character in line:
        if len((pieces[-1] + character).encode()) > _LONGEST_LINE:
            pieces.append(" ")
        pieces[-1] += character
    return "\r\n".join(pieces) + "\r\n"
