import pytest

from channels.mail.recipients import Recipients

OURS = Recipients(["Helpdesk@Example.org", "servis@příklad.example"], postmaster="helpdesk@example.org")


@pytest.mark.parametrize(
    ("addr_spec", "account"),
    [
        ("helpdesk@example.org", "Helpdesk@Example.org"),
        ("HELPDESK@EXAMPLE.ORG", "Helpdesk@Example.org"),
        ("helpdesk+a1b2@example.org", "Helpdesk@Example.org"),
        ("helpdesk+a+b@example.org", "Helpdesk@Example.org"),
        ("servis@příklad.example", "servis@příklad.example"),
        ("servis@xn--pklad-zsa96e.example", "servis@příklad.example"),
        ("servis+x@PŘÍKLAD.example", "servis@příklad.example"),
        ("postmaster", "Helpdesk@Example.org"),
        ("Postmaster@example.org", "Helpdesk@Example.org"),
        ("other@example.org", None),
        ("+token@example.org", None),
        ("helpdesk@example.com", None),
        ("helpdesk@sub.example.org", None),
        ("helpdesk@example.org@evil.example", None),
        ("helpdesk%evil.example@example.org", None),
        ("@example.org:helpdesk@evil.example", None),
        ("helpdesk", None),
        ("", None),
    ],
)
def test_only_configured_addresses_and_their_sub_addresses_are_ours(addr_spec: str, account: str | None) -> None:
    assert OURS.account_for(addr_spec) == account


def test_postmaster_is_nobody_unless_configured() -> None:
    assert Recipients(["helpdesk@example.org"]).account_for("postmaster") is None
    assert Recipients(["helpdesk@example.org"]).account_for("postmaster@example.org") is None


def test_a_postmaster_of_its_own_keeps_its_mail() -> None:
    both = Recipients(["helpdesk@example.org", "postmaster@example.org"], postmaster="helpdesk@example.org")
    assert both.account_for("postmaster@example.org") == "postmaster@example.org"


def test_an_unknown_mailbox_of_our_domain_is_told_from_a_foreign_domain() -> None:
    assert OURS.is_ours("nobody@example.org")
    assert OURS.is_ours("nobody@PŘÍKLAD.example")
    assert not OURS.is_ours("helpdesk@example.com")
    assert not OURS.is_ours("example.org")


@pytest.mark.parametrize("address", ["helpdesk", "helpdesk@", "@example.org", "help+desk@example.org", "a b@c.example"])
def test_a_setting_that_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        Recipients([address])


def test_postmasters_mail_must_go_somewhere() -> None:
    with pytest.raises(ValueError, match="postmaster"):
        Recipients(["helpdesk@example.org"], postmaster="root@example.org")
