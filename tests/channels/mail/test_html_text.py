"""HTML becomes the lines a mail program shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.mail.hypertext import text_from_html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("<div>one</div><div><br></div><div>two</div>", "one\n\ntwo"),
        ("one<br>two<br><br>three", "one\ntwo\n\nthree"),
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ('<p class="MsoNormal">one</p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>two</p>',
         "one\n\ntwo"),
        ("a  \n\t b &amp; c&nbsp;d", "a b & c d"),
        ("<b>a</b><i>b</i> <u>c</u>", "ab c"),
        ("<ul><li>a<ul><li>b</li></ul></li><li><p>c</p></li></ul>", "- a\n  - b\n- c"),
        ("<ol><li>a</li><li>b</li></ol>", "1. a\n2. b"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", "a\tb\nc\td"),
        ("<pre>a  b\n  c</pre>", "a  b\n  c"),
        ("<style>p{}</style><title>t</title><script>x<y</script>shown<!-- not <b>this</b> -->", "shown"),
        ("new<blockquote type=cite>old<br>older<blockquote>oldest</blockquote></blockquote>end",
         "new\n> old\n> older\n>> oldest\nend"),
        ('<blockquote style="margin:0 0 0 40px;border:none">indented</blockquote>', "indented"),
        ("a<hr>b", "a\n" + "_" * 32 + "\nb"),
        ("5 < 6 and 7 > 3 <3", "5 < 6 and 7 > 3 <3"),
        ('<img alt="a > b">x<a title="<b>">y</a>', "xy"),
        ("-- <br>Jan", "-- \nJan"),
        ("unclosed <b>bold <div>and <style>no end", "unclosed bold\nand no end"),
        ("", ""),
    ],
)  # fmt: skip
def test_lines(html: str, text: str) -> None:
    assert text_from_html(html) == text


@given(st.text(alphabet="<>/ab!-='\" pli&;\n", max_size=200))
def test_any_markup_has_a_text(html: str) -> None:
    text_from_html(html)


@given(st.text(alphabet="abc žš.,", min_size=1, max_size=60))
def test_words_are_neither_lost_nor_made(words: str) -> None:
    assert text_from_html(f"<div><p>{words}</p></div>").split() == words.split()
