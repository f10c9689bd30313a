"""first tables

Revision ID: 0001
Revises: nothing
"""

import sqlalchemy as sa
from alembic import op

from claims.model import types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "actor",
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("since", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "business_clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("shift_seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "control_number",
        sa.Column("partner", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("partner", "kind"),
    )
    op.create_table(
        "document",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("direction", sa.String(3), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("archived_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256"),
    )
    op.create_index("ix_document_kind", "document", ["kind"], unique=False)
    op.create_table(
        "event",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("subject", sa.String(60), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("real_at", types.Instant(), nullable=False),
        sa.Column("business_at", types.Instant(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.Column("inputs", sa.String(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("note_digest", sa.String(), nullable=True),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("subject", "number"),
    )
    op.create_index("ix_event_kind", "event", ["kind"], unique=False)
    op.create_index("ix_event_run_id", "event", ["run_id"], unique=False)
    op.create_table(
        "lease",
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.Column("expires_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("resource"),
    )
    op.create_table(
        "patient",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("source_index", sa.String(), nullable=False),
        sa.Column("record_number", sa.LargeBinary(), nullable=True),
        sa.Column("family", sa.LargeBinary(), nullable=True),
        sa.Column("given", sa.LargeBinary(), nullable=True),
        sa.Column("middle", sa.LargeBinary(), nullable=True),
        sa.Column("birth_date", sa.LargeBinary(), nullable=True),
        sa.Column("sex", sa.String(1), nullable=True),
        sa.Column("line1", sa.LargeBinary(), nullable=True),
        sa.Column("line2", sa.LargeBinary(), nullable=True),
        sa.Column("city", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.LargeBinary(), nullable=True),
        sa.Column("postal", sa.LargeBinary(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source_index"),
    )
    op.create_table(
        "payer",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "provider",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("given", sa.String(), nullable=True),
        sa.Column("npi", sa.String(10), nullable=True),
        sa.Column("tax_id", sa.String(), nullable=True),
        sa.Column("taxonomy", sa.String(10), nullable=True),
        sa.Column("line1", sa.String(), nullable=True),
        sa.Column("line2", sa.String(), nullable=True),
        sa.Column("city", sa.String(), nullable=True),
        sa.Column("state", sa.String(2), nullable=True),
        sa.Column("postal", sa.String(9), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("clia", sa.String(10), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source_key"),
    )
    op.create_index("ix_provider_kind", "provider", ["kind"], unique=False)
    op.create_index("ix_provider_npi", "provider", ["npi"], unique=False)
    op.create_table(
        "referenceversion",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("since", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_index("ix_referenceversion_kind", "referenceversion", ["kind"], unique=False)
    op.create_index("ix_referenceversion_name", "referenceversion", ["name"], unique=False)
    op.create_table(
        "seal",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("ranges", sa.JSON(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("public_key", sa.String(), nullable=False),
        sa.Column("sealed_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "batch",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("payer_id", sa.String(20), nullable=False),
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("control_number", sa.String(), nullable=False),
        sa.Column("group_number", sa.String(), nullable=False),
        sa.Column("document_id", sa.String(20), nullable=True),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("charge", types.Money(), nullable=False),
        sa.Column("state", sa.String(30), nullable=False),
        sa.Column("receipt", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("wake", sa.Integer(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["document.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payer_id"],
            ["payer.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_batch_control_number", "batch", ["control_number"], unique=False)
    op.create_index("ix_batch_document_id", "batch", ["document_id"], unique=False)
    op.create_index("ix_batch_payer_id", "batch", ["payer_id"], unique=False)
    op.create_index("ix_batch_state", "batch", ["state"], unique=False)
    op.create_table(
        "coverage",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("source_index", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(20), nullable=False),
        sa.Column("payer_id", sa.String(20), nullable=False),
        sa.Column("sequence", sa.String(1), nullable=False),
        sa.Column("member_id", sa.LargeBinary(), nullable=True),
        sa.Column("member_id_index", sa.String(), nullable=True),
        sa.Column("group_number", sa.LargeBinary(), nullable=True),
        sa.Column("plan_name", sa.String(), nullable=True),
        sa.Column("filing_indicator", sa.String(2), nullable=True),
        sa.Column("relationship", sa.String(2), nullable=False),
        sa.Column("subscriber_family", sa.LargeBinary(), nullable=True),
        sa.Column("subscriber_given", sa.LargeBinary(), nullable=True),
        sa.Column("subscriber_birth_date", sa.LargeBinary(), nullable=True),
        sa.Column("subscriber_sex", sa.String(1), nullable=True),
        sa.Column("subscriber_line1", sa.LargeBinary(), nullable=True),
        sa.Column("subscriber_city", sa.LargeBinary(), nullable=True),
        sa.Column("subscriber_state", sa.LargeBinary(), nullable=True),
        sa.Column("subscriber_postal", sa.LargeBinary(), nullable=True),
        sa.Column("starts", sa.Date(), nullable=True),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payer_id"],
            ["payer.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source_index"),
    )
    op.create_index("ix_coverage_member_id_index", "coverage", ["member_id_index"], unique=False)
    op.create_index("ix_coverage_patient_id", "coverage", ["patient_id"], unique=False)
    op.create_index("ix_coverage_payer_id", "coverage", ["payer_id"], unique=False)
    op.create_table(
        "encounter",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("source_index", sa.String(), nullable=False),
        sa.Column("document_id", sa.String(20), nullable=True),
        sa.Column("patient_id", sa.String(20), nullable=False),
        sa.Column("rendering_id", sa.String(20), nullable=True),
        sa.Column("planned", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["document.id"],
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
        ),
        sa.ForeignKeyConstraint(
            ["rendering_id"],
            ["provider.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source_index"),
    )
    op.create_index("ix_encounter_document_id", "encounter", ["document_id"], unique=False)
    op.create_index("ix_encounter_patient_id", "encounter", ["patient_id"], unique=False)
    op.create_index("ix_encounter_rendering_id", "encounter", ["rendering_id"], unique=False)
    op.create_table(
        "exchange",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("payer_id", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("control_number", sa.String(), nullable=False),
        sa.Column("asked_document_id", sa.String(20), nullable=True),
        sa.Column("answer_document_id", sa.String(20), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.Column("at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_document_id"],
            ["document.id"],
        ),
        sa.ForeignKeyConstraint(
            ["asked_document_id"],
            ["document.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payer_id"],
            ["payer.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_exchange_answer_document_id", "exchange", ["answer_document_id"], unique=False)
    op.create_index("ix_exchange_asked_document_id", "exchange", ["asked_document_id"], unique=False)
    op.create_index("ix_exchange_payer_id", "exchange", ["payer_id"], unique=False)
    op.create_table(
        "fetched_file",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=False),
        sa.Column("document_id", sa.String(20), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("remote_done", sa.Boolean(), nullable=False),
        sa.Column("fetched_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["document.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connector", "remote_id"),
    )
    op.create_index("ix_fetched_file_document_id", "fetched_file", ["document_id"], unique=False)
    op.create_index("ix_fetched_file_state", "fetched_file", ["state"], unique=False)
    op.create_table(
        "imported_file",
        sa.Column("document_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("imported_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["document.id"],
        ),
        sa.PrimaryKeyConstraint("document_id"),
    )
    op.create_table(
        "remittance",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("document_id", sa.String(20), nullable=False),
        sa.Column("payer_id", sa.String(20), nullable=False),
        sa.Column("trace", sa.String(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("amount", types.Money(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["document.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payer_id"],
            ["payer.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("payer_id", "trace", "paid_on", "amount"),
    )
    op.create_index("ix_remittance_document_id", "remittance", ["document_id"], unique=False)
    op.create_index("ix_remittance_payer_id", "remittance", ["payer_id"], unique=False)
    op.create_index("ix_remittance_state", "remittance", ["state"], unique=False)
    op.create_table(
        "attempt",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("batch_id", sa.String(20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(30), nullable=False),
        sa.Column("receipt", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.Column("started_at", types.Instant(), nullable=False),
        sa.Column("ended_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["batch.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("batch_id", "number"),
    )
    op.create_index("ix_attempt_batch_id", "attempt", ["batch_id"], unique=False)
    op.create_index("ix_attempt_outcome", "attempt", ["outcome"], unique=False)
    op.create_table(
        "claim",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("pcn", sa.String(20), nullable=False),
        sa.Column("encounter_id", sa.String(20), nullable=False),
        sa.Column("patient_id", sa.String(20), nullable=False),
        sa.Column("coverage_id", sa.String(20), nullable=True),
        sa.Column("payer_id", sa.String(20), nullable=True),
        sa.Column("billing_id", sa.String(20), nullable=True),
        sa.Column("rendering_id", sa.String(20), nullable=True),
        sa.Column("referring_id", sa.String(20), nullable=True),
        sa.Column("facility_id", sa.String(20), nullable=True),
        sa.Column("attending_id", sa.String(20), nullable=True),
        sa.Column("form", sa.String(1), nullable=False),
        sa.Column("facility_code", sa.String(3), nullable=True),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("through_date", sa.Date(), nullable=False),
        sa.Column("charge", types.Money(), nullable=False),
        sa.Column("authorization_number", sa.String(), nullable=True),
        sa.Column("referral_number", sa.String(), nullable=True),
        sa.Column("clia", sa.String(10), nullable=True),
        sa.Column("accident", sa.String(2), nullable=True),
        sa.Column("accident_state", sa.String(2), nullable=True),
        sa.Column("accident_date", sa.Date(), nullable=True),
        sa.Column("institutional", sa.JSON(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("stage", sa.String(30), nullable=False),
        sa.Column("hold_reason", sa.String(), nullable=True),
        sa.Column("hold_owner", sa.String(), nullable=True),
        sa.Column("hold_since", types.Instant(), nullable=True),
        sa.Column("hold_expires", types.Instant(), nullable=True),
        sa.Column("next_action_at", types.Instant(), nullable=True),
        sa.Column("wake", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("event_head", sa.String(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attending_id"],
            ["provider.id"],
        ),
        sa.ForeignKeyConstraint(
            ["billing_id"],
            ["provider.id"],
        ),
        sa.ForeignKeyConstraint(
            ["coverage_id"],
            ["coverage.id"],
        ),
        sa.ForeignKeyConstraint(
            ["encounter_id"],
            ["encounter.id"],
        ),
        sa.ForeignKeyConstraint(
            ["facility_id"],
            ["provider.id"],
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payer_id"],
            ["payer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["referring_id"],
            ["provider.id"],
        ),
        sa.ForeignKeyConstraint(
            ["rendering_id"],
            ["provider.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("pcn"),
    )
    op.create_index("ix_claim_attending_id", "claim", ["attending_id"], unique=False)
    op.create_index("ix_claim_billing_id", "claim", ["billing_id"], unique=False)
    op.create_index("ix_claim_coverage_id", "claim", ["coverage_id"], unique=False)
    op.create_index("ix_claim_encounter_id", "claim", ["encounter_id"], unique=False)
    op.create_index("ix_claim_facility_id", "claim", ["facility_id"], unique=False)
    op.create_index("ix_claim_hold_reason", "claim", ["hold_reason"], unique=False)
    op.create_index("ix_claim_next_action_at", "claim", ["next_action_at"], unique=False)
    op.create_index("ix_claim_patient_id", "claim", ["patient_id"], unique=False)
    op.create_index("ix_claim_payer_id", "claim", ["payer_id"], unique=False)
    op.create_index("ix_claim_referring_id", "claim", ["referring_id"], unique=False)
    op.create_index("ix_claim_rendering_id", "claim", ["rendering_id"], unique=False)
    op.create_index("ix_claim_stage", "claim", ["stage"], unique=False)
    op.create_table(
        "expected_ack",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("batch_id", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("due_at", types.Instant(), nullable=False),
        sa.Column("received_at", types.Instant(), nullable=True),
        sa.Column("overdue_since", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["batch.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("batch_id", "kind"),
    )
    op.create_index("ix_expected_ack_batch_id", "expected_ack", ["batch_id"], unique=False)
    op.create_index("ix_expected_ack_due_at", "expected_ack", ["due_at"], unique=False)
    op.create_table(
        "claim_diagnosis",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("claim_id", sa.String(20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("qualifier", sa.String(3), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("present_on_admission", sa.String(1), nullable=True),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["claim.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("claim_id", "position"),
    )
    op.create_index("ix_claim_diagnosis_claim_id", "claim_diagnosis", ["claim_id"], unique=False)
    op.create_table(
        "claim_line",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("claim_id", sa.String(20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("procedure_code", sa.String(), nullable=True),
        sa.Column("modifiers", sa.JSON(), nullable=False),
        sa.Column("charge", types.Money(), nullable=True),
        sa.Column("units", sa.Numeric(precision=9, scale=3), nullable=False),
        sa.Column("unit_kind", sa.String(2), nullable=False),
        sa.Column("revenue_code", sa.String(4), nullable=True),
        sa.Column("place_of_service", sa.String(2), nullable=True),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("through_date", sa.Date(), nullable=False),
        sa.Column("pointers", sa.JSON(), nullable=False),
        sa.Column("ndc", sa.String(11), nullable=True),
        sa.Column("ndc_units", sa.Numeric(precision=12, scale=3), nullable=True),
        sa.Column("ndc_unit_kind", sa.String(2), nullable=True),
        sa.Column("rendering_id", sa.String(20), nullable=True),
        sa.Column("source_system", sa.String(), nullable=True),
        sa.Column("source_code", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["claim.id"],
        ),
        sa.ForeignKeyConstraint(
            ["rendering_id"],
            ["provider.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("claim_id", "number"),
    )
    op.create_index("ix_claim_line_claim_id", "claim_line", ["claim_id"], unique=False)
    op.create_index("ix_claim_line_rendering_id", "claim_line", ["rendering_id"], unique=False)
    op.create_table(
        "claim_step",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("claim_id", sa.String(20), nullable=False),
        sa.Column("wake", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.Column("started_at", types.Instant(), nullable=False),
        sa.Column("ended_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["claim.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("claim_id", "wake", "step", "attempt"),
    )
    op.create_index("ix_claim_step_claim_id", "claim_step", ["claim_id"], unique=False)
    op.create_index("ix_claim_step_run_id", "claim_step", ["run_id"], unique=False)
    op.create_table(
        "eligibility_check",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("coverage_id", sa.String(20), nullable=False),
        sa.Column("claim_id", sa.String(20), nullable=True),
        sa.Column("exchange_id", sa.String(20), nullable=True),
        sa.Column("asked_for", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reject_code", sa.String(), nullable=True),
        sa.Column("follow_up", sa.String(), nullable=True),
        sa.Column("benefits", sa.JSON(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["claim.id"],
        ),
        sa.ForeignKeyConstraint(
            ["coverage_id"],
            ["coverage.id"],
        ),
        sa.ForeignKeyConstraint(
            ["exchange_id"],
            ["exchange.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_eligibility_check_claim_id", "eligibility_check", ["claim_id"], unique=False)
    op.create_index("ix_eligibility_check_coverage_id", "eligibility_check", ["coverage_id"], unique=False)
    op.create_index("ix_eligibility_check_exchange_id", "eligibility_check", ["exchange_id"], unique=False)
    op.create_table(
        "filing",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("claim_id", sa.String(20), nullable=False),
        sa.Column("coverage_id", sa.String(20), nullable=False),
        sa.Column("payer_id", sa.String(20), nullable=False),
        sa.Column("sequence", sa.String(1), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("frequency", sa.String(1), nullable=False),
        sa.Column("pcn", sa.String(20), nullable=False),
        sa.Column("original_icn", sa.String(), nullable=True),
        sa.Column("icn", sa.String(), nullable=True),
        sa.Column("charge", types.Money(), nullable=False),
        sa.Column("submission", sa.String(30), nullable=False),
        sa.Column("adjudication", sa.String(30), nullable=False),
        sa.Column("batch_id", sa.String(20), nullable=True),
        sa.Column("sent_at", types.Instant(), nullable=True),
        sa.Column("accepted_at", types.Instant(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("status_due_at", types.Instant(), nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["batch.id"],
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["claim.id"],
        ),
        sa.ForeignKeyConstraint(
            ["coverage_id"],
            ["coverage.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payer_id"],
            ["payer.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("claim_id", "sequence", "version"),
    )
    op.create_index("ix_filing_adjudication", "filing", ["adjudication"], unique=False)
    op.create_index("ix_filing_batch_id", "filing", ["batch_id"], unique=False)
    op.create_index("ix_filing_claim_id", "filing", ["claim_id"], unique=False)
    op.create_index("ix_filing_coverage_id", "filing", ["coverage_id"], unique=False)
    op.create_index("ix_filing_icn", "filing", ["icn"], unique=False)
    op.create_index("ix_filing_payer_id", "filing", ["payer_id"], unique=False)
    op.create_index("ix_filing_pcn", "filing", ["pcn"], unique=False)
    op.create_index("ix_filing_status_due_at", "filing", ["status_due_at"], unique=False)
    op.create_index("ix_filing_submission", "filing", ["submission"], unique=False)
    op.create_table(
        "provider_adjustment",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("remittance_id", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("claim_id", sa.String(20), nullable=True),
        sa.Column("amount", types.Money(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["claim.id"],
        ),
        sa.ForeignKeyConstraint(
            ["remittance_id"],
            ["remittance.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_provider_adjustment_claim_id", "provider_adjustment", ["claim_id"], unique=False)
    op.create_index(
        "ix_provider_adjustment_remittance_id", "provider_adjustment", ["remittance_id"], unique=False
    )
    op.create_table(
        "work_item",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("claim_id", sa.String(20), nullable=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("queue", sa.String(30), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(30), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("resolution", sa.String(), nullable=False),
        sa.Column("due_at", types.Instant(), nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("closed_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["claim.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_work_item_claim_id", "work_item", ["claim_id"], unique=False)
    op.create_index("ix_work_item_due_at", "work_item", ["due_at"], unique=False)
    op.create_index("ix_work_item_queue", "work_item", ["queue"], unique=False)
    op.create_index("ix_work_item_state", "work_item", ["state"], unique=False)
    op.create_table(
        "acknowledgement",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("document_id", sa.String(20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("batch_id", sa.String(20), nullable=True),
        sa.Column("filing_id", sa.String(20), nullable=True),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("status_code", sa.String(), nullable=True),
        sa.Column("entity", sa.String(), nullable=True),
        sa.Column("icn", sa.String(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["batch.id"],
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["document.id"],
        ),
        sa.ForeignKeyConstraint(
            ["filing_id"],
            ["filing.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("document_id", "position"),
    )
    op.create_index("ix_acknowledgement_batch_id", "acknowledgement", ["batch_id"], unique=False)
    op.create_index("ix_acknowledgement_document_id", "acknowledgement", ["document_id"], unique=False)
    op.create_index("ix_acknowledgement_filing_id", "acknowledgement", ["filing_id"], unique=False)
    op.create_table(
        "appeal",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("claim_id", sa.String(20), nullable=False),
        sa.Column("filing_id", sa.String(20), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("amount", types.Money(), nullable=False),
        sa.Column("letter_document_id", sa.String(20), nullable=True),
        sa.Column("file_by", sa.Date(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.Column("receipt", sa.String(), nullable=True),
        sa.Column("sent_at", types.Instant(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["claim.id"],
        ),
        sa.ForeignKeyConstraint(
            ["filing_id"],
            ["filing.id"],
        ),
        sa.ForeignKeyConstraint(
            ["letter_document_id"],
            ["document.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("filing_id", "level"),
    )
    op.create_index("ix_appeal_claim_id", "appeal", ["claim_id"], unique=False)
    op.create_index("ix_appeal_filing_id", "appeal", ["filing_id"], unique=False)
    op.create_index("ix_appeal_letter_document_id", "appeal", ["letter_document_id"], unique=False)
    op.create_index("ix_appeal_state", "appeal", ["state"], unique=False)
    op.create_table(
        "batch_item",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("batch_id", sa.String(20), nullable=False),
        sa.Column("filing_id", sa.String(20), nullable=False),
        sa.Column("claim_id", sa.String(20), nullable=False),
        sa.Column("st_number", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["batch.id"],
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["claim.id"],
        ),
        sa.ForeignKeyConstraint(
            ["filing_id"],
            ["filing.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("batch_id", "filing_id"),
    )
    op.create_index("ix_batch_item_batch_id", "batch_item", ["batch_id"], unique=False)
    op.create_index("ix_batch_item_claim_id", "batch_item", ["claim_id"], unique=False)
    op.create_index("ix_batch_item_filing_id", "batch_item", ["filing_id"], unique=False)
    op.create_table(
        "records_request",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("claim_id", sa.String(20), nullable=False),
        sa.Column("filing_id", sa.String(20), nullable=False),
        sa.Column("document_id", sa.String(20), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=False),
        sa.Column("receipt", sa.String(), nullable=True),
        sa.Column("sent_at", types.Instant(), nullable=True),
        sa.Column("at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["claim.id"],
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["document.id"],
        ),
        sa.ForeignKeyConstraint(
            ["filing_id"],
            ["filing.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_records_request_claim_id", "records_request", ["claim_id"], unique=False)
    op.create_index("ix_records_request_document_id", "records_request", ["document_id"], unique=False)
    op.create_index("ix_records_request_filing_id", "records_request", ["filing_id"], unique=False)
    op.create_index("ix_records_request_state", "records_request", ["state"], unique=False)
    op.create_table(
        "remittance_claim",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("remittance_id", sa.String(20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("pcn", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("icn", sa.String(), nullable=False),
        sa.Column("charge", types.Money(), nullable=False),
        sa.Column("paid", types.Money(), nullable=False),
        sa.Column("patient", types.Money(), nullable=False),
        sa.Column("claim_id", sa.String(20), nullable=True),
        sa.Column("filing_id", sa.String(20), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("matched_by", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("crossed_over", sa.Boolean(), nullable=False),
        sa.Column("undone_by", sa.String(20), nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["claim.id"],
        ),
        sa.ForeignKeyConstraint(
            ["filing_id"],
            ["filing.id"],
        ),
        sa.ForeignKeyConstraint(
            ["remittance_id"],
            ["remittance.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("remittance_id", "position"),
    )
    op.create_index("ix_remittance_claim_claim_id", "remittance_claim", ["claim_id"], unique=False)
    op.create_index("ix_remittance_claim_filing_id", "remittance_claim", ["filing_id"], unique=False)
    op.create_index("ix_remittance_claim_remittance_id", "remittance_claim", ["remittance_id"], unique=False)
    op.create_index("ix_remittance_claim_state", "remittance_claim", ["state"], unique=False)
    op.create_index("ix_remittance_claim_undone_by", "remittance_claim", ["undone_by"], unique=False)
    op.create_table(
        "status_check",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("filing_id", sa.String(20), nullable=False),
        sa.Column("exchange_id", sa.String(20), nullable=True),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("status_code", sa.String(), nullable=True),
        sa.Column("entity", sa.String(), nullable=True),
        sa.Column("at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["exchange_id"],
            ["exchange.id"],
        ),
        sa.ForeignKeyConstraint(
            ["filing_id"],
            ["filing.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_status_check_exchange_id", "status_check", ["exchange_id"], unique=False)
    op.create_index("ix_status_check_filing_id", "status_check", ["filing_id"], unique=False)
    op.create_table(
        "denial",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("claim_id", sa.String(20), nullable=False),
        sa.Column("filing_id", sa.String(20), nullable=False),
        sa.Column("remittance_claim_id", sa.String(20), nullable=False),
        sa.Column("line_id", sa.String(20), nullable=True),
        sa.Column("group_code", sa.String(2), nullable=False),
        sa.Column("reason_code", sa.String(5), nullable=False),
        sa.Column("remarks", sa.JSON(), nullable=False),
        sa.Column("amount", types.Money(), nullable=False),
        sa.Column("denial_class", sa.String(), nullable=False),
        sa.Column("root_cause", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("appealable", sa.Boolean(), nullable=False),
        sa.Column("appeal_by", sa.Date(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["claim.id"],
        ),
        sa.ForeignKeyConstraint(
            ["filing_id"],
            ["filing.id"],
        ),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["claim_line.id"],
        ),
        sa.ForeignKeyConstraint(
            ["remittance_claim_id"],
            ["remittance_claim.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("remittance_claim_id", "line_id", "group_code", "reason_code"),
    )
    op.create_index("ix_denial_claim_id", "denial", ["claim_id"], unique=False)
    op.create_index("ix_denial_filing_id", "denial", ["filing_id"], unique=False)
    op.create_index("ix_denial_line_id", "denial", ["line_id"], unique=False)
    op.create_index("ix_denial_remittance_claim_id", "denial", ["remittance_claim_id"], unique=False)
    op.create_index("ix_denial_state", "denial", ["state"], unique=False)
    op.create_table(
        "posting",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("claim_id", sa.String(20), nullable=False),
        sa.Column("line_id", sa.String(20), nullable=True),
        sa.Column("debit", sa.String(30), nullable=False),
        sa.Column("credit", sa.String(30), nullable=False),
        sa.Column("amount", types.Money(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("group_code", sa.String(2), nullable=True),
        sa.Column("reason_code", sa.String(5), nullable=True),
        sa.Column("remittance_claim_id", sa.String(20), nullable=True),
        sa.Column("position", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["claim.id"],
        ),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["claim_line.id"],
        ),
        sa.ForeignKeyConstraint(
            ["remittance_claim_id"],
            ["remittance_claim.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_posting_business_date", "posting", ["business_date"], unique=False)
    op.create_index("ix_posting_claim_id", "posting", ["claim_id"], unique=False)
    op.create_index("ix_posting_credit", "posting", ["credit"], unique=False)
    op.create_index("ix_posting_debit", "posting", ["debit"], unique=False)
    op.create_index("ix_posting_line_id", "posting", ["line_id"], unique=False)
    op.create_index("ix_posting_remittance_claim_id", "posting", ["remittance_claim_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_posting_remittance_claim_id", table_name="posting")
    op.drop_index("ix_posting_line_id", table_name="posting")
    op.drop_index("ix_posting_debit", table_name="posting")
    op.drop_index("ix_posting_credit", table_name="posting")
    op.drop_index("ix_posting_claim_id", table_name="posting")
    op.drop_index("ix_posting_business_date", table_name="posting")
    op.drop_table("posting")
    op.drop_index("ix_denial_state", table_name="denial")
    op.drop_index("ix_denial_remittance_claim_id", table_name="denial")
    op.drop_index("ix_denial_line_id", table_name="denial")
    op.drop_index("ix_denial_filing_id", table_name="denial")
    op.drop_index("ix_denial_claim_id", table_name="denial")
    op.drop_table("denial")
    op.drop_index("ix_status_check_filing_id", table_name="status_check")
    op.drop_index("ix_status_check_exchange_id", table_name="status_check")
    op.drop_table("status_check")
    op.drop_index("ix_remittance_claim_undone_by", table_name="remittance_claim")
    op.drop_index("ix_remittance_claim_state", table_name="remittance_claim")
    op.drop_index("ix_remittance_claim_remittance_id", table_name="remittance_claim")
    op.drop_index("ix_remittance_claim_filing_id", table_name="remittance_claim")
    op.drop_index("ix_remittance_claim_claim_id", table_name="remittance_claim")
    op.drop_table("remittance_claim")
    op.drop_index("ix_records_request_state", table_name="records_request")
    op.drop_index("ix_records_request_filing_id", table_name="records_request")
    op.drop_index("ix_records_request_document_id", table_name="records_request")
    op.drop_index("ix_records_request_claim_id", table_name="records_request")
    op.drop_table("records_request")
    op.drop_index("ix_batch_item_filing_id", table_name="batch_item")
    op.drop_index("ix_batch_item_claim_id", table_name="batch_item")
    op.drop_index("ix_batch_item_batch_id", table_name="batch_item")
    op.drop_table("batch_item")
    op.drop_index("ix_appeal_state", table_name="appeal")
    op.drop_index("ix_appeal_letter_document_id", table_name="appeal")
    op.drop_index("ix_appeal_filing_id", table_name="appeal")
    op.drop_index("ix_appeal_claim_id", table_name="appeal")
    op.drop_table("appeal")
    op.drop_index("ix_acknowledgement_filing_id", table_name="acknowledgement")
    op.drop_index("ix_acknowledgement_document_id", table_name="acknowledgement")
    op.drop_index("ix_acknowledgement_batch_id", table_name="acknowledgement")
    op.drop_table("acknowledgement")
    op.drop_index("ix_work_item_state", table_name="work_item")
    op.drop_index("ix_work_item_queue", table_name="work_item")
    op.drop_index("ix_work_item_due_at", table_name="work_item")
    op.drop_index("ix_work_item_claim_id", table_name="work_item")
    op.drop_table("work_item")
    op.drop_index("ix_provider_adjustment_remittance_id", table_name="provider_adjustment")
    op.drop_index("ix_provider_adjustment_claim_id", table_name="provider_adjustment")
    op.drop_table("provider_adjustment")
    op.drop_index("ix_filing_submission", table_name="filing")
    op.drop_index("ix_filing_status_due_at", table_name="filing")
    op.drop_index("ix_filing_pcn", table_name="filing")
    op.drop_index("ix_filing_payer_id", table_name="filing")
    op.drop_index("ix_filing_icn", table_name="filing")
    op.drop_index("ix_filing_coverage_id", table_name="filing")
    op.drop_index("ix_filing_claim_id", table_name="filing")
    op.drop_index("ix_filing_batch_id", table_name="filing")
    op.drop_index("ix_filing_adjudication", table_name="filing")
    op.drop_table("filing")
    op.drop_index("ix_eligibility_check_exchange_id", table_name="eligibility_check")
    op.drop_index("ix_eligibility_check_coverage_id", table_name="eligibility_check")
    op.drop_index("ix_eligibility_check_claim_id", table_name="eligibility_check")
    op.drop_table("eligibility_check")
    op.drop_index("ix_claim_step_run_id", table_name="claim_step")
    op.drop_index("ix_claim_step_claim_id", table_name="claim_step")
    op.drop_table("claim_step")
    op.drop_index("ix_claim_line_rendering_id", table_name="claim_line")
    op.drop_index("ix_claim_line_claim_id", table_name="claim_line")
    op.drop_table("claim_line")
    op.drop_index("ix_claim_diagnosis_claim_id", table_name="claim_diagnosis")
    op.drop_table("claim_diagnosis")
    op.drop_index("ix_expected_ack_due_at", table_name="expected_ack")
    op.drop_index("ix_expected_ack_batch_id", table_name="expected_ack")
    op.drop_table("expected_ack")
    op.drop_index("ix_claim_stage", table_name="claim")
    op.drop_index("ix_claim_rendering_id", table_name="claim")
    op.drop_index("ix_claim_referring_id", table_name="claim")
    op.drop_index("ix_claim_payer_id", table_name="claim")
    op.drop_index("ix_claim_patient_id", table_name="claim")
    op.drop_index("ix_claim_next_action_at", table_name="claim")
    op.drop_index("ix_claim_hold_reason", table_name="claim")
    op.drop_index("ix_claim_facility_id", table_name="claim")
    op.drop_index("ix_claim_encounter_id", table_name="claim")
    op.drop_index("ix_claim_coverage_id", table_name="claim")
    op.drop_index("ix_claim_billing_id", table_name="claim")
    op.drop_index("ix_claim_attending_id", table_name="claim")
    op.drop_table("claim")
    op.drop_index("ix_attempt_outcome", table_name="attempt")
    op.drop_index("ix_attempt_batch_id", table_name="attempt")
    op.drop_table("attempt")
    op.drop_index("ix_remittance_state", table_name="remittance")
    op.drop_index("ix_remittance_payer_id", table_name="remittance")
    op.drop_index("ix_remittance_document_id", table_name="remittance")
    op.drop_table("remittance")
    op.drop_table("imported_file")
    op.drop_index("ix_fetched_file_state", table_name="fetched_file")
    op.drop_index("ix_fetched_file_document_id", table_name="fetched_file")
    op.drop_table("fetched_file")
    op.drop_index("ix_exchange_payer_id", table_name="exchange")
    op.drop_index("ix_exchange_asked_document_id", table_name="exchange")
    op.drop_index("ix_exchange_answer_document_id", table_name="exchange")
    op.drop_table("exchange")
    op.drop_index("ix_encounter_rendering_id", table_name="encounter")
    op.drop_index("ix_encounter_patient_id", table_name="encounter")
    op.drop_index("ix_encounter_document_id", table_name="encounter")
    op.drop_table("encounter")
    op.drop_index("ix_coverage_payer_id", table_name="coverage")
    op.drop_index("ix_coverage_patient_id", table_name="coverage")
    op.drop_index("ix_coverage_member_id_index", table_name="coverage")
    op.drop_table("coverage")
    op.drop_index("ix_batch_state", table_name="batch")
    op.drop_index("ix_batch_payer_id", table_name="batch")
    op.drop_index("ix_batch_document_id", table_name="batch")
    op.drop_index("ix_batch_control_number", table_name="batch")
    op.drop_table("batch")
    op.drop_table("seal")
    op.drop_index("ix_referenceversion_name", table_name="referenceversion")
    op.drop_index("ix_referenceversion_kind", table_name="referenceversion")
    op.drop_table("referenceversion")
    op.drop_index("ix_provider_npi", table_name="provider")
    op.drop_index("ix_provider_kind", table_name="provider")
    op.drop_table("provider")
    op.drop_table("payer")
    op.drop_table("patient")
    op.drop_table("lease")
    op.drop_index("ix_event_run_id", table_name="event")
    op.drop_index("ix_event_kind", table_name="event")
    op.drop_table("event")
    op.drop_index("ix_document_kind", table_name="document")
    op.drop_table("document")
    op.drop_table("control_number")
    op.drop_table("business_clock")
    op.drop_table("actor")
