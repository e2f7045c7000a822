"""The scan of HTML: what is a tag, what is text, what is neither."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.mail.limits import LIMITS
from channels.mail.markup import scan_html


def scan(html: str) -> list[str]:
    """The run of texts and tags, a string each; neighbouring texts joined."""
    told: list[str] = [""]

    def text(raw: str) -> None:
        told[-1] += raw

    def tag(closing: bool, name: str, attributes: str) -> None:
        told.extend((f"{'/' if closing else ''}{name}|{attributes}", ""))

    scan_html(html, text, tag)
    return [each for each in told if each]


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ("a<B>c</b >d", ["a", "b|", "c", "/b| ", "d"]),
        ("a <b c='>'>", ["a ", "b| c='>'"]),
        ("5 < 6 <3 <", ["5 < 6 <3 <"]),
        ("a<b", ["a<b"]),
        ("a <b <i>c", ["a <b ", "i|", "c"]),
        ('<a href="x>y</a> <b>z', ['a| href="x', "y", "/a|", " ", "b|", "z"]),
        ('<a b="x<i>y" <u>z', ['<a b="x', "i|", 'y" ', "u|", "z"]),
        ("a<!-- <b> -->c<!doctype x>d<?e?>f", ["acdf"]),
        ("a</ >b</3>c", ["abc"]),
        ("a<!--<b>c", ["a", "b|", "c"]),
        ("a<b>c<!--d</", ["a", "b|", "cd"]),
        ("a<style>b<i></style >c<title>d", ["acd"]),
        ("</b <i>c", ["c"]),
    ],
)
def test_a_document_is_told_as_texts_and_tags(html: str, told: list[str]) -> None:
    assert scan(html) == told


def test_a_reader_may_have_enough() -> None:
    told: list[str] = []
    scan_html("a<b>c<b>d", told.append, lambda closing, name, attributes: None, lambda: len(told) < 2)
    assert told == ["a", "c"]


@given(st.text(st.sampled_from("<=-'\" ab&"), max_size=60))
def test_where_no_tag_ends_all_is_text(html: str) -> None:
    assert "".join(scan(html)) == html


def test_a_flood_of_tags_ends_and_its_text_stays() -> None:
    texts: list[str] = []
    count = 0

    def tag(closing: bool, name: str, attributes: str) -> None:
        nonlocal count
        count += 1

    assert scan_html("<p>x" * (LIMITS.html_tags + 5) + "<b>end", texts.append, tag) is False
    assert count == LIMITS.html_tags
    assert "".join(texts).replace(" ", "") == "x" * (LIMITS.html_tags + 5) + "end"
