"""The cursor never passes a mail that is not settled, and reaches the end when all are."""

import random

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from channels.mail.backoff import backoff_seconds
from channels.mail.imap_progress import MailboxProgress


def progress(settled_through: int = 0) -> MailboxProgress:
    return MailboxProgress(settled_through, retry_base=10, retry_most=100, chance=random.Random(1))


def test_the_cursor_follows_what_is_settled_in_order() -> None:
    it = progress()
    it.see([1, 2, 3], examined_through=3)
    assert it.due(0) == [1, 2, 3]
    it.settle(1)
    assert it.settled_through == 1
    it.settle(3)
    assert it.settled_through == 1
    it.settle(2)
    assert it.settled_through == 3


def test_gaps_and_mails_that_went_away_do_not_hold_the_cursor() -> None:
    it = progress()
    it.see([5, 9], examined_through=20)
    assert it.settled_through == 4
    it.settle(5)
    it.postpone(9, now=0)
    it.see([], examined_through=20)
    assert it.settled_through == 20
    assert it.waiting == 0
    assert it.next_due() is None


def test_an_empty_folder_leaves_nothing_below_its_next_uid_to_look_at() -> None:
    it = progress()
    it.see([], examined_through=41)
    assert it.settled_through == 41


def test_a_postponed_mail_waits_and_holds_nobody_up() -> None:
    it = progress()
    it.see([1, 2], examined_through=2)
    it.postpone(1, now=100)
    assert it.due(100) == [2]
    due = it.next_due()
    assert due is not None
    assert 105 <= due <= 110
    assert it.due(due) == [1, 2]


def test_what_is_below_the_cursor_is_not_looked_at_again() -> None:
    """RFC 3501 §6.4.8: a search for 5:* finds the last mail even when it is number 4."""
    it = progress(settled_through=4)
    it.see([4], examined_through=4)
    assert it.due(0) == []


def test_a_settled_mail_above_the_cursor_is_not_looked_at_twice() -> None:
    it = progress()
    it.see([1, 2], examined_through=2)
    it.settle(2)
    it.see([1, 2, 3], examined_through=3)
    assert it.due(0) == [1, 3]


class Mailbox(RuleBasedStateMachine):
    """A folder that changes under the poller: mails come, are settled or fail, and others take some away."""

    def __init__(self) -> None:
        super().__init__()
        self.next_uid = 1
        self.folder: set[int] = set()
        self.settled: set[int] = set()
        self.now = 0.0
        self.progress = progress()

    @rule(skipped=st.integers(0, 3))
    def mail_comes(self, skipped: int) -> None:
        self.next_uid += skipped
        self.folder.add(self.next_uid)
        self.next_uid += 1

    @precondition(lambda self: self.folder)
    @rule(data=st.data())
    def mail_goes(self, data: st.DataObject) -> None:
        self.folder.remove(data.draw(st.sampled_from(sorted(self.folder))))

    @rule(data=st.data(), seconds=st.floats(0, 50))
    def the_poller_works(self, data: st.DataObject, seconds: float) -> None:
        self.now += seconds
        above = {uid for uid in self.folder if uid > self.progress.settled_through}
        self.progress.see(above, examined_through=self.next_uid - 1)
        for uid in self.progress.due(self.now):
            assert uid in self.folder
            assert uid not in self.settled
            if data.draw(st.booleans()):
                self.progress.settle(uid)
                self.settled.add(uid)
            else:
                self.progress.postpone(uid, self.now)

    @rule()
    def the_poller_starts_again(self) -> None:
        # Settled mails above the cursor are seen once more; the ledger knows them.
        self.settled = {uid for uid in self.settled if uid <= self.progress.settled_through}
        self.progress = progress(self.progress.settled_through)

    @invariant()
    def the_cursor_passes_no_open_mail(self) -> None:
        through = self.progress.settled_through
        assert {uid for uid in self.folder if uid <= through} <= self.settled

    def teardown(self) -> None:
        self.now += 1e6
        self.progress.see(
            {u for u in self.folder if u > self.progress.settled_through}, examined_through=self.next_uid - 1
        )
        for uid in self.progress.due(self.now):
            self.progress.settle(uid)
        assert self.progress.settled_through == self.next_uid - 1
        assert self.progress.waiting == 0


TestMailbox = Mailbox.TestCase


@given(st.integers(1, 10_000), st.floats(0.01, 60), st.floats(60, 4000), st.randoms(use_true_random=False))
def test_a_pause_stays_between_half_of_base_and_the_most(
    failures: int, base: float, most: float, chance: random.Random
) -> None:
    assert base / 2 <= backoff_seconds(failures, base=base, most=most, chance=chance) <= most


def test_pauses_double_until_the_most() -> None:
    class Least(random.Random):
        def random(self) -> float:
            return 0.0

    pauses = [backoff_seconds(failures, base=1, most=60, chance=Least()) for failures in range(1, 10)]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
