"""Caller IDs as PBXs write them: each trap and what it is read as."""

import unicodedata
from dataclasses import replace
from random import Random
from urllib.parse import unquote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from authz.decision import Decision, Reason, Verdict
from authz.evidence import Check, Evidence, Outcome, Proof
from authz.identity import Channel, Listing, Match
from authz.phone.number import CZECH, Caller, CallerKind, NumberRules, claim_number, read_number
from authz.policy import PHONE_RULES, decide
from tests.authz.phone.times import NOW

WITHOUT_PLUS = NumberRules(region=None, e164_without_plus=True)
OUTSIDE_LINE = NumberRules(outside_line=("0", "90"))
PRAGUE = "+420211151657"
MOBILE = "+420777123456"


def e164(presented: str | None, rules: NumberRules = CZECH) -> str | None:
    caller = read_number(presented, rules)
    assert (caller.e164 is not None) == (caller.kind is CallerKind.E164)
    return caller.e164


def kind(presented: str | None, rules: NumberRules = CZECH) -> CallerKind:
    return read_number(presented, rules).kind


@pytest.mark.parametrize(
    "presented",
    [
        "+420211151657",
        "00420211151657",
        "420211151657",
        "211151657",
        "211 151 657",
        "+420 211 151 657",
        "(+420) 211-151-657",
    ],
)
def test_every_way_to_write_a_number_is_one_e164_number(presented: str) -> None:
    assert e164(presented) == PRAGUE


@pytest.mark.parametrize(
    ("presented", "expected"),
    [
        ("421902123456", "+421902123456"),
        ("14155550100", "+14155550100"),
        ("49301234560", "+49301234560"),
        ("447911123456", "+447911123456"),
        ("0014155550100", "+14155550100"),
        ("+883510012345678", "+883510012345678"),
        ("+4930123456-0", "+49301234560"),
    ],
)
def test_foreign_numbers_are_not_read_as_czech_ones(presented: str, expected: str) -> None:
    assert e164(presented) == expected


@pytest.mark.parametrize(
    ("presented", "expected"),
    [("420777123456", MOBILE), ("49301234560", "+49301234560"), ("00420777123456", MOBILE), ("777123456", None)],
)
def test_without_plus_nothing_is_guessed(presented: str, expected: str | None) -> None:
    assert e164(presented, WITHOUT_PLUS) == expected


def test_a_withheld_number_spelled_in_digits_is_withheld_where_a_plus_was_lost() -> None:
    for digits in ("266696687", "7378742833", "2562533", "8656696", "86282452253"):
        assert kind(digits, WITHOUT_PLUS) is CallerKind.WITHHELD
        assert kind(f"+{digits}") is CallerKind.WITHHELD
        assert kind(f"+{digits}", WITHOUT_PLUS) is CallerKind.WITHHELD
    assert e164("266696687") == "+420266696687"  # a line in Prague, written nationally


def test_an_unescaped_plus_of_a_form_is_read_as_a_plus() -> None:
    assert e164(" 420777123456") == MOBILE
    assert e164(" 421902123456") == "+421902123456"
    assert kind(" 777123456") is CallerKind.UNPARSABLE  # +777123456 is no number, and it is not ours to guess


@pytest.mark.parametrize(
    "presented", ["0777123456", "90777123456", "000420777123456", "900 0420 777 123 456", "00420777123456", "777123456"]
)
def test_outside_line_prefixes_come_off_where_the_endpoint_says_so(presented: str) -> None:
    assert e164(presented, OUTSIDE_LINE) == MOBILE


@pytest.mark.parametrize("presented", ["0777123456", "90777123456", "000420777123456", "0420211151657"])
def test_outside_line_prefixes_stay_where_it_does_not(presented: str) -> None:
    assert kind(presented) is CallerKind.UNPARSABLE


def test_two_readings_match_nobody() -> None:
    both = NumberRules(outside_line=("7",))  # 777 123 456 7… as it is, or behind a prefix
    caller = read_number("7602000001", both)
    assert caller.e164 == "+420602000001"
    ambiguous = NumberRules(outside_line=("42",))
    assert (
        "may be any of" in read_number("420211151657", replace(ambiguous, outside_line=("420",), region="PT")).notes[-1]
    )


@pytest.mark.parametrize(
    "presented",
    [
        "+420211151657 kl. 12",
        "+420211151657 linka 12",
        "+420 211 151 657 klapka 12",
        "211151657 ext. 12",
        "211151657x12",
        "211151657 KLAPKA: 12",
    ],
)
def test_an_extension_is_split_off_and_noted(presented: str) -> None:
    caller = read_number(presented)
    assert (caller.e164, caller.notes[-1]) == (PRAGUE, "extension 12")


@pytest.mark.parametrize(
    "presented",
    [
        "1-800-FLOWERS",
        "+420 777 TESTING",
        "777123456;602000001",
        "777123456 / 602000001",
        "777123456,602000001",
        "777123456 ext 602000001",
        "211151657#12",
        "211151657,,12",
        "*31#777123456",
        "#31#777123456",
        "777123456 linka",
        "linka 12",
    ],
)
def test_letters_codes_and_lists_are_refused(presented: str) -> None:
    assert kind(presented) is CallerKind.UNPARSABLE


@pytest.mark.parametrize(
    ("presented", "expected"),
    [
        ("sip:+420777123456@sip.example.com", MOBILE),
        ("sips:+420777123456@sip.example.com;user=phone", MOBILE),
        ("SIP:777123456@10.0.0.1:5060;user=phone", MOBILE),
        ('"ACME" <sip:+420777123456@x.example>;tag=1', MOBILE),
        ('"602000001" <sip:+420777123456@x.example>', MOBILE),
        ('"ACME \\"x\\" <+1>" <+420777123456>', MOBILE),
        ("<tel:+420777123456>", MOBILE),
        ("sip:%2B420777123456@x.example", MOBILE),
        ("+420777123456;verstat=TN-Validation-Passed", MOBILE),
        ("sip:+420777123456;verstat=TN-Validation-Passed@x.example;user=phone", MOBILE),
        ("+420777123456;npdi;rn=+420999", MOBILE),
        ("tel:+420-777-123-456;ext=12", MOBILE),
        ("tel:777123456;phone-context=+420", MOBILE),
        ("+420777123456@trunk", MOBILE),
    ],
)
def test_uris_are_taken_apart_first(presented: str, expected: str) -> None:
    assert e164(presented) == expected


@pytest.mark.parametrize(
    ("presented", "expected"),
    [
        ("tel:7042;phone-context=example.com", CallerKind.INTERNAL),
        ("tel:777123456;phone-context=firma.example", CallerKind.INTERNAL),
        ("sip:220@pbx.example", CallerKind.INTERNAL),
        ("sip:anonymous@anonymous.invalid", CallerKind.WITHHELD),
        ("sip:+420777123456@anonymous.invalid", CallerKind.WITHHELD),
        ('"Anonymous" <sip:c8oqz84zk7z@ANONYMOUS.invalid:5060>', CallerKind.WITHHELD),
        ('"777123456" <sip:220@pbx.example>', CallerKind.INTERNAL),
        ("sip:+420777123456@a,sip:+420602000001@b", CallerKind.UNPARSABLE),
        ("<sip:+420777123456@a>, <sip:+420602000001@b>", CallerKind.UNPARSABLE),
        ("<sip:+420777123456@a", CallerKind.UNPARSABLE),
        ("+420777123456@a@b", CallerKind.UNPARSABLE),
        ("sip:+420777123456@", CallerKind.UNPARSABLE),
        ("+420777123456@a;b=c,d", CallerKind.UNPARSABLE),
        ("sip:alice@example.com", CallerKind.UNPARSABLE),
        ("client:tommy", CallerKind.UNPARSABLE),
        ("sip:%00+420777123456@x", CallerKind.UNPARSABLE),
        ("sip:%D9%A4@x", CallerKind.UNPARSABLE),
        ("", CallerKind.WITHHELD),
        (None, CallerKind.WITHHELD),
        ("sip:@x", CallerKind.WITHHELD),
    ],
)
def test_what_an_address_may_be_instead(presented: str | None, expected: CallerKind) -> None:
    assert kind(presented) is expected


@pytest.mark.parametrize(
    "presented",
    [
        "anonymous",
        "Anonymous",
        "ANONYMOUS",
        "unknown",
        "withheld",
        "Restricted",
        "asterisk",
        "  ",
        '"Private"',
        "Skryté číslo",
    ],
)
def test_words_for_no_number_are_withheld(presented: str) -> None:
    assert kind(presented) is CallerKind.WITHHELD


@pytest.mark.parametrize("presented", ["112", "158", "220", "1188", "14112", "0", "999 99"])
def test_short_numbers_identify_nobody(presented: str) -> None:
    assert kind(presented) is CallerKind.INTERNAL


@pytest.mark.parametrize(
    "presented",
    [
        "777 123 45",
        "7771234567",
        "+42077712345",
        "999888777",
        "0000000000",
        "+",
        "+0",
        "+0420777123456",
        "+4407911123456",
    ],
)
def test_impossible_numbers_are_refused(presented: str) -> None:
    assert kind(presented) in {CallerKind.UNPARSABLE, CallerKind.INTERNAL}


@pytest.mark.parametrize(
    "presented",
    [
        "+٤٢٠٧٧٧١٢٣٤٥٦",
        "+420777123456\u200b",
        "\u202d+420777123456\u202c",
        "+420777123456\n",
        "+420\t777123456",
        "+42077712345б",
    ],
)
def test_only_ascii_is_read_and_nothing_invisible(presented: str) -> None:
    caller = read_number(presented)
    assert caller.kind is CallerKind.UNPARSABLE
    assert "printable ASCII" in caller.notes[-1]


def test_full_width_digits_and_hard_spaces_are_folded_and_noted() -> None:
    for presented in ("＋420777123456", "＋４２０７７７１２３４５６", "777\u00a0123\u00a0456"):
        caller = read_number(presented)
        assert (caller.e164, caller.notes) == (MOBILE, ("compatibility characters were folded",))


def test_what_is_shown_is_printable_and_short() -> None:
    assert read_number("\x1b[31m+420").shown == "�[31m+420"
    assert len(read_number("9" * 500).shown) <= 81
    assert kind("9" * 100_000) is CallerKind.UNPARSABLE


@pytest.mark.parametrize(
    ("presented", "problem"),
    [(MOBILE, None), ("anonymous", "caller-withheld"), ("220", "caller-internal"), ("x y", "caller-unparsable")],
)
def test_the_claim_names_the_number_or_the_reason(presented: str, problem: str | None) -> None:
    claim = claim_number(read_number(presented))
    assert claim.channel is Channel.PHONE
    assert claim.problem == problem
    assert claim.value == (MOBILE if problem is None else None)
    assert problem is None or Reason(problem)


def test_rules_of_an_endpoint_are_its_own() -> None:
    assert kind("linka praha", NumberRules(withheld_words=frozenset({"linka praha"}))) is CallerKind.WITHHELD
    assert kind("4400", NumberRules(internal_digits=3)) is CallerKind.UNPARSABLE
    assert e164("0221 9199990", NumberRules(region="DE")) == "+492219199990"
    assert e164("777123456", NumberRules(region=None)) is None
    assert kind(MOBILE, NumberRules(withheld_numbers=frozenset({MOBILE}))) is CallerKind.WITHHELD


LISTED = {MOBILE, PRAGUE, "+421902123456", "+49301234560", "+420266696687"}
mangled = st.one_of(
    st.text(max_size=40),
    st.text(alphabet='0123456789+ ()-.;,#*xkl@:<>"%tsip=²⁰１２٤', max_size=30),
    st.builds(
        lambda number, cut, noise, place: number[:cut][:place] + noise + number[:cut][place:],
        st.sampled_from(
            [*sorted(LISTED), "777123456", "00420777123456", "sip:+420777123456@x", "tel:777123456;phone-context=+420"]
        ),
        st.integers(1, 40),
        st.text(max_size=4),
        st.integers(0, 30),
    ),
    st.lists(
        st.sampled_from(
            [
                *sorted(LISTED),
                "777123456",
                ";",
                ",",
                " ",
                "/",
                "x",
                "ext",
                "<",
                ">",
                "sip:",
                "tel:",
                "@",
                "%2B",
                "+",
                "00",
                "0",
            ]
        ),
        max_size=6,
    ).map("".join),
)
every_rules = st.sampled_from([CZECH, WITHOUT_PLUS, OUTSIDE_LINE, NumberRules(region=None), NumberRules(region="DE")])


def authorize(caller: Caller) -> Decision:
    """The whole decision, with a list of five numbers."""
    claim = claim_number(caller)
    listings = ()
    if claim.value in LISTED:
        listings = (
            Listing(
                customer_id=1, customer_name="ACME", customer_active=True, contact_id=1, contact_name="Jan",
                contact_active=True, match=Match.EXACT, channels=frozenset({Channel.PHONE}),
            ),
        )  # fmt: skip
    evidence = Evidence((Check(proof=Proof.PRESENTED, outcome=Outcome.PASS, binds=True, detail="presented"),))
    return decide(claim, evidence, listings, PHONE_RULES, NOW)


@settings(max_examples=1500)
@given(mangled, every_rules)
@example("\u202d+420777123456\u202c", CZECH)
@example("777123456;602000001", CZECH)
@example("sip:+420777123456@anonymous.invalid", CZECH)
def test_channel_phone_nobody_is_authorized_whose_digits_were_not_presented(presented: str, rules: NumberRules) -> None:
    """RULE channel-phone: authorized means listed, and the listed number's digits stand in what was presented."""
    caller = read_number(presented, rules)
    decision = authorize(caller)
    assert decision.verdict in {Verdict.ACCEPT, Verdict.REJECT}
    if decision.verdict is not Verdict.ACCEPT:
        return
    assert caller.e164 in LISTED
    written = unquote(unicodedata.normalize("NFKC", presented))
    digits = "".join(char for char in written if char in "0123456789")
    national = caller.e164.removeprefix("+420").removeprefix("+49").removeprefix("+") if caller.e164 else ""
    assert national in digits
    if "+" in presented and presented.lstrip("\"'(< ").startswith("+"):
        assert caller.e164.removeprefix("+") in digits


PIECES = (
    *sorted(LISTED),
    *("777123456", "211151657", "420777123456", "00420", "420", "0", "90", "+", "%2B", " ", "  ", "-", "(", ")", "."),
    *(
        "sip:",
        "sips:",
        "tel:",
        "<",
        ">",
        '"',
        "@",
        "@anonymous.invalid",
        ";",
        ";ext=12",
        ";phone-context=+420",
        ";phone-context=x",
    ),
    *(
        ",",
        "/",
        "*31#",
        "#",
        "x",
        "ext",
        "linka 12",
        "kl. 7",
        "anonymous",
        "\u200b",
        "\u202d",
        "٤",
        "４",
        "²",
        "\x00",
        "\n",
        "A",
        "é",
    ),
)


def test_channel_phone_a_hundred_thousand_hostile_strings_authorize_only_what_is_listed() -> None:
    """Random pieces of numbers, URIs and tricks, glued together; the same ones on every run."""
    random = Random(20261122)
    rules = (CZECH, WITHOUT_PLUS, OUTSIDE_LINE, NumberRules(region=None), NumberRules(region="DE"))
    authorized = 0
    for _ in range(100_000):
        presented = "".join(random.choices(PIECES, k=random.randint(1, 5)))
        caller = read_number(presented, random.choice(rules))
        if authorize(caller).verdict is not Verdict.ACCEPT:
            continue
        authorized += 1
        assert caller.e164 in LISTED, presented
        assert presented.isascii() or "４" in presented or "²" in presented, presented
        assert not {"\x00", "\n", "\u200b", "\u202d", "٤", "*", "/"} & set(presented), presented
        assert "," not in presented or any(note.startswith("extension") for note in caller.notes), presented
    assert authorized > 1000  # the strings are not all nonsense


@settings(max_examples=500)
@given(st.text(max_size=300), every_rules)
def test_reading_never_raises_and_says_why(presented: str, rules: NumberRules) -> None:
    caller = read_number(presented, rules)
    assert caller.shown.isprintable()
    assert caller.kind in {CallerKind.E164, CallerKind.WITHHELD} or caller.notes


@settings(max_examples=500)
@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True), every_rules)
def test_a_number_with_its_plus_is_itself_or_nothing(presented: str, rules: NumberRules) -> None:
    assert e164(presented, rules) in {presented, None}


@settings(max_examples=500)
@given(st.from_regex(r"\+420[2-9][0-9]{8}", fullmatch=True), every_rules)
def test_the_fast_path_says_what_the_slow_one_says(presented: str, rules: NumberRules) -> None:
    assert e164(presented, rules) == e164(f"<tel:{presented}>", rules)
