"""What the operator chose for each way a mail may come in: a receiving address or a mailbox. Data only."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from authz.mail.authenticate import AuthenticationPolicy
from authz.policy import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPolicy:
    """How mail is authenticated and what is answered when it fails."""

    rules: Rules
    authentication: AuthenticationPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPolicies:
    """The usual policy, and those of single accounts.

    by_account: keyed by receiving address or mailbox name, in lower case.
    """

    usual: MailPolicy
    by_account: Mapping[str, MailPolicy] = field(default_factory=dict)

    def of(self, account: str) -> MailPolicy:
        """The policy of the account a mail came in by."""
        return self.by_account.get(account.lower(), self.usual)
