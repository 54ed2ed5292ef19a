"""Marks: what is remembered about a workspace, each a word (a sample, settings confirmed, …)."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("workspaces", sa.Column("marks", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("workspaces", "marks")
