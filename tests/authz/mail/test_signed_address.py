"""Only we can make a reply address or a Message-ID that names a ticket."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.mail.address import address_key
from authz.mail.signed_address import make_message_id, read_message_id, read_reply_token, sign_reply_token

OLD, NEW, OTHER = b"o" * 32, b"n" * 32, b"x" * 32
IDS = st.integers(0, 2**63 - 1)


@given(IDS)
def test_a_token_names_its_ticket_and_survives_folding(ticket_id: int) -> None:
    token = sign_reply_token(NEW, ticket_id)
    assert read_reply_token([NEW], token) == ticket_id
    assert read_reply_token([NEW], token.upper()) == ticket_id
    address = f"helpdesk+{token}@desk.example"
    assert address_key(address) == address


def test_a_former_secret_still_reads_and_a_foreign_one_does_not() -> None:
    token = sign_reply_token(OLD, 7)
    assert read_reply_token([NEW, OLD], token) == 7
    assert read_reply_token([NEW], token) is None
    assert read_reply_token([], token) is None


@given(IDS, st.integers(0, 38), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_any_other_letter_makes_it_worthless(ticket_id: int, at: int, letter: str) -> None:
    token = sign_reply_token(NEW, ticket_id)
    changed = token[:at] + letter + token[at + 1 :]
    if changed != token:
        assert read_reply_token([NEW], changed) is None


@given(st.text(max_size=60))
def test_no_text_raises(text: str) -> None:
    assert read_reply_token([NEW], text) is None
    assert read_message_id([NEW], text) is None


def test_the_tag_has_at_least_128_bits() -> None:
    assert len(sign_reply_token(NEW, 0)) * 5 >= 64 + 128


@pytest.mark.parametrize(("secret", "ticket_id"), [(b"short", 1), (b"", 1), (NEW, -1), (NEW, 2**63)])
def test_unusable_secrets_and_ids_are_errors(secret: bytes, ticket_id: int) -> None:
    with pytest.raises(ValueError):
        sign_reply_token(secret, ticket_id)


@given(IDS)
def test_a_message_id_names_its_ticket(ticket_id: int) -> None:
    message_id = make_message_id(NEW, ticket_id, "desk.example", "42-a")
    assert message_id.startswith("<42-a.")
    assert message_id.endswith("@desk.example>")
    for spelling in (message_id, message_id[1:-1], f" {message_id} ", message_id.upper()):
        assert read_message_id([OLD, NEW], spelling) == ticket_id
    assert read_message_id([OTHER], message_id) is None


def test_a_message_id_is_stable() -> None:
    assert make_message_id(NEW, 7, "desk.example", "1") == make_message_id(NEW, 7, "desk.example", "1")


@pytest.mark.parametrize("change", [("42", "43"), ("desk.example", "evil.example")])
def test_the_parts_of_a_message_id_cannot_be_exchanged(change: tuple[str, str]) -> None:
    message_id = make_message_id(NEW, 7, "desk.example", "42")
    assert read_message_id([NEW], message_id.replace(*change)) is None


def test_a_reply_token_is_no_message_id_and_the_other_way_round() -> None:
    assert read_message_id([NEW], f"<42.{sign_reply_token(NEW, 7)}@desk.example>") is None
    token = make_message_id(NEW, 7, "desk.example", "42").partition(".")[2].partition("@")[0]
    assert read_reply_token([NEW], token) is None


@pytest.mark.parametrize(
    ("domain", "unique"), [("desk.example", "a b"), ("desk.example", ""), ("a>b", "1"), ("", "1"), ("x", "a.b")]
)
def test_a_message_id_that_would_be_malformed_is_an_error(domain: str, unique: str) -> None:
    with pytest.raises(ValueError):
        make_message_id(NEW, 7, domain, unique)
