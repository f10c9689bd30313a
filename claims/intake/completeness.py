"""The first step: is everything there that a bill needs? What is missing is named, never made up.

A pure check of the rows, so a corrected claim passes here again. Whether what is there is right, is the
edits' business. The fields are named as `cleanclaim claims edit --set` takes them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from sqlmodel import Session

from claims import work
from claims.bundle import Bundle
from claims.events import Act, Story
from claims.intake.visit import UNDATED
from claims.lifecycle import Change
from claims.model import ClaimLine, Coverage, Provider, ProviderKind, Queue, Stage
from claims.transitions import Event
from config.payers import PayerProfile

KIND = "missing_fields"
SELF = "18"
_PATIENT = ("family", "given", "birth_date", "sex", "line1", "city", "state", "postal")
_BILLING = ("name", "npi", "tax_id", "taxonomy", "line1", "city", "state", "postal")
_CODED = ("procedure_code", "revenue_code", "pointers", "diagnosis")
_FRONT_DESK = ("patient.", "coverage")


def complete(
    session: Session, act: Act, bundles: Sequence[Bundle], payers: Mapping[str, PayerProfile]
) -> list[Change]:
    """For each claim that waits in intake: completed, or held with the names of what is missing."""
    waiting = [b for b in bundles if b.claim.stage is Stage.INTAKE and not b.claim.hold_reason]
    return [_decide(session, act, bundle, missing(bundle, payers)) for bundle in waiting]


def _decide(session: Session, act: Act, bundle: Bundle, fields: list[str]) -> Change:
    claim = bundle.claim
    if bundle.coverage is not None:
        claim.payer_id = bundle.coverage.payer_id  # the coverage may have been put right since
    if fields:
        reason = f"Missing: {', '.join(fields)}."
        story = Story(reason, {"fields": fields})
        return work.hold(
            session, act, claim, queue=queue_of(fields), kind=KIND, reason=reason, story=story, fields=fields
        )
    if claim.version > 1:
        work.cancel_for(
            session, f"claim:{claim.id}", act.at.business, "Nothing is missing any more.", (KIND,)
        )
    story = Story(
        "Everything that a bill needs is there.", {"lines": len(bundle.lines), "charge": claim.charge}
    )
    return Change(claim, Event.INTAKE_COMPLETED, story, next_action_at=act.at.business)


def queue_of(fields: Iterable[str]) -> Queue:
    """Who acts first: the front desk knows the patient, coders the codes, billing the rest."""
    fields = list(fields)
    if any(name.startswith(_FRONT_DESK) for name in fields):
        return Queue.FRONT_DESK
    if any(word in name for name in fields for word in _CODED):
        return Queue.CODING
    return Queue.BILLING


def missing(bundle: Bundle, payers: Mapping[str, PayerProfile]) -> list[str]:
    """The names of the fields without which the claim cannot be billed."""
    checks: tuple[Callable[[Bundle], Iterator[str]], ...] = (_patient, _coverage, _providers, _claim, _lines)
    fields = [name for check in checks for name in check(bundle)]
    if bundle.coverage is not None and bundle.coverage.payer_id not in payers:
        fields.append("coverage.payer_id")
    return fields


def _patient(bundle: Bundle) -> Iterator[str]:
    yield from (f"patient.{name}" for name in _PATIENT if not getattr(bundle.patient, name))


def _coverage(bundle: Bundle) -> Iterator[str]:
    coverage = bundle.coverage
    if coverage is None:
        yield from ("coverage.payer_id", "coverage.member_id")
        return
    if not coverage.member_id:
        yield "coverage.member_id"
    if coverage.relationship != SELF:
        yield from (
            f"coverage.{n}" for n in ("subscriber_family", "subscriber_given") if not getattr(coverage, n)
        )
    if _filed_elsewhere_first(bundle, coverage):
        yield "coverage.sequence"


def _filed_elsewhere_first(bundle: Bundle, coverage: Coverage) -> bool:
    """A secondary claim needs the decision of the payer before it, which no import brings along."""
    return coverage.sequence != "P" and not any(filing.sequence == "P" for filing in bundle.filings)


def _providers(bundle: Bundle) -> Iterator[str]:
    yield from _unnamed("billing", bundle.billing, _BILLING)
    if bundle.claim.form == "I":
        yield from _unnamed("attending", bundle.provider(bundle.claim.attending_id), ("name", "npi"))
    elif not _rendered_otherwise(bundle):
        yield from _unnamed("rendering", bundle.rendering, ("name", "npi"))


def _rendered_otherwise(bundle: Bundle) -> bool:
    """Each line names its own clinician, or the one who bills is a person and rendered the service too."""
    alone = bundle.billing is not None and bundle.billing.kind is ProviderKind.PERSON
    by_line = bool(bundle.lines) and all(line.rendering_id for line in bundle.lines)
    return bundle.rendering is None and (alone or by_line)


def _unnamed(role: str, provider: Provider | None, fields: Iterable[str]) -> Iterator[str]:
    yield from (f"{role}.{name}" for name in fields if not getattr(provider, name, None))
    if provider is not None and provider.kind is ProviderKind.PERSON and not provider.given:
        yield f"{role}.given"


def _claim(bundle: Bundle) -> Iterator[str]:
    claim = bundle.claim
    if not claim.facility_code:
        yield "facility_code"
    if UNDATED in (claim.from_date, claim.through_date):
        yield "from_date"
    if claim.institutional.get("frequency", "1") != "1" and not bundle.filings:
        yield "frequency"  # it replaces or voids a claim that was filed elsewhere
    if not bundle.diagnoses:
        yield "diagnosis.1"
    if not bundle.lines:
        yield "line.1.procedure_code"


def _lines(bundle: Bundle) -> Iterator[str]:
    for line in bundle.lines:
        yield from (f"line.{line.number}.{name}" for name in _line(line, bundle))


def _line(line: ClaimLine, bundle: Bundle) -> Iterator[str]:
    professional = bundle.claim.form == "P"
    if not line.procedure_code and (professional or line.source_code):
        yield "procedure_code"
    if not professional and not line.revenue_code:
        yield "revenue_code"
    if line.charge is None:
        yield "charge"
    if line.from_date == UNDATED and bundle.claim.from_date != UNDATED:
        yield "from_date"
    if professional and bundle.diagnoses and not line.pointers:
        yield "pointers"
