"""What makes an account whole: profiles, invites, erasure, endings that nobody saw."""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('erasures',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Text(), nullable=True),
    sa.Column('requested_at', sa.BigInteger(), nullable=False),
    sa.Column('completed_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_erasures')),
    sa.UniqueConstraint('user_id', name=op.f('uq_erasures_user_id'))
    )
    op.create_table('former_identities',
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('hash', name=op.f('pk_former_identities'))
    )
    op.create_table('invite_guesses',
    sa.Column('user_id', sa.Text(), nullable=False),
    sa.Column('since', sa.BigInteger(), nullable=False),
    sa.Column('wrong', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_invite_guesses_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_invite_guesses'))
    )
    op.create_table('invite_redemptions',
    sa.Column('user_id', sa.Text(), nullable=False),
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('inviter_id', sa.Text(), nullable=True),
    sa.Column('rewarded', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['inviter_id'], ['users.id'], name=op.f('fk_invite_redemptions_inviter_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_invite_redemptions_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_invite_redemptions')),
    sa.UniqueConstraint('id', name=op.f('uq_invite_redemptions_id'))
    )
    with op.batch_alter_table('invite_redemptions', schema=None) as batch_op:
        batch_op.create_index('ix_invite_redemptions_by_inviter', ['inviter_id', 'created_at'], unique=False)

    op.create_table('invites',
    sa.Column('user_id', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_invites_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_invites')),
    sa.UniqueConstraint('code', name=op.f('uq_invites_code'))
    )
    op.create_table('unseen_endings',
    sa.Column('run_id', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Text(), nullable=False),
    sa.Column('session_id', sa.Text(), nullable=False),
    sa.Column('succeeded', sa.Boolean(), nullable=False),
    sa.Column('due_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['run_id'], ['runs.id'], name=op.f('fk_unseen_endings_run_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_unseen_endings_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('run_id', name=op.f('pk_unseen_endings'))
    )
    with op.batch_alter_table('unseen_endings', schema=None) as batch_op:
        batch_op.create_index('ix_unseen_endings_by_session', ['session_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_unseen_endings_due_at'), ['due_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_unseen_endings_user_id'), ['user_id'], unique=False)

    with op.batch_alter_table('ledger', schema=None) as batch_op:
        batch_op.add_column(sa.Column('invite_id', sa.Text(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f('uq_ledger_invite_id_kind'), ['invite_id', 'kind'])

    with op.batch_alter_table('notifications', schema=None) as batch_op:
        batch_op.add_column(sa.Column('key', sa.Text(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f('uq_notifications_user_id_key'), ['user_id', 'key'])

    with op.batch_alter_table('profiles', schema=None) as batch_op:
        batch_op.add_column(sa.Column('display_name', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('bio', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('locale', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('birthday', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('avatar_path', sa.Text(), nullable=True))

    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.add_column(sa.Column('closed_at', sa.BigInteger(), nullable=True))



def downgrade() -> None:
    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.drop_column('closed_at')

    with op.batch_alter_table('profiles', schema=None) as batch_op:
        batch_op.drop_column('avatar_path')
        batch_op.drop_column('birthday')
        batch_op.drop_column('locale')
        batch_op.drop_column('bio')
        batch_op.drop_column('display_name')

    with op.batch_alter_table('notifications', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_notifications_user_id_key'), type_='unique')
        batch_op.drop_column('key')

    with op.batch_alter_table('ledger', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_ledger_invite_id_kind'), type_='unique')
        batch_op.drop_column('invite_id')

    with op.batch_alter_table('unseen_endings', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_unseen_endings_user_id'))
        batch_op.drop_index(batch_op.f('ix_unseen_endings_due_at'))
        batch_op.drop_index('ix_unseen_endings_by_session')

    op.drop_table('unseen_endings')
    op.drop_table('invites')
    with op.batch_alter_table('invite_redemptions', schema=None) as batch_op:
        batch_op.drop_index('ix_invite_redemptions_by_inviter')

    op.drop_table('invite_redemptions')
    op.drop_table('invite_guesses')
    op.drop_table('former_identities')
    op.drop_table('erasures')
