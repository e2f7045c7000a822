"""What nobody at the service desk vouches for may not list: what another customer, or a colleague of ours, is known by.

An exact entry beats a domain and a range, whoever's they are, so listing one address of another customer's domain would
take over its mail. Owns that refusal and says nothing of whom it protects. The service desk itself is not asked here.
"""

from collections.abc import Iterable

from authz.identity import Channel, Claim, IdentityKind
from authz.mail.address import address_key
from authz.phone.number import read_number
from intake.administration import InvalidEntryError, TakenEntryError
from intake.ports import Transaction

NEUTRAL = "This address or number cannot be listed; ask the service desk."


def refuse_taken(tx: Transaction, customer_id: int, *, addresses: Iterable[str], numbers: Iterable[str]) -> None:
    """Refuse what is to be added for a customer when it is, in whatever way and time, somebody else's.

    addresses: plain ones. numbers: as people write them. Raises TakenEntryError with nothing of the other customer,
    InvalidEntryError for what is no plain address.
    """
    for address in addresses:
        key = address_key(address.strip())
        if key is None or address.strip().startswith("*@"):
            message = f"{address[:80]!r} is not a plain mail address; write it like jan@firma.cz, without a name."
            raise InvalidEntryError(message, field="address")
        claim = Claim(channel=Channel.MAIL, kind=IdentityKind.ADDRESS, value=key, shown=address)
        if _is_anothers(tx, claim, customer_id) or tx.people.user_at(key) or tx.people.user_at(address.strip()):
            raise TakenEntryError(NEUTRAL)
    for number in numbers:
        claim = Claim(channel=Channel.PHONE, kind=IdentityKind.NUMBER, value=read_number(number).e164, shown=number)
        # A number that is listed by itself, perhaps their own already, hides the range it is in.
        ranges = () if claim.value is None else tx.ranges_with(claim.value)
        if _is_anothers(tx, claim, customer_id) or any(each.customer_id != customer_id for each in ranges):
            raise TakenEntryError(NEUTRAL)


def _is_anothers(tx: Transaction, claim: Claim, customer_id: int) -> bool:
    return any(each.customer_id != customer_id for each in tx.listings(claim))
