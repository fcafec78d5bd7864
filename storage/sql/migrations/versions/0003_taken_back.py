"""What tools left can be taken back: places of drawings never stored, reminders cancelled."""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('reminders', schema=None) as batch_op:
        batch_op.add_column(sa.Column('cancelled_at', sa.BigInteger(), nullable=True))

    with op.batch_alter_table('drawings', schema=None) as batch_op:
        batch_op.add_column(sa.Column('stored', sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.create_index('ix_drawings_reserved', ['created_at'], unique=False, sqlite_where=sa.text('stored = 0'), postgresql_where=sa.text('NOT stored'))


def downgrade() -> None:
    with op.batch_alter_table('drawings', schema=None) as batch_op:
        batch_op.drop_index('ix_drawings_reserved', sqlite_where=sa.text('stored = 0'), postgresql_where=sa.text('NOT stored'))
        batch_op.drop_column('stored')

    with op.batch_alter_table('reminders', schema=None) as batch_op:
        batch_op.drop_column('cancelled_at')
