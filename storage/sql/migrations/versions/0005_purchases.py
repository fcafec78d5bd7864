"""Purchases: what Apple sold, told and took back; whose starter pack was had."""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('apple_notifications',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('environment', sa.Text(), nullable=False),
    sa.Column('transaction_id', sa.Text(), nullable=True),
    sa.Column('signed_at', sa.BigInteger(), nullable=False),
    sa.Column('received_at', sa.BigInteger(), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_apple_notifications'))
    )
    with op.batch_alter_table('apple_notifications', schema=None) as batch_op:
        batch_op.create_index('ix_apple_notifications_by_transaction', ['environment', 'transaction_id'], unique=False)

    op.create_table('starter_claims',
    sa.Column('identity_hash', sa.LargeBinary(), nullable=False),
    sa.Column('purchase_id', sa.Text(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('identity_hash', name=op.f('pk_starter_claims'))
    )
    op.create_table('purchases',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('environment', sa.Text(), nullable=False),
    sa.Column('transaction_id', sa.Text(), nullable=False),
    sa.Column('product_id', sa.Text(), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Text(), nullable=True),
    sa.Column('identity_hash', sa.LargeBinary(), nullable=True),
    sa.Column('product_code', sa.Text(), nullable=True),
    sa.Column('points', sa.BigInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('granted_at', sa.BigInteger(), nullable=True),
    sa.Column('revoked_share', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('told_at', sa.BigInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('taken', sa.BigInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('forgiven', sa.BigInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_purchases_user_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_purchases')),
    sa.UniqueConstraint('environment', 'transaction_id', name=op.f('uq_purchases_environment_transaction_id'))
    )
    with op.batch_alter_table('purchases', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_purchases_user_id'), ['user_id'], unique=False)

    op.create_table('payment_reviews',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('purchase_id', sa.Text(), nullable=False),
    sa.Column('points', sa.BigInteger(), nullable=False),
    sa.Column('opened_at', sa.BigInteger(), nullable=False),
    sa.Column('settled_at', sa.BigInteger(), nullable=True),
    sa.Column('settlement', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['purchase_id'], ['purchases.id'], name=op.f('fk_payment_reviews_purchase_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment_reviews'))
    )
    with op.batch_alter_table('payment_reviews', schema=None) as batch_op:
        batch_op.create_index('uq_payment_reviews_open', ['purchase_id'], unique=True, sqlite_where=sa.text('settled_at IS NULL'), postgresql_where=sa.text('settled_at IS NULL'))

    with op.batch_alter_table('ledger', schema=None) as batch_op:
        batch_op.add_column(sa.Column('purchase_id', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('cause', sa.Text(), nullable=True))
        batch_op.create_index('uq_ledger_purchase_id_cause', ['purchase_id', 'cause'], unique=True)



def downgrade() -> None:
    with op.batch_alter_table('ledger', schema=None) as batch_op:
        batch_op.drop_index('uq_ledger_purchase_id_cause')
        batch_op.drop_column('cause')
        batch_op.drop_column('purchase_id')

    with op.batch_alter_table('payment_reviews', schema=None) as batch_op:
        batch_op.drop_index('uq_payment_reviews_open', sqlite_where=sa.text('settled_at IS NULL'), postgresql_where=sa.text('settled_at IS NULL'))

    op.drop_table('payment_reviews')
    with op.batch_alter_table('purchases', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_purchases_user_id'))

    op.drop_table('purchases')
    op.drop_table('starter_claims')
    with op.batch_alter_table('apple_notifications', schema=None) as batch_op:
        batch_op.drop_index('ix_apple_notifications_by_transaction')

    op.drop_table('apple_notifications')
