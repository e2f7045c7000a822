"""The look-up key of an address: one spelling for all that name the same mailbox.

Owns what a plain addr-spec is and how two of them compare. Must not read header fields: that is `authz.mail.author`.
"""

import re
import unicodedata

import idna

MAX_LOCAL_PART = 64  # octets, RFC 5321 §4.5.3.1.1
MAX_DOMAIN = 253  # octets, RFC 1035 §2.3.4

_ATEXT = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# RFC 5322 §3.4.1 addr-spec without quoted strings, comments and domain literals; RFC 1123 §2.1 host names.
_PLAIN = re.compile(rf"{_ATEXT}++(?:\.{_ATEXT}++)*+@((?:{_LABEL}\.)*{_LABEL})")
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}")
_LOCAL_SPECIALS = re.compile(r'[\x00-\x20\x7f()<>\[\]:;@\\,"]|^\.|\.$|\.\.|^$')


def address_key(address: str) -> str | None:
    """Return the look-up key of `address`: local part lower-cased, domain as lower-case A-labels.

    Returns None when `address` is not a plain addr-spec (no display name, comment, quoting, literal or route).
    RFC 5322 §3.4.1, RFC 6531 §3.3, UTS 46.
    """
    if not address.isascii():
        return _international_key(address)
    lowered = address.lower()
    plain = _PLAIN.fullmatch(lowered)
    if plain is None:
        return None
    at = plain.start(1) - 1
    if at > MAX_LOCAL_PART or len(lowered) - at - 1 > MAX_DOMAIN:
        return None
    if "xn--" in lowered:
        domain = domain_key(plain[1])
        return None if domain is None else f"{lowered[:at]}@{domain}"
    return lowered


def domain_of(address: str) -> str | None:
    """Return the normalized domain of `address`, or None when it is not a plain addr-spec."""
    key = address_key(address)
    return None if key is None else key.rpartition("@")[2]


def domain_key(domain: str) -> str | None:
    """Return `domain` as lower-case A-labels, or None when it is no host name. UTS 46, non-transitional."""
    lowered = domain.lower()
    if lowered.isascii() and "xn--" not in lowered:
        return lowered if len(lowered) <= MAX_DOMAIN and _DOMAIN.fullmatch(lowered) else None
    if len(domain) > MAX_DOMAIN:
        return None
    try:
        encoded = idna.encode(domain, uts46=True, std3_rules=True).decode("ascii")
    except (UnicodeError, ValueError, IndexError):
        return None
    return encoded if len(encoded) <= MAX_DOMAIN and _DOMAIN.fullmatch(encoded) else None


def _international_key(address: str) -> str | None:
    """The key of an address outside ASCII. RFC 6531 §3.3, RFC 6532 §3.1."""
    local, at, host = address.rpartition("@")
    if not at or len(local.encode("utf-8", "replace")) > MAX_LOCAL_PART or _LOCAL_SPECIALS.search(local):
        return None
    domain = domain_key(host)
    if domain is None or any(_looks_ascii(character) for character in local):
        return None
    return f"{unicodedata.normalize('NFC', local).lower()}@{domain}"


def _looks_ascii(character: str) -> bool:
    """Whether folding would turn a character from outside ASCII into a letter of it, such as the Kelvin sign.

    Such a local part would take the key of another person's address at the same provider. Spaces, controls, marks
    of direction and surrogates cannot be part of an address either.
    """
    if character.isascii():
        return False
    folded = unicodedata.normalize("NFC", character).lower()
    return not character.isprintable() or any(part.isascii() for part in folded)
