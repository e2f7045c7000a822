"""The same message once more, days later or by another way, though not octet by octet: noticed, and filed once.

A Message-ID is its sender's to choose, and broken senders use one again; so the words count too, and the files. What
says something else under a known Message-ID is a request of its own.
"""

from collections.abc import Sequence

from intake.ledger import LedgerEntry
from intake.ports import Said
from intake.submission import AutomaticKind, Submission

_PEOPLE = frozenset({AutomaticKind.NONE, AutomaticKind.LIST})
# A way, such as a mailing list, may add so much below.
_ADDED = 600
# Of a shorter text nothing can be said.
_TELLING = 16


def find_copy(submission: Submission | None, said: Sequence[Said]) -> LedgerEntry | None:
    """The entry of the message this one repeats.

    said: what the same author's messages with the same Message-ID were filed as. A machine may say the same every day
    under one Message-ID, and mean another event each time: its mail is no copy unless it is one octet by octet.
    """
    if submission is None or submission.automatic.kind not in _PEOPLE:
        return None
    words = _words(submission.reply or submission.text)
    digests = {file.sha256 for file in submission.attachments}
    for each in said:
        if digests <= each.digests and _same(words, _words(each.comment.text)):
            return each.entry
    return None


def describe_namesakes(said: Sequence[Said]) -> str:
    """Why a request that shares its Message-ID with others was filed on its own."""
    numbers = ", ".join(str(each.entry.id) for each in said)
    return f"its Message-ID is that of entry {numbers}, which says something else"


def _same(one: str, other: str) -> bool:
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    return len(short) >= _TELLING and len(long) - len(short) <= _ADDED and long.startswith(short)


def _words(text: str) -> str:
    return " ".join(text.split())
