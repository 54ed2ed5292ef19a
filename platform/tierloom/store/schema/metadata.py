"""What all tables share: one metadata with names for constraints, and the column types."""

from sqlalchemy import BigInteger, Integer, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite makes only a column of exactly INTEGER the row's own number.
Id = BigInteger().with_variant(Integer(), "sqlite")
"""Ids and sequence numbers: 64 bits on both databases."""

Millis = BigInteger().with_variant(Integer(), "sqlite")
"""Moments: milliseconds since 1970-01-01, UTC."""
