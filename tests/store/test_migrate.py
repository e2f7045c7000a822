"""The schema: migrations lead to exactly the tables the code has."""

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from store import migrations
from store.migrate import HEAD, NewerSchemaError, differences, migrate


def test_migrations_lead_to_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        assert differences(connection) == []


def test_a_start_knows_the_newest_migration() -> None:
    """It is told in `store.migrate` a second time, for starts that have nothing to migrate."""
    assert ScriptDirectory(migrations.__path__[0]).get_current_head() == HEAD


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    migrate(engine)


def test_a_schema_of_a_later_release_is_refused(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerSchemaError, match="9999"):
        migrate(engine)
