"""API tokens and the domains nobody owns alone."""

import re

import pytest

from authz.people.shared_domains import SHARED_DOMAINS, is_shared_domain
from authz.people.tokens import ADMIN_SCOPES, CONTACT_SCOPES, Scope, keep_token, new_token


def test_a_token_is_random_recognizable_and_kept_as_its_hash() -> None:
    first, second = new_token(), new_token()
    assert re.fullmatch(r"intk_[A-Za-z0-9_-]{43}", first.secret)
    assert first.secret != second.secret
    assert first.kept == keep_token(first.secret)
    assert re.fullmatch(r"[0-9a-f]{64}", first.kept)
    assert first.secret not in repr(first)


def test_a_contacts_scopes_and_an_admins_have_nothing_in_common() -> None:
    assert not CONTACT_SCOPES & ADMIN_SCOPES
    assert set(Scope) >= CONTACT_SCOPES | ADMIN_SCOPES


@pytest.mark.parametrize("domain", ["gmail.com", "seznam.cz", "co.uk", "cz", "com", "github.io"])
def test_strangers_share_free_mail_and_public_suffixes(domain: str) -> None:
    assert is_shared_domain(domain)


@pytest.mark.parametrize("domain", ["firma.cz", "acme.co.uk", "mail.firma.cz", "notgmail.com"])
def test_a_companys_domain_is_its_own(domain: str) -> None:
    assert not is_shared_domain(domain)


def test_the_list_is_spelled_as_it_is_looked_up() -> None:
    assert all(re.fullmatch(r"[a-z0-9.-]+\.[a-z]+", domain) for domain in SHARED_DOMAINS)
