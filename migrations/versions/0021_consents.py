"""consents: who agreed to what, in which words, until when

A row changes once, when somebody takes it back, and goes only after three years: a trigger sees to both. Nothing is
filled in for cases filed before: nobody agreed to these words then, so they are asked when it comes to it.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

from butler.kit.sight import protect, unprotect

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

PURPOSES = "'papers', 'health', 'hand_over', 'wechat'"
CHANNELS = "'page', 'api', 'face_to_face', 'new_version'"
CHECKS = {
    "purpose_known": f"purpose IN ({PURPOSES})",
    "channel_known": f"channel IN ({CHANNELS})",
    "withdrawn_channel_known": f"withdrawn_channel IN ({CHANNELS})",
    "version_counts_from_one": "version > 0",
    "personal_has_no_case": "(case_id IS NULL) = (purpose = 'wechat')",
    "given_by_somebody": "channel <> 'new_version'",
    "face_to_face_has_recorder": "(channel = 'face_to_face') = (recorded_by_id IS NOT NULL)",
    "withdrawn_has_channel": "(withdrawn_at IS NULL) = (withdrawn_channel IS NULL)",
    "withdrawn_by_somebody": (
        "(withdrawn_by_id IS NULL) = (withdrawn_channel IS NULL OR withdrawn_channel = 'new_version')"
    ),
    "withdrawn_afterwards": "withdrawn_at >= given_at",
}
PEOPLE = ("person_id", "given_by_id", "recorded_by_id", "withdrawn_by_id")

ONCE = """
CREATE FUNCTION consents_change_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF coalesce(OLD.withdrawn_at, OLD.given_at) > now() - interval '3 years' THEN
            RAISE EXCEPTION 'a consent is kept for three years' USING ERRCODE = 'check_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF OLD.withdrawn_at IS NOT NULL
        OR (OLD.id, OLD.person_id, OLD.purpose, OLD.version, OLD.case_id, OLD.channel, OLD.given_by_id,
            OLD.recorded_by_id, OLD.given_at)
        IS DISTINCT FROM
           (NEW.id, NEW.person_id, NEW.purpose, NEW.version, NEW.case_id, NEW.channel, NEW.given_by_id,
            NEW.recorded_by_id, NEW.given_at)
    THEN
        RAISE EXCEPTION 'a consent changes once, when it is taken back' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$"""


def upgrade() -> None:
    op.create_table(
        "consents",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger()),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("given_by_id", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger()),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_channel", sa.Text()),
        sa.Column("withdrawn_by_id", sa.BigInteger()),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_consents_{name}")) for name, rule in CHECKS.items()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_consents_case_id")),
        *(sa.ForeignKeyConstraint([name], ["people.id"], name=op.f(f"fk_consents_{name}")) for name in PEOPLE),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(
        "uq_consents_in_force",
        "consents",
        ["person_id", "purpose", "case_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_index("ix_consents_case_id", "consents", ["case_id"], postgresql_where=sa.text("case_id IS NOT NULL"))
    op.create_index("ix_consents_given_by_id", "consents", ["given_by_id"])
    op.execute(ONCE)
    op.execute(
        "CREATE TRIGGER consents_change_once BEFORE UPDATE OR DELETE ON consents "
        "FOR EACH ROW EXECUTE FUNCTION consents_change_once()"
    )
    # That of a case is seen with the case, which may be hidden from one of the two (0020); only others need the person.
    protect(op, "consents", "(case_id IS NULL AND person_id = (SELECT sight_person()))")
    _destroyed_why("'expired', 'withdrawn', 'unsafe'")


def _destroyed_why(words: str) -> None:
    """Why a file may have been destroyed."""
    name = op.f("ck_attachments_destroyed_why_known")
    op.drop_constraint(name, "attachments")
    op.create_check_constraint(name, "attachments", f"destroyed_why IN ({words})")


def downgrade() -> None:
    op.execute("UPDATE attachments SET destroyed_why = 'expired' WHERE destroyed_why = 'withdrawn'")
    _destroyed_why("'expired', 'unsafe'")
    unprotect(op, "consents")
    op.drop_table("consents")
    op.execute("DROP FUNCTION consents_change_once()")
