"""What all tables share: the metadata with its names of constraints, the type of an id, a reference."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, MetaData, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# BIGINT everywhere, but SQLite only auto-counts a column that is spelled INTEGER.
Id = BigInteger().with_variant(Integer(), "sqlite")


def reference(name: str, target: str, *, nullable: bool = False, index: bool = True) -> Column[int]:
    """A column that points to a row of another table."""
    return Column(name, Id, ForeignKey(target), nullable=nullable, index=index)


def index_of_set(name: str, column: str, *others: str) -> Index:
    """An index of those rows in which the column is set."""
    is_set = text(f"{column} IS NOT NULL")
    return Index(name, column, *others, sqlite_where=is_set, postgresql_where=is_set)
