import psycopg
import pytest
from sqlalchemy import create_engine, text

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
