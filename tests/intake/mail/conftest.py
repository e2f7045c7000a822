"""The desk of these tests, on both engines."""

from collections.abc import Iterator

import pytest

from tests.intake.mail.desk import MailDesk, mail_desk


@pytest.fixture
def desk(database_url: str) -> Iterator[MailDesk]:
    """A service desk with two customers."""
    with mail_desk(database_url) as made:
        yield made
