"""The names by which our own mail finds back to its ticket: signed reply addresses and Message-IDs.

Owns where the secrets and our address go. The cryptography is `authz.mail.signed_address`.
"""

from collections.abc import Sequence

from authz.mail.answer_token import AnswerToken, read_answer, sign_answer
from authz.mail.signed_address import (
    make_message_id,
    read_message_id,
    read_reply_token,
    read_unique,
    sign_reply_token,
)
from intake.submission import Submission


class MailSigner:
    """See `intake.ports.Signer`.

    secrets: the current one first, then former ones that still verify. address: the one that answers.
    """

    def __init__(self, secrets: Sequence[bytes], address: str) -> None:
        if not secrets:
            raise ValueError("a secret is needed to sign reply addresses")
        self._secrets = tuple(secrets)
        self._local, _, self._domain = address.rpartition("@")

    def message_id(self, ticket_id: int, unique: int) -> str:
        return make_message_id(self._secrets[0], ticket_id, self._domain, str(unique))

    def reply_address(self, ticket_id: int) -> str:
        return f"{self._local}+{sign_reply_token(self._secrets[0], ticket_id)}@{self._domain}"

    def replied_ticket(self, submission: Submission) -> int | None:
        return read_reply_token(self._secrets, submission.reply_token) if submission.reply_token is not None else None

    def mail_named(self, message_id: str) -> tuple[int, int] | None:
        ticket_id = read_message_id(self._secrets, message_id)
        unique = read_unique(message_id)
        return None if ticket_id is None or not unique.isdecimal() else (ticket_id, int(unique))

    def sign_answer(self, answer: AnswerToken) -> str:
        return sign_answer(self._secrets[0], answer)

    def read_answer(self, token: str) -> AnswerToken | None:
        return read_answer(self._secrets, token)

    def tickets_named(self, submission: Submission) -> tuple[int, ...]:
        named = [self.replied_ticket(submission) or 0]
        named += [read_message_id(self._secrets, each) or 0 for each in submission.references]
        return tuple(dict.fromkeys(ticket_id for ticket_id in named if ticket_id))
