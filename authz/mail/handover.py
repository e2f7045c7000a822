"""How a message was handed to us: the facts of the SMTP dialog that mail authentication may use. Data only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """What our own border saw. All None for a message read from an IMAP mailbox or a file.

    client_ip: of the connecting host, textual. reverse_path: MAIL FROM; "" is the null reverse-path.
    submission_login: the contact's login when the client authenticated itself over TLS.
    """

    client_ip: str | None = None
    helo: str | None = None
    reverse_path: str | None = None
    submission_login: str | None = None
    tls: bool = False
