"""What is new in a mail, and what is not: the rules, each with the smallest mail that shows it."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.mail.reply import split_reply
from tests.score import replies

CASES = Path(__file__).parent.parent.parent / "data" / "replies"


def folded(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("path", sorted(CASES.glob("*.txt")), ids=lambda path: path.stem)
def test_what_clients_quote_is_told_from_what_was_written(path: Path) -> None:
    html = path.with_suffix(".html")
    parts = split_reply(path.read_text(encoding="utf-8"), html.read_text(encoding="utf-8") if html.exists() else None)
    assert folded(parts.reply) == folded(path.with_suffix(".reply").read_text(encoding="utf-8"))


def test_nothing_is_thrown_away() -> None:
    parts = split_reply("Ano.\n\n-- \nJan\n\nDne 5. 6. 2024 v 10:12 Helpdesk napsal(a):\n> Trvá to?\n")
    assert parts.reply == "Ano."
    assert parts.elided == "-- \nJan\n\nDne 5. 6. 2024 v 10:12 Helpdesk napsal(a):\n> Trvá to?"
    assert parts.signature == "-- \nJan"


def test_an_answer_below_each_question_keeps_the_questions() -> None:
    parts = split_reply("Dne 5. 6. 2024 v 10:12 X napsal(a):\n> Kdy?\nDnes.\n> Kde?\nTady.\n")
    assert parts.reply == "> Kdy?\nDnes.\n> Kde?\nTady."
    assert parts.elided == "Dne 5. 6. 2024 v 10:12 X napsal(a):"


def test_an_answer_below_the_whole_quotation_drops_the_quotation() -> None:
    parts = split_reply("Dne 5. 6. 2024 v 10:12 X napsal(a):\n> Kdy?\n\nDnes.\n")
    assert parts.reply == "Dnes."


def test_a_greeting_above_the_quotation_does_not_lose_the_answer_below_it() -> None:
    parts = split_reply("Dobrý den,\n\nDne 5. 6. 2024 v 10:12 X napsal(a):\n> Kdy?\n\nV pondělí ráno přijdu osobně.\n")
    assert "V pondělí ráno přijdu osobně." in parts.reply


def test_what_an_author_cites_of_his_own_accord_is_kept() -> None:
    text = "> Chyba 0x80070005\n\nTohle se mi zobrazuje."
    assert split_reply(text).reply == text


@pytest.mark.parametrize("text", ["> Jen citace.", "-----Original Message-----\nFrom: a@b.example\n\nText"])
def test_where_nothing_is_new_the_whole_text_is_the_reply(text: str) -> None:
    parts = split_reply(text)
    assert (parts.reply, parts.elided) == (text, "")


def test_a_message_that_begins_with_an_unmarked_quotation_keeps_what_stands_below() -> None:
    parts = split_reply("On 5 June 2024 10:12, Foo wrote:\n\n    code()\n\nMá to být:\n\n    code2()\n")
    assert parts.reply.strip() == "code()\n\nMá to být:\n\n    code2()"


@pytest.mark.parametrize(
    "sentence",
    [
        "Dne 5. 6. 2024 v 10:12 přestal fungovat telefon.",
        "V úterý 4. 6. 2024 jsem volal. Technik napsal:",
        "Odesláno z účtárny to bylo včera.",
        "Sent by our courier yesterday.",
        "Od: pondělí\nDo: pátek",
        "Datum: 5. 6. 2024\nPředmět: telefony",
        "Původní zpráva se ztratila.",
        "On Monday 5 June I tried again, as he wrote:",
        "Please reply to the message above.",
        "| Telefon | Stav |\n| 101 | nejde |",
    ],
)
def test_prose_that_resembles_a_quotation_is_prose(sentence: str) -> None:
    text = f"Dobrý den.\n\n{sentence}\n\nA takto to pokračuje dál."
    assert split_reply(text).reply == text


def test_the_trace_of_a_telephone_is_no_repeated_header() -> None:
    text = (
        "Takto volání začíná:\n\nINVITE sip:123@pbx.example SIP/2.0\nFrom: <sip:1@pbx.example>;tag=1\n"
        "To: <sip:123@pbx.example>\nDate: Wed, 05 Jun 2024 10:12:33 GMT\nSubject: hovor\n\nCo s tím?"
    )
    assert split_reply(text).reply == text


def test_a_repeated_header_in_two_languages_is_one() -> None:
    text = "Ano.\n\nOd: Jan <jan@firma.example>\nSent: Wednesday\nTo: Helpdesk\nSubject: Telefon\n\nJde to?"
    assert split_reply(text).reply == "Ano."


def test_what_a_virus_scanner_leaves_is_a_signature() -> None:
    text = (
        "Ano.\n\n<https://www.avast.com/sig-email?x=1>\nBez virů.www.avast.com\n<https://www.avast.com/sig-email>\n"
        "<#DAB4FAD8-2DD7-40BB-A1B8-4E2AA1F9FDF2>\n\nDne 5. 6. 2024 v 10:12 H napsal(a):\n\n> Jde to?"
    )
    assert split_reply(text).reply == "Ano."


def test_a_pipe_quotes_only_below_an_attribution() -> None:
    assert split_reply("Ne.\n\n2024/6/5 X <x@y.example>\n\n| Jde to?\n| Ano?\n").reply == "Ne."


def test_a_heading_underlined_with_dashes_is_no_signature_delimiter() -> None:
    text = "Termín\n------\ndo pátku"
    assert split_reply(text).reply == text


def test_below_a_pipe_quotation_stands_the_answer() -> None:
    assert split_reply("X <x@y.example> wrote on 6/5/2024 10:12:\n| Jde to?\n| A internet?\n\nAno.\n").reply == "Ano."


def test_the_wrapped_end_of_a_quoted_line_is_no_answer() -> None:
    quoted = "> Prosíme o sdělení, zda se závada projevuje na všech přístrojích\nnebo jen\n> na některých."
    assert split_reply(f"Dne 5. 6. 2024 v 10:12 X napsal(a):\n{quoted}\n\nJen na dvou.").reply == "Jen na dvou."


def test_a_date_wrapped_in_an_attribution_is_part_of_it() -> None:
    text = "Ano.\n\nOn Wed, Jun 5, 2024 at\n10:12 AM, X <x@y.example> wrote:\n\n> Jde to?"
    assert split_reply(text).reply == "Ano."


def test_a_delimiter_as_the_standard_has_it_begins_a_signature_of_any_length() -> None:
    signature = "-- \n" + "\n".join(f"řádek {number}" for number in range(40))
    assert split_reply(f"Ano.\n{signature}").reply == "Ano."
    text = f"Ano.\n{signature.replace('-- ', '--')}"
    assert split_reply(text).reply == text


def test_what_stands_thousands_of_lines_deep_is_left_as_it_is() -> None:
    log = "\n".join(f"řádek {number}" for number in range(6000))
    text = f"{log}\nDne 5. 6. 2024 v 10:12 X napsal(a):\n> Pošlete log."
    assert split_reply(text).reply == text


@pytest.mark.parametrize("rule", ["---", "____", "***"])
def test_a_few_short_lines_below_a_rule_are_a_signature(rule: str) -> None:
    assert split_reply(f"Heslo je v pořádku.\n\n{rule}\nJan Novák\nFirma\n").reply == "Heslo je v pořádku."


def test_longer_text_below_a_rule_is_text() -> None:
    text = "První část.\n\n---\nDruhá část je delší, protože popisuje, co se stalo.\n\nA končí otázkou: kdy přijedete?"
    assert split_reply(text).reply == text


@pytest.mark.parametrize("client", ["thunderbird", "gmail", "apple"])
def test_html_structure_marks_lines_that_carry_no_mark(client: str) -> None:
    quoted = {
        "thunderbird": '<div class="moz-cite-prefix">X tasi ezt</div><blockquote type="cite">Kdy?<br>Kde?</blockquote>',
        "gmail": '<div class="gmail_attr">X tasi ezt</div><blockquote class="gmail_quote">Kdy?<br>Kde?</blockquote>',
        "apple": "<div class='moz-cite-prefix'>X tasi ezt</div><blockquote type=cite><div>Kdy?</div>Kde?</blockquote>",
    }[client]
    parts = split_reply("Zítra.\nX tasi ezt\n\nKdy?\nKde?", f"<div>Zítra.</div>{quoted}")
    assert (parts.reply, parts.elided) == ("Zítra.", "X tasi ezt\n\nKdy?\nKde?")


def test_a_line_drawn_by_the_author_is_not_outlooks() -> None:
    html = '<p>Nahoře</p><div style="border-top:solid #E1E1E1 1.0pt"><p>Dole</p></div>'
    assert split_reply("Nahoře\n\nDole", html).reply == "Nahoře\n\nDole"


def test_html_that_tells_another_story_changes_nothing() -> None:
    text = "Jedna dva tři.\n\nČtyři pět."
    assert split_reply(text, "<blockquote type=cite>úplně jiná slova než v textu</blockquote>").reply == text


def test_html_that_calls_everything_a_signature_is_not_believed() -> None:
    text = "Telefon nejde.\n\nDne 5. 6. 2024 v 10:12 X napsal(a):\n> Co nejde?"
    html = '<div id="Signature">Telefon nejde.</div><blockquote type=cite>Co nejde?</blockquote>'
    assert split_reply(text, html).reply == "Telefon nejde."


LINES = st.sampled_from(
    ["", " ", "> a", ">", "text", "Ano, jde to.", "-- ", "--", "---", "____", "On 5.6.2024 10:12 X <x@y.cz> wrote:",
     "Dne 5. 6. 2024 v 10:12 X napsal(a):", "wrote:", "> wrote:", "<", "<x@y.cz>", "Od: X", "Komu: Y", "Předmět: Z",
     "Datum: dnes", "-----Original Message-----", "| a", "Odesláno z iPhonu", "S pozdravem", "tel. 777 123 456",
     ">>> X 5.6.2024 >>>", "12:00:", "Cituji X:", "\ufeff", "\u200b> a"]
)  # fmt: skip


@given(st.lists(LINES | st.text(max_size=30), max_size=25).map("\n".join), st.none() | st.text(max_size=200))
def test_every_line_is_in_exactly_one_part(text: str, html: str | None) -> None:
    parts = split_reply(text, html)
    wanted = [line for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip()]
    got = [line for line in f"{parts.reply}\n{parts.elided}".split("\n") if line.strip()]
    assert sorted(got) == sorted(wanted)


TAGS = st.sampled_from(
    ["<div>", "</div>", "<blockquote type=cite>", "<blockquote>", "</blockquote>", '<div class="gmail_quote">', "<br>",
     '<div id="divRplyFwdMsg">', "<div style='border-top:solid #E1E1E1 1.0pt'>", "Od: X", "text", "<", "&amp;", "<p",
     '<div class="gmail_signature">', "<hr id=zwchr>", "<!--", "-->", "<style>"]
)  # fmt: skip


@given(st.lists(LINES, max_size=10).map("\n".join), st.lists(TAGS | LINES, max_size=20).map("".join))
def test_no_html_makes_a_line_disappear(text: str, html: str) -> None:
    parts = split_reply(text, html)
    got = [line for line in f"{parts.reply}\n{parts.elided}".split("\n") if line.strip()]
    assert sorted(got) == sorted(line for line in text.split("\n") if line.strip())


@pytest.mark.parametrize(
    "line", [">", "> x", "On On On", "On 1.1.2024 wrote:", "--", "---", "Od: a", "Sent from my", "a\n-- \n> b", "("]
)
def test_a_megabyte_of_hostile_lines_is_read_at_once(line: str) -> None:
    """In quadratic time each of these takes minutes; the figures are in the benchmarks."""
    text = f"{line}\n" * (1_000_000 // (len(line) + 1))
    parts = split_reply(text, "<blockquote type=cite>" * 40_000)
    assert len(parts.reply) + len(parts.elided) >= len(text) - 3


@pytest.mark.skipif("INTAKE_CORPUS" not in os.environ, reason="INTAKE_CORPUS is not set")
def test_the_corpus_scores_stay_above_their_floor() -> None:
    rows = replies.score(Path(os.environ["INTAKE_CORPUS"]))
    assert not [row for row in rows if row.good < row.floor]
