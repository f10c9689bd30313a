"""indexes that no question is answered by, or that another one begins with: every row paid for them

Revision ID: 0008
Revises: 0007
"""

from claims.model.migrations import indexes

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_NEEDLESS = {
    "accepted_finding": ("claim_id",),
    "acknowledgement": ("document_id",),
    "appeal": ("filing_id",),
    "attempt": ("batch_id",),
    "batch_item": ("batch_id",),
    "claim": ("billing_id", "rendering_id", "referring_id", "facility_id", "attending_id"),
    "claim_diagnosis": ("claim_id",),
    "claim_line": ("claim_id",),
    "claim_step": ("claim_id",),
    "coding_audit": ("claim_id",),
    "denial": ("remittance_claim_id",),
    "expected_ack": ("batch_id",),
    "filing": ("claim_id",),
    "outgoing_ack": ("received_id",),
    "posting": ("debit", "credit"),
    "remittance": ("payer_id",),
    "remittance_claim": ("remittance_id",),
}


def upgrade() -> None:
    indexes.drop(_NEEDLESS)


def downgrade() -> None:
    indexes.create(_NEEDLESS)
