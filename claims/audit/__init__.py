"""The auditor's tools: sealing the history, verifying it, and exporting it as a bundle that proves itself."""

from claims.audit.export import Exported, export
from claims.audit.offline import verify_bundle
from claims.audit.report import Break, Problem, Verification
from claims.audit.seals import seal
from claims.audit.verify import verify, verify_claim

__all__ = [
    "Break",
    "Exported",
    "Problem",
    "Verification",
    "export",
    "seal",
    "verify",
    "verify_bundle",
    "verify_claim",
]
