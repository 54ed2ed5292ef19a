"""What is done at set times, and how often a job has met with something unforeseen."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column(
        "jobs", sa.Column("troubles", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
    op.create_table(
        "schedules",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("expression", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.Column("paused_at", ID, nullable=True),
        sa.Column("deleted_at", ID, nullable=True),
        sa.Column("next_at", ID, nullable=True),
        sa.Column("last_at", ID, nullable=True),
        sa.Column("last_job", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name="fk_schedules_workspace_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_schedules"),
    )
    op.create_index("ix_schedules_next", "schedules", ["next_at"], unique=False)
    op.create_index("ix_schedules_workspace", "schedules", ["workspace_id", "kind"], unique=False)


def downgrade() -> None:
    op.drop_table("schedules")
    op.drop_column("jobs", "troubles")
