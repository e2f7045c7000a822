"""Tells what is new in a mail from what it repeats.

Owns the decision, on the pattern of line classes. Throws nothing away: every line goes either to the reply or
to the elided text. Does not look at single lines (reply_lines) or at HTML (reply_html).
"""

import re
from bisect import bisect
from dataclasses import dataclass

from channels.mail.reply_html import mark_lines
from channels.mail.reply_lines import MAX_LINES, Line, classify, fold
from channels.mail.reply_signatures import has_contact, is_closing, is_footer

# More lines than this below "--" or a rule are not a signature.
_DELIMITED_LINES = 25
_RULED_LINES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyParts:
    """A mail's text in two: every line that is not blank is in exactly one of them.

    reply: what the author wrote now, inline answers with the lines they answer.
    elided: quotations, attributions, repeated headers and signatures, in their order.
    signature: the part of `elided` that is the author's own signature above a quotation or at the end.
    """

    reply: str
    elided: str
    signature: str = ""


def split_reply(text: str, html: str | None = None) -> ReplyParts:
    """Separate the new text of a mail from what it quotes and signs with.

    text: the readable text of the mail. html: the HTML the same mail came with, unsanitized but capped in size;
    its structure, where a client left one, says which lines of `text` are quoted.
    Where nothing new is left (a bare quotation, a forward without a word) the whole text is the reply.
    Linear in the length of both; never raises.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n", MAX_LINES)
    marks = mark_lines(html, lines) if html else None
    pattern = _settle(lines, marks)
    if _is_plain(pattern):
        return ReplyParts(reply="\n".join(lines).strip("\n"), elided="")
    if marks is not None and "t" not in pattern:
        pattern = _settle(lines, None)
    new = _choose(lines, pattern)
    if not any(chosen and line.strip() for chosen, line in zip(new, lines, strict=True)):
        new = [True] * len(lines)
    return ReplyParts(
        reply=_collect(lines, new, wanted=True),
        elided=_collect(lines, new, wanted=False),
        signature="\n".join(
            line for line, kind, chosen in zip(lines, pattern, new, strict=True) if kind == "s" and not chosen
        ).strip("\n"),
    )


def _settle(lines: list[str], marks: list[Line | None] | None) -> str:
    """The pattern of the mail: t text, q quotation, a attribution, x another's mail, s signature, e empty."""
    kinds = classify(lines, marks)
    if _is_plain("".join(kinds)):
        return "".join(kinds)
    _join_wrapped_quotes(lines, kinds)
    return _settle_signatures(lines, _settle_embedded("".join(kinds)))


def _is_plain(pattern: str) -> bool:
    """Nothing but the author's own words, as in most mails."""
    return not pattern.strip("te")


def _settle_embedded(pattern: str) -> str:
    """Turn banners above marked quotations into attributions, and all below any other banner into "x"."""
    pattern = re.sub(r"[abre]+", lambda run: _attribute(run[0]) if pattern[run.end() :][:1] == "q" else run[0], pattern)
    for run in re.finditer(r"[ab][abe]*", pattern):
        if pattern[run.end() : run.end() + 1] == "q":
            continue
        start = len(pattern[: run.start()].rstrip("re"))
        if "t" in pattern[:start] or "s" in pattern[:start]:
            return pattern[:start] + "x" * (len(pattern) - start)
        if "b" not in run[0]:
            return "a" * run.end() + _settle_below(pattern[run.end() :])
        return "t" * len(pattern)
    return pattern


def _attribute(run: str) -> str:
    return run if not ("a" in run or "b" in run) else "".join("e" if kind == "e" else "a" for kind in run)


def _settle_below(pattern: str) -> str:
    """Below an attribution that opens the mail: one more embedded mail ends the answer, as anywhere."""
    start = len(pattern[: pattern.find("b")].rstrip("re")) if "b" in pattern else len(pattern)
    if "t" in pattern[:start]:
        return pattern[:start] + "x" * (len(pattern) - start)
    return pattern.replace("b", "t")


def _settle_signatures(lines: list[str], pattern: str) -> str:
    """Turn what stands below a delimiter, as far as the next quotation, into "s". RFC 3676 §4.3."""
    kinds = list(pattern)
    first_text = pattern.find("t")
    ends = [found.start() for found in re.finditer(r"[aqx]", pattern)] + [len(pattern)]
    signed_to = 0
    for found in re.finditer(r"[dr]", pattern):
        start = found.start()
        if start < signed_to:
            continue
        end = ends[bisect(ends, start)]
        if 0 <= first_text < start and _is_signature_block(lines, pattern, start, end):
            kinds[start:end] = ["e" if kind == "e" else "s" for kind in kinds[start:end]]
            signed_to = end
        else:
            kinds[start] = "t"
    return "".join(kinds)


def _is_signature_block(lines: list[str], pattern: str, start: int, end: int) -> bool:
    window = range(start + 1, min(end, start + 3 * _DELIMITED_LINES))
    body = [lines[k].strip() for k in window if pattern[k] != "e"]
    if lines[start] == "-- " or not body:
        return True
    if pattern[start] == "d":
        return len(body) <= _DELIMITED_LINES
    if len(body) > _RULED_LINES:
        return any(is_footer(line) for line in body[:3])
    if any(has_contact(line) or is_footer(line) for line in body):
        return True
    set_off = pattern[start - 1] == "e" and "e" not in pattern[start + 1 : end].strip("e")
    return set_off and len(body) <= 4 and all(len(line) <= 60 and line[-1] not in "?!.:" for line in body)


def _join_wrapped_quotes(lines: list[str], kinds: list[Line]) -> None:
    """A long quoted line that was wrapped leaves its end on a line without a mark: that is still the quotation."""
    for i in range(1, len(kinds) - 1):
        if kinds[i] is Line.TEXT and kinds[i - 1] is Line.QUOTE and kinds[i + 1] is Line.QUOTE:
            above, line = lines[i - 1].rstrip(), lines[i].strip()
            if 62 <= len(above) <= 100 and above[-1] not in ".?!:" and line[:1].islower() and len(line) < 40:
                kinds[i] = Line.QUOTE


def _choose(lines: list[str], pattern: str) -> list[bool]:
    """Which lines are new, on the settled pattern of t, q, a, s, x and e."""
    new = [kind == "t" for kind in pattern]
    first, last = pattern.find("t"), pattern.rfind("t")
    quotes = [found.span() for found in re.finditer(r"q[qe]*", pattern)]
    if first < 0 or not quotes:
        return _with_blank_lines(pattern, new)
    between = [span for span in quotes if first < span[0] < last]
    leading = [span for span in quotes if span[0] < first]
    if len(between) == 1 and not leading and _is_tail(lines, pattern, between[0][1]):
        for k in range(between[0][0], len(new)):
            new[k] = False
        return _with_blank_lines(pattern, new)
    kept = between + leading if between or not _is_attributed(lines, pattern, leading) else []
    for start, end in kept:
        new[start:end] = [True] * (end - start)
    return _with_blank_lines(pattern, new)


def _with_blank_lines(pattern: str, new: list[bool]) -> list[bool]:
    """A blank line goes with the line above it."""
    above = True
    for k, kind in enumerate(pattern):
        if kind == "e":
            new[k] = above
        else:
            above = new[k]
    return new


def _is_attributed(lines: list[str], pattern: str, leading: list[tuple[int, int]]) -> bool:
    """Was the quotation that opens the mail put there by a client? (If not, the author chose to cite it.)"""
    if not leading:
        return True
    start = leading[0][0]
    if "a" in pattern[:start]:
        return True
    inside = [re.sub(r"^(?:[>\s])+", "", line) for line in lines[start : start + 3]]
    return Line.ATTRIBUTION in classify([*inside, "> "])


def _is_tail(lines: list[str], pattern: str, start: int) -> bool:
    """Is what follows the only quotation a signature or a legal notice, rather than an answer?"""
    tail = [fold(lines[k][:400]) for k in range(start, len(lines)) if pattern[k] == "t"]
    if not tail or pattern[start - 1] != "e":
        return False
    if is_closing(tail[0]):
        return True
    if any(is_footer(line) for line in tail):
        return True
    return (
        len(tail) <= 7
        and all(len(line) <= 70 and not line.endswith("?") for line in tail)
        and any(map(has_contact, tail))
    )


def _collect(lines: list[str], new: list[bool], *, wanted: bool) -> str:
    return "\n".join(line for line, chosen in zip(lines, new, strict=True) if chosen is wanted).strip("\n")
