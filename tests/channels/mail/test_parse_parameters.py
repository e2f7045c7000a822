"""Content-Type and Content-Disposition, as they are written and as they should be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.mail.parameters import read_parametrized


@pytest.mark.parametrize(
    ("value", "filename"),
    [
        (b'attachment; filename="plain.pdf"', "plain.pdf"),
        (b"attachment; filename=My File (2).pdf; size=3", "My File (2).pdf"),
        (b"attachment; filename*=utf-8''p%C5%99%C3%ADloha.pdf; filename=\"priloha.pdf\"", "příloha.pdf"),
        (b"attachment; filename*0*=iso-8859-2''p%F8; filename*1*=%EDlo; filename*2=\"ha.pdf\"", "příloha.pdf"),
        (b"attachment; filename*1=ha.pdf; filename*0=prilo", "priloha.pdf"),
        (b'attachment; filename="=?utf-8?Q?p=C5=99=C3=ADloha.pdf?="', "příloha.pdf"),
        (b'attachment; filename="=?utf-8?B?cMWZw60=?=\t=?utf-8?B?bG9oYQ==?=.pdf"', "příloha.pdf"),
        (b'attachment; filename*="=?utf-8?Q?p=C5=99=C3=ADloha.pdf?="', "příloha.pdf"),  # wrongly mixed
        (b"attachment; filename=\"utf-8''p%C5%99%C3%ADloha.pdf\"", "příloha.pdf"),  # wrongly mixed
        ("attachment; filename=příloha.pdf".encode(), "příloha.pdf"),
        (b'attachment; filename="say \\"hi\\".txt"', 'say "hi".txt'),
        (b'attachment; filename="C:\\temp\\new.doc"', "C:\\temp\\new.doc"),
        (b'; filename="no-value.png"', "no-value.png"),
        (b'attachment filename="forgotten-semicolon.png"', "forgotten-semicolon.png"),
        (b'inline; filename="unclosed.txt', "unclosed.txt"),
        (b'attachment; filename=""', ""),
    ],
)
def test_file_names(value: bytes, filename: str) -> None:
    assert read_parametrized(value).parameters["filename"] == filename


@pytest.mark.parametrize(
    ("value", "content_type", "parameters"),
    [
        (b"TEXT/Plain; Charset=UTF-8", "text/plain", {"charset": "UTF-8"}),
        (b'multipart/mixed\tboundary="a b"', "multipart/mixed", {"boundary": "a b"}),
        (b"multipart/mixed; boundary='q'", "multipart/mixed", {"boundary": "'q'"}),
        (b"text/plain; charset=us-ascii (of old)", "text/plain", {"charset": "us-ascii"}),
        (b'x/y; a=1 b="2;3"; c', "x/y", {"a": "1", "b": "2;3"}),
        (b"charset=utf-8", "", {"charset": "utf-8"}),
        (b"", "", {}),
    ],
)
def test_types(value: bytes, content_type: str, parameters: dict[str, str]) -> None:
    found = read_parametrized(value)
    assert (found.value, found.parameters) == (content_type, parameters)


def test_an_8bit_name_is_read_in_the_given_charset() -> None:
    value = "attachment; filename=příloha.pdf".encode("cp1250")
    assert read_parametrized(value, "windows-1250").parameters["filename"] == "příloha.pdf"


def test_a_hundred_parameters_are_enough() -> None:
    found = read_parametrized(b"a/b;" + b";".join(b"p%d=x" % number for number in range(5000)))
    assert len(found.parameters) == 100


@given(st.text(alphabet=" ;=\"'*\\%()abf0\t", max_size=120))
def test_any_value_is_read(value: str) -> None:
    read_parametrized(value.encode())
