"""The caps on a message, all of them, applied before anything expensive reads it.

Owns the numbers and nothing else. A message over a cap is still a message: what could be read is read, the rest is
a defect, and the octets are kept. Each number stands far above real mail and far below where a parser suffers.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of a message is read. Octets for raw input, characters for decoded text.

    message: octets of a whole message; above it nothing is opened. SMTP announces its own, lower SIZE.
    header: octets of one header block; field: octets of one field, folds included; fields: per header block.
    addresses: per message, over To, Cc and Reply-To. references: message identifiers kept of one field.
    parameters: of one Content-Type or Content-Disposition. parts: leaves of the MIME tree; depth: multiparts within
    multiparts. text: characters of readable text kept.
    html: characters of an HTML body that are sanitized; html_tags: tags that are read, beyond them only the text;
    html_depth: open elements at once; html_copies: formatting
    elements an HTML parser would re-open; html_attributes: of one tag.
    tnef: octets of a winmail.dat that is opened. detection: octets a charset detector sees.
    """

    message: int = 64 * 1024 * 1024
    header: int = 512 * 1024
    field: int = 64 * 1024
    fields: int = 2_000
    addresses: int = 1_000
    references: int = 200
    parameters: int = 100
    parts: int = 1_000
    depth: int = 30
    text: int = 2_000_000
    html: int = 2_000_000
    html_tags: int = 50_000
    html_depth: int = 500
    html_copies: int = 200_000
    html_attributes: int = 500
    tnef: int = 32 * 1024 * 1024
    detection: int = 32 * 1024


LIMITS: Final = Limits()
