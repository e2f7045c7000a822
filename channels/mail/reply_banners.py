"""Knows the lines from which on a mail is somebody else's: "-----Original Message-----", "reply above this line".

Owns the look of such a line. Does not decide what follows from it: that is the pattern of lines, in reply.
"""

import re

from channels.mail import reply_phrases as phrases

# Longer lines are prose, whatever they hold.
MAX_LINE = 160

# One of these stands in every banner that neither begins with a mark (BEGINNINGS) nor ends with one (ENDS).
SIGNS = tuple(dict.fromkeys((*phrases.BARE_BANNERS, *(sign for sign, _ in phrases.REPLY_ABOVE))))
BEGINNINGS = "-_=*#+~>"
ENDS = ":*_"

_DASHED = re.compile(r"^[-_=*#+~>]{2,}[ *]*(?P<inside>[^-_=*#+~>].{1,70}?)[ *:]*[-_=*#+~<]*$")
_BANNER = re.compile(rf"^(?:{'|'.join(phrases.BANNERS)})$", re.IGNORECASE)
_WITH_COLON = re.compile(rf"^(?:{'|'.join(phrases.BANNERS)})\s*:$", re.IGNORECASE)
# Samsung's program writes the banner and the whole repeated header on one line.
_ONE_LINE = re.compile(
    rf"^-{{2,}} ?(?:{'|'.join(phrases.BANNERS)}) ?-{{2,}} ?(?P<name>[^\W\d_][^:<>@]{{0,20}}):", re.IGNORECASE
)
_GROUPWISE = re.compile(r">>> ?.{3,160}\d ?>>>$")
_REPLY_ABOVE = tuple((sign, re.compile(pattern)) for sign, pattern in phrases.REPLY_ABOVE)


def is_banner(folded: str) -> bool:
    """Is it "-----Original Message-----" or the like, or a ticket system's "reply above this line"?

    folded: one line without white space around it, not empty.
    """
    if folded.startswith("--") and _ONE_LINE.match(folded):
        return True
    if len(folded) > MAX_LINE:
        return False
    if folded[0] in BEGINNINGS:
        dashed = _DASHED.match(folded)
        if (dashed and _BANNER.match(dashed["inside"].strip(" *"))) or is_groupwise(folded):
            return True
    bare = folded.strip("* _")
    if bare.endswith(":") and _WITH_COLON.match(bare):
        return True
    said = folded.casefold()
    if bare.casefold() in phrases.BARE_BANNERS:
        return True
    return any(sign in said and pattern.search(said) for sign, pattern in _REPLY_ABOVE)


def is_groupwise(folded: str) -> bool:
    """Is it the attribution of GroupWise, between marks that look like a quotation's?"""
    return folded.startswith(">>>") and _GROUPWISE.match(folded) is not None
