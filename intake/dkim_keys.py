"""The keys our mail is signed with: out of the settings, and held against what the DNS says about them."""

from authz.mail.dns import DnsTemporaryError, Resolver
from authz.mail.signing_keys import parse_key
from authz.mail.tags import decode_base64, parse_tags
from channels.mail.dkim_sign import DkimSigner, SignerKey, read_key
from config.load import SettingsError
from config.settings import Settings


def signer_keys(settings: Settings) -> tuple[SignerKey, ...]:
    """Read the configured keys. Raises SettingsError for one that others would not accept."""
    try:
        return tuple(
            read_key(each.domain, each.selector, each.private_key.get_secret_value()) for each in settings.dkim_keys
        )
    except ValueError as error:
        raise SettingsError(f"dkim_keys: {error}") from error


def check_published(key: SignerKey, resolver: Resolver) -> str:
    """Say that the DNS has the public key. Raises ValueError with what to do when it has not. RFC 6376 §3.6.2"""
    wanted = f"publish the TXT record of `intake dkim show` at {key.name}"
    try:
        answer = resolver.query(key.name, "TXT")
    except DnsTemporaryError as error:
        raise ValueError(f"the DNS gave no answer for {key.name}") from error
    if not answer.records:
        raise ValueError(f"there is no such record; {wanted}")
    if len(answer.records) > 1:
        raise ValueError(f"there are several records at {key.name}; leave only one")
    found = parse_key(answer.records[0])
    if isinstance(found, str):
        raise ValueError(f"the record {found}; {wanted}")
    tags = parse_tags(answer.records[0]) or {}
    if found.kind != key.kind or decode_base64(tags.get(b"p", b"")) != key.public_octets:
        raise ValueError(f"the DNS has another key; {wanted}")
    if found.testing:
        raise ValueError("the record says that the domain only tries (t=y); readers may ignore the signature")
    return f"{key.kind}, {found.bits} bits, is published"


def unsigned_author(settings: Settings) -> str | None:
    """Our own address when no key fits it, else None."""
    author = settings.mail.addresses[0]
    return None if DkimSigner(signer_keys(settings)).keys_for(author) else author
