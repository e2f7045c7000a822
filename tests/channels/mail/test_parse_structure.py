"""The tree of parts, also of damaged messages. RFC 2046."""

from email import message_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.mail.limits import LIMITS
from channels.mail.mime import Part, read_structure


def bodies(octets: bytes) -> list[bytes]:
    structure = read_structure(octets)
    return [structure.body(leaf) for leaf in structure.leaves]


def shape(part: Part) -> object:
    if part.is_multipart:
        return [part.content_type.partition("/")[2], *map(shape, part.children)]
    return part.content_type


def multipart(boundary: str, *parts: bytes, kind: str = "mixed") -> bytes:
    delimiter = f"--{boundary}".encode()
    inner = b"".join(b"\n" + delimiter + b"\n" + part for part in parts)
    return f"Content-Type: multipart/{kind}; boundary={boundary}\n".encode() + inner + b"\n" + delimiter + b"--\n"


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_parts_in_parts(line_end: bytes) -> None:
    octets = multipart(
        "out",
        multipart("in", b"\none", b"Content-Type: text/html\n\ntwo", kind="alternative"),
        b"Content-Type: a/b\n\n3",
    ).replace(b"\n", line_end)
    structure = read_structure(octets)
    assert shape(structure.root) == ["mixed", ["alternative", "text/plain", "text/html"], "a/b"]
    assert bodies(octets) == [b"one", b"two", b"3"]
    assert [leaf.number for leaf in structure.leaves] == [0, 1, 2]
    assert structure.defects == ()


def test_a_malformed_header_line_does_not_end_the_header() -> None:
    structure = read_structure(b"Subject: a\nthis is no field\n\xff\xfe: nor this\nFrom: b\n\nbody")
    assert [field.name for field in structure.root.fields] == ["subject", "from"]
    assert structure.defects == ("malformed-header-line",)
    assert structure.body(structure.root) == b"body"


def test_a_body_without_the_empty_line_above_is_not_lost() -> None:
    assert bodies(b"Subject: a\nDear all,\nthis is it.\n\nBye") == [b"Dear all,\nthis is it.\n\nBye"]
    assert bodies(multipart("x", b"Content-Type: text/plain\nDear all,\nNote: this\n")) == [b"Dear all,\nNote: this\n"]


def test_a_delimiter_may_follow_the_header_at_once() -> None:
    octets = b"Content-Type: multipart/mixed; boundary=x\n--x\n\none\n--x--\n"
    assert bodies(octets) == [b"one"]


@pytest.mark.parametrize(
    "octets", [b"A: b\r\n\r\nx\n\ny", b"A: b\n\nx\r\n\r\ny", b"A: b\n\nx\n\ny", b"A: b\r\n\r\nx\r\n\r\ny"]
)
def test_the_first_empty_line_ends_the_header(octets: bytes) -> None:
    assert bodies(octets)[0].startswith(b"x")


def test_fields_are_unfolded_and_the_space_before_the_colon_is_forgiven() -> None:
    structure = read_structure(b"Subject : a\r\n  b\r\n\tc\r\nX:\r\n\r\n")
    assert structure.root.fields == (("subject", b"a  b\tc"), ("x", b""))


def test_the_mbox_line_is_no_header() -> None:
    structure = read_structure(b"From jan@x.cz Wed May 17 19:35:05 2000\nSubject: a\n\nb")
    assert (structure.root.fields[0].name, structure.defects) == ("subject", ())


@pytest.mark.parametrize(
    ("header", "value"),
    [
        (b"Content-Type: multipart/mixed;\nboundary=x", b"multipart/mixed; boundary=x"),
        (b"Cc: C <c@x.cz>, D <d@\nx.cz>", b"C <c@x.cz>, D <d@ x.cz>"),
        (b'To: "Jan\nNovak" <j@x.cz>', b'"Jan Novak" <j@x.cz>'),
    ],
)
def test_a_continuation_that_lost_its_indentation_is_one(header: bytes, value: bytes) -> None:
    structure = read_structure(header + b"\n\nbody")
    assert structure.root.fields[0].value == value
    assert structure.octets[structure.root.start :] == b"body"


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (multipart("x", b"\none")[:-7], [b"one"]),  # the close delimiter is missing
        (multipart("x", b"\none", b"\ntwo")[:-9], [b"one", b"t"]),  # cut off
        (b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nlast line--x--\n", [b"last line"]),  # glued
        (b"Content-Type: multipart/mixed; boundary=x\n\nnever opened", [b"never opened"]),
        (b"Content-Type: multipart/mixed\n\nno boundary", [b"no boundary"]),
        (b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\n--xy\n--x--y\n --x\n\n--x  \n\ntwo\n--x-- \nafter",
         [b"--xy\n--x--y\n --x\n", b"two"]),
        (multipart("o", b"Content-Type: multipart/mixed; boundary=i\n\n--i\n\none", b"\ntwo"), [b"one", b"two"]),
        (b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\none\n--x\n", [b"one"]),  # opened again at the very end
    ],
)  # fmt: skip
def test_damaged_multiparts(octets: bytes, expected: list[bytes]) -> None:
    assert bodies(octets) == expected


def test_a_digest_holds_messages() -> None:
    octets = multipart("x", b"\nSubject: a\n\nb", b"Content-Type: text/plain\n\nc", kind="digest")
    assert shape(read_structure(octets).root) == ["digest", "message/rfc822", "text/plain"]


def test_the_last_content_type_counts() -> None:
    assert read_structure(b"Content-Type: text/html\nContent-Type: text/plain\n\nx").root.content_type == "text/plain"


@pytest.mark.parametrize(("given_type", "meant"), [(b"text", "text/plain"), (b"", "text/plain"), (b"/", "text/plain"),
                                                   (b"application", "application/octet-stream")])  # fmt: skip
def test_a_type_that_is_none(given_type: bytes, meant: str) -> None:
    assert read_structure(b"Content-Type: " + given_type + b"\n\nx").root.content_type == meant


def test_an_old_macs_line_ends() -> None:
    assert bodies(multipart("x", b"\none").replace(b"\n", b"\r")) == [b"one"]


def test_too_many_parts_stay_in_the_last() -> None:
    structure = read_structure(multipart("x", *[b"\n%d" % number for number in range(LIMITS.parts + 50)]))
    assert len(structure.leaves) == LIMITS.parts
    assert "too-many-parts" in structure.defects
    assert structure.body(structure.leaves[-1]).endswith(b"\n--x\n\n%d\n" % (LIMITS.parts + 49))


def test_too_deep_multiparts_stay_closed() -> None:
    octets = b"\nend"
    for number in range(LIMITS.depth + 20):
        octets = multipart(f"b{number}", octets)
    structure = read_structure(octets)
    assert "multipart-too-deep" in structure.defects
    assert structure.leaves[0].content_type == "multipart/mixed"


def test_a_huge_header_is_read_in_part_and_the_body_found() -> None:
    octets = b"Subject: a\n" + b"X: y\n" * 200_000 + b"\nbody"
    structure = read_structure(octets)
    assert structure.defects == ("header-too-large",)
    assert structure.body(structure.root) == b"body"


_LINES = st.sampled_from(
    [b"--x", b"--x--", b"--y", b"--y--", b"", b"text", b"Content-Type: multipart/mixed; boundary=x",
     b"Content-Type: multipart/alternative; boundary=y", b"Content-Type: text/html", b"\tfold", b"no field", b"--"]
)  # fmt: skip


@given(st.lists(_LINES, max_size=40), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_every_leaf_lies_in_the_message_and_none_overlap(lines: list[bytes], line_end: bytes) -> None:
    structure = read_structure(line_end.join(lines))
    position = 0
    for number, leaf in enumerate(structure.leaves):
        assert leaf.number == number
        assert position <= leaf.start <= leaf.end <= len(structure.octets)
        position = leaf.end


@given(st.lists(st.sampled_from([b"one", b"two\n", b"", b"--\n", b"a\n\nb"]), min_size=1, max_size=6), st.booleans())
def test_well_formed_multiparts_read_as_the_stdlib_reads_them(texts: list[bytes], nested: bool) -> None:
    octets = multipart("x", *[b"Content-Type: text/plain\n\n" + text for text in texts])
    if nested:
        octets = multipart("outer", octets, b"\nlast")
    expected = [part.get_payload().encode() for part in message_from_bytes(octets).walk() if not part.is_multipart()]
    assert bodies(octets) == expected
