"""People are found by their names however they are typed: without diacritics, in any case, words in any order."""

from collections.abc import Iterator

import pytest

from intake.people import ContactData
from intake.queries import Window
from store.queries import StoreQueries
from tests.store.world import ADMIN, AT, World, world


@pytest.fixture
def made(database_url: str) -> Iterator[World]:
    with world(database_url) as found:
        for name in ("Řehoř Žižka-Ďábel", "ŁUKASZ Ołów", "Tuan Nguyễn"):
            data = ContactData(customer_id=found.acme.id, name=name)
            found.do(lambda tx, data=data: tx.people.add_contact(data, by=ADMIN, at=AT))
        yield found


def test_a_name_is_found_however_it_is_typed(made: World) -> None:
    queries, acme = StoreQueries(made.engine), made.acme
    for text, names in {
        "novak": ["Jana Nováková"],
        "NOVÁKOVÁ jana": ["Jana Nováková"],
        "zizka dab": ["Řehoř Žižka-Ďábel"],
        "řehoř": ["Řehoř Žižka-Ďábel"],
        "lukasz olow": ["ŁUKASZ Ołów"],
        "nguyen": ["Tuan Nguyễn"],
        f"jana, {acme.name}": ["Jana Nováková"],
        "karel novak": [],
        "%": [],
        "_": [],
        "'": [],
    }.items():
        assert [each.contact.name for each in queries.find_contacts(text, 20)] == names, text
        if acme.name not in text:
            people = queries.people(acme.id, Window(limit=20), text=text).items
            assert [each.contact.name for each in people] == names, text
    assert [each.id for each in queries.customers(Window(limit=5), name=acme.name.upper()).items] == [acme.id]
