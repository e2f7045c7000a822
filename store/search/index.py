"""The index in each database's own way: FTS5 on SQLite, a tsvector under GIN on PostgreSQL.

Both get words that are folded already and split them nowhere else. The index is derived data: it is made when it is
missing, is no part of the migrations, and `intake db reindex` fills it anew.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, TableClause, cast, literal_column, table, text
from sqlalchemy.types import UserDefinedType

from intake.tickets.words import Term
from store.search.texts import TicketWords

INDEX = "ticket_words"
# FTS5 keeps its own parts in tables of these names.
INDEX_TABLES = frozenset(INDEX + part for part in ("", "_data", "_idx", "_content", "_docsize", "_config"))

_MAKE = {
    "sqlite": (
        # The tokenizer that takes every letter beyond ASCII as it is: nothing is left to fold. A beginning of a length
        # without an index of its own is put together from all its words first, which takes long for common ones.
        (
            "CREATE VIRTUAL TABLE IF NOT EXISTS ticket_words USING "
            "fts5(head, said, noted, owner, tokenize='ascii', prefix='3 4 5 6 7 8 9 10')"
        ),
    ),
    "postgresql": (
        "CREATE TABLE IF NOT EXISTS ticket_words (ticket_id BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)",
        "CREATE INDEX IF NOT EXISTS ix_ticket_words_words ON ticket_words USING gin (words)",
    ),
}
_PUT = {
    "sqlite": text(
        "INSERT OR REPLACE INTO ticket_words (rowid, head, said, noted, owner) "
        "VALUES (:ticket_id, :head, :said, :noted, :owner)"
    ),
    "postgresql": text(
        "INSERT INTO ticket_words (ticket_id, words) VALUES (:ticket_id, CAST(:words AS tsvector)) "
        "ON CONFLICT (ticket_id) DO UPDATE SET words = excluded.words"
    ),
}
# PostgreSQL counts no further in a tsvector; nothing after it can be part of a phrase.
_LAST_PLACE = 16_383


def make_index(connection: Connection) -> None:
    """Make the index where there is none."""
    for statement in _MAKE[connection.dialect.name]:
        connection.execute(text(statement))


def put_words(connection: Connection, found: Sequence[TicketWords]) -> None:
    """Index these tickets, in place of what the index had of them."""
    if not found:
        return
    values = _fts5_values if connection.dialect.name == "sqlite" else _tsvector_values
    connection.execute(_PUT[connection.dialect.name], [values(each) for each in found])


def clear_index(connection: Connection) -> None:
    """Forget everything."""
    connection.execute(text("DELETE FROM ticket_words"))


class Asked:
    """A query in one dialect: the index as something to select from, its ticket's id, and whether a row matches.

    owner: the only customer whose tickets are looked at, without their internal notes; None for everything.
    """

    def __init__(self, dialect: str, terms: Sequence[Term], owner: int | None) -> None:
        self.index: TableClause = table(INDEX)
        name = "rowid" if dialect == "sqlite" else "ticket_id"
        self.ticket_id: ColumnElement[int] = literal_column(f"{INDEX}.{name}", BigInteger)
        self.matches: ColumnElement[bool]
        if dialect == "sqlite":
            self.matches = literal_column(INDEX).op("MATCH")(_fts5_query(terms, owner))
        else:
            words: ColumnElement[Any] = literal_column(f"{INDEX}.words")
            self.matches = words.op("@@")(cast(_tsquery(terms, owner), _TsQuery))


class _TsQuery(UserDefinedType[str]):
    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "TSQUERY"


def _fts5_values(found: TicketWords) -> dict[str, Any]:
    return {
        "ticket_id": found.ticket_id,
        "head": " ".join(found.head),
        "said": " ".join(found.said),
        "noted": " ".join(found.noted),
        "owner": str(found.customer_id),
    }


def _fts5_query(terms: Sequence[Term], owner: int | None) -> str:
    wanted = " AND ".join(f'"{" ".join(term.words)}"' + (" *" if term.beginning else "") for term in terms)
    if owner is None:
        return f"{{head said noted}} : ({wanted})"
    return f'owner : "{owner}" AND {{head said}} : ({wanted})'


def _tsvector_values(found: TicketWords) -> dict[str, Any]:
    places: defaultdict[str, list[str]] = defaultdict(list)
    first = 1
    for weight, words in (("A", found.head), ("B", found.said), ("C", found.noted)):
        for place, word in enumerate(words, first):
            places[word].append(f"{min(place, _LAST_PLACE)}{weight}")
        first += len(words) + 1  # no phrase goes from one section into the next
    lexemes = [f"'{word}':{','.join(where)}" for word, where in places.items()]
    return {"ticket_id": found.ticket_id, "words": " ".join([*lexemes, f"'#{found.customer_id}'"])}


def _tsquery(terms: Sequence[Term], owner: int | None) -> str:
    weights = "ABC" if owner is None else "AB"
    wanted = [
        " <-> ".join(f"'{word}':{'*' if term.beginning else ''}{weights}" for word in term.words) for term in terms
    ]
    scope = [] if owner is None else [f"'#{owner}'"]
    return " & ".join([*(f"({each})" for each in wanted), *scope])
