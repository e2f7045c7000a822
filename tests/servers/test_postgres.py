import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests.servers.clones import Clones
from tests.servers.postgres import Cluster, postgres

pytestmark = pytest.mark.e2e


def _plain(url: str) -> str:
    return url.replace("+psycopg", "")


def _fill(url: str) -> None:
    with psycopg.connect(_plain(url)) as connection:
        connection.execute("CREATE TABLE word (text text)")
        connection.execute("INSERT INTO word VALUES ('přihlášení')")


def test_each_test_gets_a_database_of_its_own_cloned_from_the_template(postgres_server: Cluster) -> None:
    template = postgres_server.template(_fill)
    with postgres_server.database(template=template) as one, postgres_server.database(template=template) as other:
        with psycopg.connect(_plain(one)) as connection:
            connection.execute("DELETE FROM word")
        with psycopg.connect(_plain(other)) as connection:
            assert connection.execute("SELECT text FROM word").fetchall() == [("přihlášení",)]
    postgres_server.drop(template)


def _numbered(url: str) -> None:
    with psycopg.connect(_plain(url)) as connection:
        connection.execute("CREATE TABLE kind (name text PRIMARY KEY)")
        connection.execute("CREATE TABLE thing (id serial, kind text REFERENCES kind)")
        connection.execute("INSERT INTO kind VALUES ('old')")
        connection.execute("INSERT INTO thing (kind) VALUES ('old')")


def _which(connection: psycopg.Connection) -> tuple[object, ...] | None:
    """The database, whatever its name is now."""
    return connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()


def test_a_database_that_is_used_again_is_as_its_template_and_has_another_name(postgres_server: Cluster) -> None:
    clones = Clones(postgres_server, postgres_server.template(_numbered))
    with clones.database() as first, psycopg.connect(_plain(first), autocommit=True) as connection:
        connection.execute("INSERT INTO kind VALUES ('new')")
        connection.execute("INSERT INTO thing (kind) VALUES ('new'), ('new')")
        connection.execute("DELETE FROM thing WHERE kind = 'old'")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(_plain(first))
    with clones.database() as second, psycopg.connect(_plain(second)) as connection:
        assert connection.execute("SELECT * FROM kind").fetchall() == [("old",)]
        assert connection.execute("SELECT * FROM thing").fetchall() == [(1, "old")]
        assert connection.execute("INSERT INTO thing (kind) VALUES ('old') RETURNING id").fetchone() == (2,)
        used = _which(connection)
    with clones.database() as third, psycopg.connect(_plain(third)) as connection:
        assert _which(connection) == used


@pytest.mark.parametrize(
    "change", ["ALTER TABLE thing ADD more text", "DROP TABLE thing", "CREATE INDEX ON thing (kind)"]
)
def test_a_database_whose_schema_was_changed_is_not_used_again(postgres_server: Cluster, change: str) -> None:
    clones = Clones(postgres_server, postgres_server.template(_numbered))
    with clones.database() as first, psycopg.connect(_plain(first), autocommit=True) as connection:
        connection.execute(change)
        changed = _which(connection)
    with clones.database() as second, psycopg.connect(_plain(second)) as connection:
        assert _which(connection) != changed
        assert connection.execute("SELECT * FROM thing").fetchall() == [(1, "old")]


def test_a_database_goes_away_although_somebody_is_connected(postgres_server: Cluster) -> None:
    with postgres_server.database() as url:
        engine = create_engine(url)
        connection = engine.connect()
        assert connection.scalar(text("SELECT 1")) == 1
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(_plain(url))
    connection.invalidate()
    connection.close()
    engine.dispose()


@pytest.mark.crash
def test_a_durable_cluster_keeps_what_it_committed_over_a_crash() -> None:
    with postgres(durable=True) as cluster:
        url = _plain(cluster.url(cluster.create()))
        with psycopg.connect(url) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
            connection.execute("CREATE TABLE kept (n int)")
            connection.execute("INSERT INTO kept VALUES (1)")
        cluster.crash()
        cluster.start()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT n FROM kept").fetchall() == [(1,)]
        assert "automatic recovery in progress" in cluster.log()


def test_every_engine_gives_an_empty_database(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (n integer)"))
        assert connection.scalar(text("SELECT count(*) FROM t")) == 0
    engine.dispose()
