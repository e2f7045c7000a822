"""A frozen statement can be shown in every format: what was written is read again, and writes the same octets."""

from intake.sla.render import statement_csv, statement_json
from intake.sla.reread import read_statement
from tests.intake.sla.test_statement import june


def test_what_was_written_is_read_again() -> None:
    statement = june()
    again = read_statement(statement_json(statement))
    assert again == statement
    assert statement_json(again) == statement_json(statement)
    assert statement_csv(again) == statement_csv(statement)
