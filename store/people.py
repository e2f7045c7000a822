"""All commands that change the people and the lists, on one connection."""

from store.accounts import StoreAccounts
from store.lists import StoreLists
from store.oidc import StoreOidc
from store.recognition import StoreRecognition
from store.signing import StoreFactors, StoreSteps


class StorePeople(StoreLists, StoreRecognition, StoreAccounts):
    """See `intake.administration.PeopleAdmin`. Commit and rollback are the writer's."""


class StoreSigning(StoreSteps, StoreFactors, StoreOidc):
    """See `intake.login.signing.Signing`. Likewise."""
