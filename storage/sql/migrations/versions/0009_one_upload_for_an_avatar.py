"""One upload past the server for each user's avatar."""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('avatar_uploads',
    sa.Column('user_id', sa.Text(), nullable=False),
    sa.Column('upload_id', sa.Text(), nullable=False),
    sa.Column('adopted', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_avatar_uploads_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_avatar_uploads'))
    )
    with op.batch_alter_table('avatar_uploads', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_avatar_uploads_created_at'), ['created_at'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('avatar_uploads', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_avatar_uploads_created_at'))

    op.drop_table('avatar_uploads')
