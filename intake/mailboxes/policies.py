"""The settings of mail as the policies the mail channel works with, and which of these choices are unsafe."""

from collections.abc import Iterator
from dataclasses import replace

from authz.decision import Verdict
from authz.mail.authenticate import AuthenticationPolicy, Mode
from authz.mail.results import RelayTrust
from authz.people.shared_domains import SHARED_DOMAINS
from authz.policy import MAIL_RULES, Rules
from channels.mail.policies import MailPolicies, MailPolicy
from config.settings import MailPolicySettings, MailSettings

_STRONG_KEY = 2048


def mail_policies(mail: MailSettings) -> MailPolicies:
    """The usual policy and those of single addresses and mailboxes."""
    usual = MailPolicy(rules=_rules(mail), authentication=_authentication(mail))
    return MailPolicies(
        usual=usual, by_account={account: _changed(usual, chosen) for account, chosen in mail.policies.items()}
    )


def unsafe_choices(mail: MailSettings) -> Iterator[tuple[str, str]]:
    """Name of the setting and what is unsafe about it."""
    chosen = {"mail.policy": mail.policy}
    chosen |= {
        f'mail.policies."{account}".policy': each.policy for account, each in mail.policies.items() if each.policy
    }
    for name, policy in chosen.items():
        if policy == "address-only":
            yield name, "address-only believes any From field; use strict"
        if policy == "trusted-relay" and not mail.authserv_ids and not mail.results_without_id:
            yield name, "trusted-relay trusts nobody without mail.authserv_ids"
    if mail.minimum_rsa_bits < _STRONG_KEY:
        yield "mail.minimum_rsa_bits", f"keys below {_STRONG_KEY} bits can be broken"


def _rules(mail: MailSettings) -> Rules:
    return Rules(
        unidentified=MAIL_RULES.unidentified,
        unknown=Verdict(mail.unknown),
        unverified=Verdict(mail.unverified),
        proof_required=mail.policy != "address-only",
        reply_address_proves=mail.reply_address_proves,
        tell_unknown=mail.unknown_notice,
    )


def _authentication(mail: MailSettings) -> AuthenticationPolicy:
    return AuthenticationPolicy(
        mode=Mode(mail.policy),
        relay=RelayTrust(
            authserv_ids=_folded(mail.authserv_ids),
            border_hosts=_folded(mail.border_hosts),
            without_id=mail.results_without_id,
        ),
        arc_sealers=_folded(mail.arc_sealers),
        min_rsa_bits=mail.minimum_rsa_bits,
        shared_domains=SHARED_DOMAINS,
    )


def _changed(usual: MailPolicy, chosen: MailPolicySettings) -> MailPolicy:
    rules, authentication = usual.rules, usual.authentication
    if chosen.policy is not None:
        authentication = replace(authentication, mode=Mode(chosen.policy))
        rules = replace(rules, proof_required=chosen.policy != "address-only")
    if chosen.unknown is not None:
        rules = replace(rules, unknown=Verdict(chosen.unknown))
    if chosen.unverified is not None:
        rules = replace(rules, unverified=Verdict(chosen.unverified))
    return MailPolicy(rules=rules, authentication=authentication)


def _folded(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name.strip().lower() for name in names)
