"""Contacts as vCards, read back by somebody else's reader."""

from datetime import UTC, datetime

import vobject
from hypothesis import given
from hypothesis import strategies as st

from intake.contact_lists.columns import ListedContact
from intake.contact_lists.vcards import write_vcards
from intake.people import Contact

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@given(
    name=st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=90).map(lambda text: f"Jan {text}")
)
def test_a_card_says_what_the_list_says(name: str) -> None:
    listed = ListedContact(
        contact=Contact(id=7, customer_id=1, name=name, language="cs", created_at=AT),
        addresses=("jan@acme.example", "j.n@acme.example"),
        numbers=("+420601123456",),
    )
    text = write_vcards([listed, listed], "Acme; s.r.o., Brno", AT)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    cards = list(vobject.readComponents(text))
    assert len(cards) == 2
    card = cards[0]
    assert (card.version.value, card.fn.value) == ("4.0", name)
    assert card.org.value == ["Acme; s.r.o., Brno"]
    assert [each.value for each in card.contents["email"]] == list(listed.addresses)
    assert card.tel.value == "tel:+420601123456"
