"""Passkeys: adding one, and logging in with nothing else. Web Authentication Level 3.

The device must have verified its user, so that a passkey is both factors at once. A challenge is kept here and used
once. The bytes are checked by the `webauthn` library; who may enter is `intake.login.entering`.
"""

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from authz.decision import Reason
from authz.people.sessions import random_value
from intake.administration import InvalidEntryError
from intake.login.entering import NotSignedIn, SignedIn, SignInRules, actor_of, enter
from intake.login.notices import Changed, tell_owner
from intake.login.signing import How, NewPasskey, Origin, Person, Purpose, Step, keep_step
from intake.ports import Transaction, Writer

# `webauthn` is imported where it is used: it takes 7 MB with all it needs, and many services have no passkeys.

CHALLENGE_LASTS = timedelta(minutes=5)

MOST_PASSKEYS = 20
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What a browser is asked. options: JSON for `navigator.credentials`. secret: into a cookie."""

    options: str
    secret: str


async def begin_adding(writer: Writer, rules: SignInRules, owner: str, person: Person, at: datetime) -> str:
    """Options for a new passkey, as JSON. owner: the hash of the session. at: aware UTC."""
    work = partial(_begin_adding, rules=rules, owner=owner, person=person, at=at)
    return await asyncio.wrap_future(writer.submit(work))


def _begin_adding(tx: Transaction, rules: SignInRules, owner: str, person: Person, at: datetime) -> str:
    import webauthn  # noqa: PLC0415
    from webauthn.helpers import base64url_to_bytes, options_to_json, structs  # noqa: PLC0415

    account = tx.signing.account(person)
    known = tx.signing.factors(person).passkeys
    if len(known) >= MOST_PASSKEYS:
        raise InvalidEntryError(f"There may be at most {MOST_PASSKEYS} passkeys.", field="passkey")
    options = webauthn.generate_registration_options(
        rp_id=_rp_id(rules),
        rp_name=rules.service,
        user_id=person.key.encode(),
        user_name=account.login or account.name,
        user_display_name=account.name,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            structs.PublicKeyCredentialDescriptor(id=base64url_to_bytes(each.credential_id)) for each in known
        ],
    )
    _keep_challenge(tx, Purpose.PASSKEY_ADD, owner, options.challenge, person=person, at=at)
    return options_to_json(options)


async def finish_adding(
    writer: Writer, rules: SignInRules, owner: str, person: Person, *, answer: str, name: str, at: datetime
) -> bool:
    """Keep a passkey; False when it does not answer our challenge. answer: the credential as JSON. at: aware UTC."""
    work = partial(_finish_adding, rules=rules, owner=owner, person=person, answer=answer, name=name, at=at)
    return await asyncio.wrap_future(writer.submit(work))


def _finish_adding(
    tx: Transaction, rules: SignInRules, owner: str, person: Person, *, answer: str, name: str, at: datetime
) -> bool:
    import webauthn  # noqa: PLC0415
    from webauthn.helpers import bytes_to_base64url  # noqa: PLC0415
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    step = _take_challenge(tx, Purpose.PASSKEY_ADD, owner, at)
    credential = _read_json(answer)
    if step is None or step.person != person or credential is None:
        return False
    try:
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=_challenge_of(step),
            expected_rp_id=_rp_id(rules),
            expected_origin=_origin(rules),
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError):
        return False
    kept_name = " ".join("".join(each for each in name if each.isprintable()).split())[:_LONGEST_NAME]
    passkey = NewPasskey(
        credential_id=bytes_to_base64url(made.credential_id),
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=kept_name or f"{at:%d. %m. %Y}",
    )
    tx.signing.add_passkey(person, passkey, at)
    account = tx.signing.account(person)
    tx.signing.note(person.kind, str(person.id), "passkey-added", by=actor_of(account), at=at, name=passkey.name)
    tell_owner(tx, person, Changed.PASSKEY_ADDED, at)
    return True


async def begin_login(writer: Writer, rules: SignInRules, at: datetime) -> Challenge:
    """Options for whoever has a passkey of ours; the device knows who. at: aware UTC."""
    import webauthn  # noqa: PLC0415
    from webauthn.helpers import options_to_json, structs  # noqa: PLC0415

    secret = random_value()
    options = webauthn.generate_authentication_options(
        rp_id=_rp_id(rules), user_verification=structs.UserVerificationRequirement.REQUIRED
    )

    def work(tx: Transaction) -> None:
        _keep_challenge(tx, Purpose.PASSKEY_LOGIN, secret, options.challenge, person=None, at=at)

    await asyncio.wrap_future(writer.submit(work))
    return Challenge(options=options_to_json(options), secret=secret)


async def finish_login(
    writer: Writer, rules: SignInRules, secret: str, answer: str, *, at: datetime, origin: Origin
) -> SignedIn | NotSignedIn:
    """Log in whoever the passkey belongs to. answer: the credential as JSON. at: aware UTC."""
    work = partial(_finish_login, rules=rules, secret=secret, answer=answer, at=at, origin=origin)
    return await asyncio.wrap_future(writer.submit(work))


def _finish_login(
    tx: Transaction, rules: SignInRules, secret: str, answer: str, *, at: datetime, origin: Origin
) -> SignedIn | NotSignedIn:
    import webauthn  # noqa: PLC0415
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    refused = NotSignedIn(reason=Reason.LOGIN_UNKNOWN)
    step = _take_challenge(tx, Purpose.PASSKEY_LOGIN, secret, at)
    credential = _read_json(answer)
    if step is None or credential is None:
        return refused
    passkey = tx.signing.passkey(str(credential.get("id", ""))[:1400])
    if passkey is None or not _is_of(credential, passkey.person):
        return refused
    # Attempts are not counted: a signature cannot be guessed, and who guesses the password must not keep the owner out.
    account = tx.signing.account(passkey.person)
    try:
        checked = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=_challenge_of(step),
            expected_rp_id=_rp_id(rules),
            expected_origin=_origin(rules),
            credential_public_key=passkey.public_key,
            # Web Authentication §6.1.1: a count that does not grow may be a copy of the key.
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError):
        return refused
    tx.signing.use_passkey(passkey.id, checked.new_sign_count, at)
    return enter(tx, account, How.PASSKEY, origin, at)


def _keep_challenge(
    tx: Transaction, purpose: Purpose, secret: str, challenge: bytes, *, person: Person | None, at: datetime
) -> None:
    data = {"challenge": base64.b64encode(challenge).decode()}
    step = Step(
        kept=keep_step(purpose, secret), purpose=purpose, person=person, expires_at=at + CHALLENGE_LASTS, data=data
    )
    tx.signing.begin_step(step, at)


def _take_challenge(tx: Transaction, purpose: Purpose, secret: str, at: datetime) -> Step | None:
    """The challenge, which is gone then, whatever comes of it."""
    kept = keep_step(purpose, secret)
    step = tx.signing.step(kept, at)
    tx.signing.end_step(kept)
    return step


def _challenge_of(step: Step) -> bytes:
    return base64.b64decode(step.data["challenge"])


def _read_json(answer: str) -> dict[str, Any] | None:
    try:
        read = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def _is_of(credential: Mapping[str, Any], person: Person) -> bool:
    """Whether the device says that the key is this person's. Web Authentication §7.2, step 6."""
    from webauthn.helpers import base64url_to_bytes  # noqa: PLC0415

    response = credential.get("response")
    handle = response.get("userHandle") if isinstance(response, dict) else None
    try:
        return isinstance(handle, str) and base64url_to_bytes(handle) == person.key.encode()
    except ValueError:
        return False


def _rp_id(rules: SignInRules) -> str:
    """The name the keys belong to: the host people reach us at."""
    return urlsplit(rules.public_url).hostname or "localhost"


def _origin(rules: SignInRules) -> str:
    address = urlsplit(rules.public_url)
    return f"{address.scheme}://{address.netloc}"
