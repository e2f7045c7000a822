"""What a message must be like to be taken, and for whom."""

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.mail.delivery import envelope_key, mailbox_key
from channels.mail.recipients import Recipients
from channels.mail.smtp_connections import client_address
from channels.mail.smtp_policy import has_bare_newline
from tests.channels.mail.dialogs import MESSAGE, peer_of, serving, talking
from tests.channels.mail.takers import Taker


@pytest.mark.parametrize(
    ("recipient", "reply"),
    [
        ("helpdesk@example.org", "250 2.1.5"),
        ("HelpDesk+token@EXAMPLE.org", "250 2.1.5"),
        ("nobody@example.org", "550 5.1.1"),
        ("jan@elsewhere.example", "550 5.7.1"),
        ("helpdesk%elsewhere.example@example.org", "550 5.1.1"),
        ("postmaster", "550 5.7.1"),
        ('"helpdesk"@example.org', "250 2.1.5"),
    ],
)
async def test_mail_is_accepted_for_our_addresses_only(recipient: str, reply: str) -> None:
    async with talking() as (peer, _):
        await peer.say("MAIL FROM:<jan@firma.example>")
        assert (await peer.say(f"RCPT TO:<{recipient}>")).startswith(reply)


async def test_postmaster_is_accepted_when_configured() -> None:
    """RFC 5321 §4.5.1."""
    ours = Recipients(["helpdesk@example.org"], postmaster="helpdesk@example.org")
    async with talking(recipients=ours) as (peer, taker):
        await peer.mail(MESSAGE, "Postmaster")
    assert taker.taken[0].account == "helpdesk@example.org"


async def test_an_international_address_is_accepted_in_both_its_forms() -> None:
    async with talking() as (peer, taker):
        for recipient, option in (("servis@přiklad.example", " SMTPUTF8"), ("servis@xn--piklad-pib.example", "")):
            await peer.say(f"MAIL FROM:<jan@firma.example>{option}")
            assert (await peer.say(f"RCPT TO:<{recipient}>")).startswith("250"), recipient
            await peer.say("DATA")
            await peer.data(MESSAGE)
    assert [mail.account for mail in taker.taken] == ["Servis@přiklad.example"] * 2


async def test_a_message_for_several_of_us_is_taken_once() -> None:
    async with talking() as (peer, taker):
        await peer.mail(MESSAGE, "helpdesk+a@example.org", "helpdesk+b@example.org")
    (mail,) = taker.taken
    assert mail.recipients == ("helpdesk+a@example.org", "helpdesk+b@example.org")


async def test_too_many_recipients_are_to_come_again() -> None:
    async with talking(max_recipients=2) as (peer, taker):
        await peer.say("MAIL FROM:<jan@firma.example>")
        replies = [await peer.say(f"RCPT TO:<helpdesk+{number}@example.org>") for number in range(3)]
        await peer.say("DATA")
        await peer.data(MESSAGE)
    assert [reply[:9] for reply in replies] == ["250 2.1.5", "250 2.1.5", "452 4.5.3"]
    assert len(taker.taken[0].recipients) == 2


@pytest.mark.parametrize(
    "octets",
    [
        b"a\n.\nMAIL FROM:<evil@bad.example>\r\n",
        b"a\r\n.\nMAIL FROM:<evil@bad.example>\r\n",
        b"a\n.\r\nMAIL FROM:<evil@bad.example>\r\n",
        b"a\r.\rMAIL FROM:<evil@bad.example>\r\n",
        b"a\r\n.\rMAIL FROM:<evil@bad.example>\r\n",
        b"a\r\r\n",
        b"a\rb\r\n",
        b"a\nb\r\n",
        b"\n\r\n",
    ],
)
async def test_a_message_that_could_end_in_two_places_is_refused(octets: bytes) -> None:
    """RFC 5321 §2.3.8: SMTP smuggling."""
    async with talking() as (peer, taker):
        assert await peer.mail(octets) == ("550 5.6.0 The message contains CR or LF alone; lines must end with CR LF")
        assert (await peer.mail()).startswith("250")
    assert len(taker.taken) == 1


@given(st.lists(st.sampled_from([b"\r\n", b"\r", b"\n", b"a", b".", b"\r\r\n", b"\n\r"]), max_size=12).map(b"".join))
def test_a_bare_newline_is_what_is_left_without_pairs(octets: bytes) -> None:
    rest = octets.replace(b"\r\n", b"")
    assert has_bare_newline(octets) == (b"\r" in rest or b"\n" in rest)


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(b"x" * 5000 + b"\r\n", id="lines longer than 998 octets, as real mail has them"),
        pytest.param(b"x" * 3_000_000 + b"\r\n", id="one line of three million octets"),
        pytest.param(b"a\x00b\r\n", id="NUL"),
        pytest.param(bytes(set(range(256)) - {10, 13}) + b"\r\n", id="every octet"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"..two dots\r\n.one dot\r\n", id="dots at line starts"),
    ],
)
async def test_octets_are_taken_as_they_are(octets: bytes) -> None:
    async with talking() as (peer, taker):
        await peer.envelope()
        stuffed = (b"\r\n" + octets).replace(b"\r\n.", b"\r\n..")[2:]
        assert (await peer.data(stuffed)).startswith("250")
    assert taker.taken[0].octets == octets


async def test_a_message_above_the_size_limit_is_refused_before_it_is_sent() -> None:
    """RFC 1870 §6.1."""
    async with talking(max_octets=1000) as (peer, _):
        assert (await peer.say("MAIL FROM:<jan@firma.example> SIZE=1001")).startswith("552 5.3.4")
        assert (await peer.say("MAIL FROM:<jan@firma.example> SIZE=1000")).startswith("250")


async def test_a_message_that_grows_too_large_is_thrown_away_while_it_comes() -> None:
    """RFC 1870 §6.3: whatever was declared."""
    async with serving(max_octets=100_000) as (listener, taker), peer_of(listener) as peer:
        await peer.open()
        await peer.envelope(mail="MAIL FROM:<jan@firma.example> SIZE=10")
        (dialog,) = listener._connections.open
        most = 0
        for _ in range(200):
            await peer.send(b"x" * 50_000)
            await asyncio.sleep(0)
            most = max(most, len(dialog._reader._buffer))  # type: ignore[attr-defined]
        assert (await peer.data(b"")).startswith("552 5.3.4")
        assert (await peer.mail()).startswith("250")
    assert most < 1_000_000
    assert len(taker.taken) == 1


async def test_when_too_much_is_in_flight_mail_is_to_come_again() -> None:
    """RFC 5321 §4.2.3: 452."""
    taker = Taker(delay_seconds=0.5)
    async with serving(taker, max_octets_in_flight=10_000) as (listener, _):
        async with peer_of(listener) as first, peer_of(listener) as second:
            await first.open()
            await second.open()
            await first.envelope(mail="MAIL FROM:<jan@firma.example> SIZE=9000")
            await first.send(MESSAGE + b".")
            await asyncio.sleep(0.1)
            assert (await second.say("MAIL FROM:<jan@firma.example> SIZE=2000")).startswith("452 4.3.1")
            assert (await second.say("MAIL FROM:<jan@firma.example> SIZE=500")).startswith("250")
            assert (await first.reply()).startswith("250")
            await second.say("RSET")
            assert (await second.say("MAIL FROM:<jan@firma.example> SIZE=2000")).startswith("250")
        assert listener.status.octets_in_flight == 0


addresses = st.text(st.characters(min_codepoint=33, max_codepoint=0x17F), max_size=12)


@given(addresses, st.lists(addresses, max_size=4), st.binary(max_size=40), st.randoms(use_true_random=False))
def test_the_key_of_an_envelope_does_not_know_the_order_of_recipients(
    reverse_path: str, recipients: list[str], octets: bytes, chance: random.Random
) -> None:
    shuffled = [*recipients, *recipients[:1]]
    chance.shuffle(shuffled)
    assert envelope_key(reverse_path, recipients, octets) == envelope_key(reverse_path, shuffled, octets)


@given(
    st.tuples(addresses, st.sets(addresses, max_size=3), st.binary(max_size=20)),
    st.tuples(addresses, st.sets(addresses, max_size=3), st.binary(max_size=20)),
)
def test_different_envelopes_or_octets_have_different_keys(
    first: tuple[str, set[str], bytes], second: tuple[str, set[str], bytes]
) -> None:
    assert (envelope_key(*first) == envelope_key(*second)) == (first == second)


def test_fields_of_an_envelope_do_not_run_together() -> None:
    assert envelope_key("a", ["b"], b"") != envelope_key("a1:b", [], b"")
    assert envelope_key("", ["a"], b"=b") != envelope_key("", ["a="], b"b")


def test_a_mail_in_a_mailbox_has_the_key_of_its_place() -> None:
    assert mailbox_key("helpdesk", "INBOX", 17, 4) == "imap:helpdesk:INBOX:17:4"


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        (("192.0.2.1", 1234), "192.0.2.1"),
        (("::ffff:192.0.2.1", 1234, 0, 0), "192.0.2.1"),
        (("fe80::1%eth0", 1234, 0, 2), "fe80::1"),
        (("2001:db8::1", 1234, 0, 0), "2001:db8::1"),
        ("", None),
        (None, None),
    ],
)
def test_the_client_is_known_by_its_plain_address(peer: object, address: str | None) -> None:
    assert client_address(peer) == address
