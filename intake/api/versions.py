"""A ticket's version as an ETag, and the conditions sent with it. RFC 9110 §13"""

import re
from typing import Annotated

from fastapi import Header

from intake.api.problems import Problem

_ETAG = re.compile(r'\s*(W/)?"([\x21\x23-\x7e]*)"\s*(?:,|$)')

IfMatch = Annotated[str | None, Header(description='the ETag of the ticket as you read it, such as "3"')]
IfNoneMatch = Annotated[str | None, Header(description="the ETag you have; 304 when the ticket is still that")]


def etag(version: int) -> str:
    """The ETag of a version."""
    return f'"{version}"'


def required_version(if_match: str | None) -> int | None:
    """The version a change is meant for; None for whatever there is ("*"). Raises Problem when none was sent."""
    if if_match is None:
        raise Problem("precondition-required", "Send If-Match with the ETag of the ticket as you read it.")
    return optional_version(if_match)


def optional_version(if_match: str | None) -> int | None:
    """The version a change is meant for, None when it does not matter. Raises Problem for what is no version."""
    if if_match is None or if_match.strip() == "*":
        return None
    tags = _strong_tags(if_match)
    if len(tags) != 1 or not (tags[0].isascii() and tags[0].isdigit()):
        # A weak or foreign tag never matches strongly. RFC 9110 §8.8.3.2
        raise Problem("version-outdated", "If-Match names no version of this ticket; send the ETag as you got it.")
    return int(tags[0][:18])


def is_known(if_none_match: str | None, version: int) -> bool:
    """Whether the client has this version already."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or str(version) in [tag for _, tag in _ETAG.findall(if_none_match)]


def _strong_tags(header: str) -> list[str]:
    return [tag for weak, tag in _ETAG.findall(header) if not weak]
