"""One key for all spellings of an address, none for what is no plain addr-spec."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.mail.address import address_key, domain_key, domain_of


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("jan@firma.cz", "jan@firma.cz"),
        ("Jan.Novak@FIRMA.cz", "jan.novak@firma.cz"),
        ("a+b_c=d@x-y.firma.cz", "a+b_c=d@x-y.firma.cz"),
        ("root@localhost", "root@localhost"),
        ("jan@háčky.cz", "jan@xn--hky-ela4t.cz"),
        ("jan@HÁČKY.cz", "jan@xn--hky-ela4t.cz"),
        ("jan@ha\u0301c\u030cky.cz", "jan@xn--hky-ela4t.cz"),
        ("jan@xn--hky-ela4t.CZ", "jan@xn--hky-ela4t.cz"),
        ("JIŘÍ@firma.cz", "jiří@firma.cz"),
        ("jir\u030ci\u0301@firma.cz", "jiří@firma.cz"),
        ("jan@ｆｉｒｍａ.cz", "jan@firma.cz"),
    ],
)
def test_spellings_of_one_address_share_a_key(address: str, key: str) -> None:
    assert address_key(address) == key


@pytest.mark.parametrize(
    "address",
    [
        *("", "@", "jan", "jan@", "@firma.cz", "jan@@firma.cz", "jan@firma..cz", ".jan@firma.cz", "jan.@firma.cz"),
        *("a..b@firma.cz", "jan novak@firma.cz", '"jan"@firma.cz', "jan@[192.0.2.1]", "<jan@firma.cz>"),
        *("Jan <jan@firma.cz>", "jan@firma.cz,eva@firma.cz", "jan(x)@firma.cz", "jan@firma.cz.", "@a:jan@firma.cz"),
        *("jan@-firma.cz", "jan@firma-.cz", "jan@fir_ma.cz", "jan@firma.cz\n", "jan\x00@firma.cz", "jan@xn--0.cz"),
        *(
            f"{'a' * 65}@firma.cz",
            f"jan@{'a' * 64}.cz",
            f"jan@{'a.' * 130}cz",
            "jan@\u200b.cz",
            "jiří@",
            "ji\ud800@x.cz",
        ),
        *("ji\u202eří@firma.cz", "jiří @firma.cz", "\u00a0ří@firma.cz", "jan@firma.cz\u0000"),
    ],
)
def test_what_is_no_plain_address_has_no_key(address: str) -> None:
    assert address_key(address) is None


def test_a_look_alike_does_not_get_the_key_of_an_ascii_address() -> None:
    assert address_key("\u212aarel@firma.cz") is None  # the Kelvin sign folds to k
    assert address_key("\u212aařel@firma.cz") is None


def test_domain_of_is_the_domain_of_the_key() -> None:
    assert domain_of("Jan@HÁČKY.cz") == "xn--hky-ela4t.cz"
    assert domain_of("jan@firma@cz") is None


@given(st.text())
def test_any_text_has_a_key_or_none(text: str) -> None:
    for candidate in (text, f"{text}@firma.cz", f"jan@{text}"):
        key = address_key(candidate)
        assert key is None or address_key(key) == key
    domain = domain_key(text)
    assert domain is None or domain_key(domain) == domain
