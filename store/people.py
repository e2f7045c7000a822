"""All commands that change the people and the lists, on one connection."""

from store.accounts import StoreAccounts
from store.lists import StoreLists
from store.recognition import StoreRecognition


class StorePeople(StoreLists, StoreRecognition, StoreAccounts):
    """See `intake.administration.PeopleAdmin`. Commit and rollback are the writer's."""
