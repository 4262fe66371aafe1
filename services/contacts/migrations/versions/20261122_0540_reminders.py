"""reminders of tasks and activities, escalation, the limit of call-backs"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import crm_shared.db.types

revision: str = "20261122_0540"
down_revision: str | None = "20261122_0530"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NONE = sa.text("'{}'::integer[]")
# index, table, column, condition
INDEXES = (
    (
        "ix_tasks_next_reminder_at",
        "tasks",
        "next_reminder_at",
        "status = 'open' AND next_reminder_at IS NOT NULL",
    ),
    ("ix_tasks_due_at_untold", "tasks", "due_at", "status = 'open' AND escalated_at IS NULL"),
    ("ix_tasks_alarm_at", "tasks", "alarm_at", "status = 'open' AND alarm_at IS NOT NULL"),
    (
        "ix_activities_next_reminder_at",
        "activities",
        "next_reminder_at",
        "status = 'planned' AND next_reminder_at IS NOT NULL",
    ),
    ("ix_calls_callback_task_id", "calls", "callback_task_id", "callback_task_id IS NOT NULL"),
)


def upgrade() -> None:
    moment = crm_shared.db.types.UtcDateTime(timezone=True)
    for table in ("tasks", "activities"):
        reminders: sa.Column[list[int]] = sa.Column(
            "reminders", sa.ARRAY(sa.Integer()), server_default=NONE, nullable=False
        )
        op.add_column(table, reminders)
        op.add_column(table, sa.Column("next_reminder_at", moment, nullable=True))
    op.add_column("tasks", sa.Column("escalated_at", moment, nullable=True))
    op.add_column("tasks", sa.Column("escalated_to_id", sa.Uuid(), nullable=True))
    op.add_column("tasks", sa.Column("alarm_at", moment, nullable=True))
    # what is late already when this begins is no news to any head
    op.execute("UPDATE tasks SET escalated_at = now() WHERE status = 'open' AND due_at < now()")
    for name, table, column, condition in INDEXES:
        op.create_index(name, table, [column], postgresql_where=sa.text(condition))


def downgrade() -> None:
    for name, table, _column, _condition in reversed(INDEXES):
        op.drop_index(name, table_name=table)
    for column in ("alarm_at", "escalated_to_id", "escalated_at"):
        op.drop_column("tasks", column)
    for table in ("activities", "tasks"):
        op.drop_column(table, "next_reminder_at")
        op.drop_column(table, "reminders")
