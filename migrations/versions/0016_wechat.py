"""coming by WeChat

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("wechat_openid", sa.LargeBinary(), nullable=True))
    op.add_column("people", sa.Column("wechat_index", sa.LargeBinary(), nullable=True))
    op.create_unique_constraint(op.f("uq_people_wechat_index"), "people", ["wechat_index"])
    op.create_check_constraint(
        op.f("ck_people_wechat_has_index"), "people", "(wechat_openid IS NULL) = (wechat_index IS NULL)"
    )
    op.create_table(
        "wechat_codes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wechat_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_wechat_codes_code_hash")),
    )
    op.create_table(
        "wechat_tickets",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("openid", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("created_at < expires_at", name=op.f("ck_wechat_tickets_expires_later")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wechat_tickets")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_wechat_tickets_token_hash")),
    )


def downgrade() -> None:
    op.drop_table("wechat_tickets")
    op.drop_table("wechat_codes")
    op.drop_constraint(op.f("ck_people_wechat_has_index"), "people", type_="check")
    op.drop_constraint(op.f("uq_people_wechat_index"), "people", type_="unique")
    op.drop_column("people", "wechat_index")
    op.drop_column("people", "wechat_openid")
