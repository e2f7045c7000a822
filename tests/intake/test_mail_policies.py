"""What the operator writes into the settings is what the mail channel does, for each address."""

import pytest

from authz.decision import Verdict
from authz.mail.authenticate import Mode
from config.settings import MailSettings
from intake.mailboxes.policies import mail_policies, unsafe_choices

MAIL = MailSettings.model_validate(
    {
        "authserv_ids": ["MX.Desk.example"],
        "border_hosts": ["*.Desk.example"],
        "arc_sealers": ["Lists.example"],
        "policies": {
            "VIP@firma.cz": {"unknown": "hold"},
            "open@firma.cz": {"policy": "address-only"},
            "office": {"policy": "trusted-relay", "unverified": "reject"},
        },
    }
)


def test_what_is_configured_is_found_in_any_case() -> None:
    policy = mail_policies(MAIL).usual.authentication
    assert policy.relay.authserv_ids == {"mx.desk.example"}
    assert policy.relay.border_hosts == {"*.desk.example"}
    assert policy.arc_sealers == {"lists.example"}
    assert "seznam.cz" in policy.shared_domains
    assert mail_policies(MAIL).of("vip@FIRMA.cz").rules.unknown is Verdict.HOLD


def test_an_account_without_a_policy_of_its_own_has_the_usual_one() -> None:
    policies = mail_policies(MAIL)
    assert policies.of("helpdesk@firma.cz") is policies.usual
    assert policies.usual.rules.proof_required


def test_what_one_account_does_not_say_is_as_usual() -> None:
    policies = mail_policies(MAIL)
    vip = policies.of("vip@firma.cz")
    assert (vip.rules.unverified, vip.rules.proof_required) == (Verdict.HOLD, True)
    assert vip.authentication == policies.usual.authentication
    office = policies.of("office")
    assert (office.authentication.mode, office.rules.unverified) == (Mode.TRUSTED_RELAY, Verdict.REJECT)
    assert not policies.of("open@firma.cz").rules.proof_required


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({}, []),
        ({"policy": "address-only"}, ["mail.policy"]),
        ({"policy": "trusted-relay"}, ["mail.policy"]),
        ({"policy": "trusted-relay", "authserv_ids": ["mx"]}, []),
        ({"policy": "trusted-relay", "results_without_id": True}, []),
        ({"policies": {"a@b.cz": {"policy": "address-only"}}}, ['mail.policies."a@b.cz".policy']),
        ({"minimum_rsa_bits": 1024}, ["mail.minimum_rsa_bits"]),
    ],
)
def test_unsafe_choices_are_named(settings: dict[str, object], names: list[str]) -> None:
    assert [name for name, _ in unsafe_choices(MailSettings.model_validate(settings))] == names
