"""Scores bounce recognition: which mails are delivery reports, and that no person's mail is taken for one.

`python -m tests.score.bounces CORPUS`. Changes nothing.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from channels.mail.automatic import classify
from channels.mail.bodies import sort_leaves
from channels.mail.bounce import read_bounce
from channels.mail.content import read_content
from channels.mail.header_values import read_header_values
from channels.mail.inbound import Bounce
from channels.mail.mime import read_structure
from intake.submission import Automatic, AutomaticKind
from tests.score import Row, count

# By their names, answers of machines to a mail that did arrive.
AUTO_REPLIES = ("rfc3834-",)
# Folders of the corpora that hold what people and programs wrote, and the reports that hide among them.
OTHERS = ("mime/legacy", "mime/malformed", "mime/rfc", "mime/thirdparty", "replies/talon", "replies/discourse")
REPORTS_AMONG_OTHERS = frozenset({
    "bounced_email", "bounced_email_multiple_status_codes", "hard_bounce_via_verp", "hard_bounce_via_verp_2",
    "soft_bounce_via_verp", "verp_bounce_different_final_recipient", "invalid_from_2",
})  # fmt: skip


def read(path: Path) -> tuple[Bounce | None, Automatic]:
    """What we say of one message file."""
    structure = read_structure(path.read_bytes())
    headers = read_header_values(structure.root.fields, None).headers
    bounce = read_bounce(structure, headers, read_content(structure, sort_leaves(structure.root)).text)
    return bounce, classify(headers, bounce=bounce)


def _bounces(folder: Path) -> Iterable[tuple[str, bool]]:
    for path in sorted(folder.glob("*.eml")):
        bounce, automatic = read(path)
        auto_reply = path.name.startswith(AUTO_REPLIES) and automatic.kind is AutomaticKind.AUTO_REPLY
        yield path.stem, bounce is not None or auto_reply


def _told(folder: Path) -> Iterable[tuple[str, bool]]:
    for path in sorted(folder.glob("*.eml")):
        bounce, _ = read(path)
        if bounce and not path.name.startswith("arf-"):
            yield path.stem, bounce.recipient is not None


def _people(corpus: Path) -> Iterable[tuple[str, bool]]:
    for path in sorted((corpus / "bounces" / "not-a-bounce").glob("is-not*.eml")):
        yield path.stem, read(path)[0] is None
    for folder in OTHERS:
        for path in sorted((corpus / folder).glob("*.eml")):
            if path.stem not in REPORTS_AMONG_OTHERS:
                yield path.stem, read(path)[0] is None


def _unanswered(folder: Path) -> Iterable[tuple[str, bool]]:
    for path in sorted(folder.glob("*.eml")):
        yield path.stem, not read(path)[1].may_answer


def score(corpus: Path) -> list[Row]:
    """The bounce rows of the table."""
    folder = corpus / "bounces"
    none = ((path.stem, read(path)[0] is None) for path in sorted((folder / "not-a-bounce").glob("*.eml")))
    return [
        count("bounces", 310, _bounces(folder)),
        count("bounces, with a recipient", 290, _told(folder)),
        count("bounces, none may be answered", 310, _unanswered(folder)),
        count("not a bounce", None, none),
        count("people's mail, no bounce", None, _people(corpus)),
    ]


if __name__ == "__main__":
    for row in score(Path(sys.argv[1])):
        print(f"{row.name:40} {row.good}/{row.total}  {' '.join(row.missed)}")
