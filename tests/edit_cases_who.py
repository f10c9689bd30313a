"""Claims that trip the edits on people, insurance and dates, each beside a near miss that does not."""

from datetime import date, timedelta
from decimal import Decimal

from visits import DAY, MEDICARE_ID, TODAY, dependent, provider, stay, visit, with_

from claims.model import ProviderKind


def referred(npi):
    bundle = visit(referring_id="referrer")
    bundle.providers["referrer"] = provider("referrer", npi=npi)
    return bundle


LATE = TODAY - timedelta(181)
TEST = {"procedure_code": "80053"}


# edit: (a claim that trips it, a near miss); a pair of claim and siblings where others matter.
WHO_AND_WHEN = {
    "patient.name": (with_(visit(), patient__given=" "), with_(visit(), patient__given="P")),
    "patient.birth_date": (with_(visit(), patient__birth_date=None), visit()),
    "patient.born_after_service": (
        with_(visit(), patient__birth_date=DAY + timedelta(1)),
        with_(visit(), patient__birth_date=DAY),
    ),
    "patient.too_old": (
        with_(visit(), patient__birth_date=date(1905, 2, 16)),
        with_(visit(), patient__birth_date=date(1905, 2, 17)),
    ),
    "patient.sex": (with_(visit(), patient__sex="X"), with_(visit(), patient__sex="U")),
    "patient.address": (with_(visit(), patient__city=None), visit()),
    "address.state": (with_(visit(), practice__state="OI"), with_(visit(), practice__state="PR")),
    "address.zip": (with_(visit(), patient__postal="4321"), with_(visit(), patient__postal="43215-0001")),
    "text.characters": (with_(visit(), patient__line1="1 A*B"), with_(visit(), patient__line1="1 A-B #2")),
    "text.length": (with_(visit(), patient__city="C" * 31), with_(visit(), patient__city="C" * 30)),
    "place.address": (
        with_(visit(facility_id="clinician"), clinician__line1=None),
        visit(facility_id="practice"),
    ),
    "subscriber.incomplete": (dependent(subscriber_given=None), dependent()),
    "subscriber.self_differs": (
        with_(visit(), coverage__subscriber_birth_date=date(1980, 5, 4)),
        with_(visit(), coverage__subscriber_birth_date=date(1980, 4, 5)),
    ),
    "npi.missing": (with_(visit(), practice__npi=None), visit()),
    "npi.shape": (with_(visit(), clinician__npi="3999999984"), visit()),
    "npi.check_digit": (with_(visit(), clinician__npi="1999999985"), visit()),
    "npi.kind": (with_(visit(), clinician__kind=ProviderKind.ORGANIZATION), visit()),
    "rendering.missing": (
        visit(rendering_id=None),
        visit({"rendering_id": "clinician"}, rendering_id=None),
    ),
    "taxonomy.shape": (with_(visit(), clinician__taxonomy="207Q00000"), visit()),
    "taxonomy.missing": (
        with_(visit(payer="SBXMD"), practice__taxonomy=None),
        with_(visit(payer="SBXCO"), practice__taxonomy=None),
    ),
    "tax_id.missing": (with_(visit(), practice__tax_id=None), visit()),
    "tax_id.shape": (with_(visit(), practice__tax_id="31-000001"), visit()),
    "tax_id.prefix": (with_(visit(), practice__tax_id="070000001"), visit()),
    "billing.address": (with_(visit(), practice__line1=None), visit()),
    "billing.po_box": (
        with_(visit(), practice__line1="P.O. Box 12"),
        with_(visit(), practice__line1="12 BOXWOOD ST"),
    ),
    "billing.zip9": (with_(visit(), practice__postal="43215"), visit()),
    "pcn.shape": (visit(pcn="VISIT 1"), visit(pcn="VISIT-1")),
    "pcn.long": (visit(pcn="A" * 18), visit(pcn="A" * 17)),
    "clia.shape": (visit(clia="36D12345"), visit(clia="36D1234567")),
    "clia.missing": (
        visit(TEST, payer="SBXMC"),
        with_(visit(TEST, payer="SBXMC"), practice__clia="36D1234567"),
    ),
    "coverage.missing": (with_(visit(), coverage=None, coverages=[]), visit()),
    "payer.unknown": (with_(visit(), coverage__payer_id="NOBODY"), visit()),
    "member_id.missing": (with_(visit(), coverage__member_id=""), visit()),
    "member_id.shape": (visit(member="PAY 1001"), visit(member="pay-1001")),
    "member_id.medicare": (
        visit(payer="SBXMC", member="1SG4TE5MK73"),
        visit(payer="SBXMC", member=MEDICARE_ID),
    ),
    "coverage.relationship": (with_(dependent(), coverage__relationship="99"), dependent(relationship="G8")),
    "coverage.filing_indicator": (with_(visit(), coverage__filing_indicator="XX"), visit()),
    "coverage.indicator_differs": (with_(visit(), coverage__filing_indicator="BL"), visit()),
    "coverage.dates": (
        with_(visit(), coverage__ends=DAY - timedelta(1)),
        with_(visit(), coverage__ends=DAY, coverage__starts=DAY),
    ),
    "authorization.placeholder": (
        visit(authorization_number="PENDING"),
        visit(authorization_number="AUTH-1234"),
    ),
    "referral.provider": (
        visit(referral_number="R1"),
        with_(referred("1999999984"), claim__referral_number="R1"),
    ),
    "referring.npi": (referred(None), referred("1999999984")),
    "referring.ordered": (
        visit(TEST, payer="SBXMC", member=MEDICARE_ID, clia="36D1234567"),
        visit(payer="SBXMC", member=MEDICARE_ID),
    ),
    "dates.missing": (visit(from_date=date.min), visit()),
    "dates.future": (visit({"from_date": TODAY + timedelta(1)}), visit({"from_date": TODAY})),
    "dates.order": (visit({"through_date": DAY - timedelta(1)}), visit({"through_date": DAY})),
    "dates.line_outside": (
        with_(stay(), claim__through_date=DAY - timedelta(1)),
        with_(stay(), claim__through_date=DAY),
    ),
    "dates.span_units": (
        visit({"through_date": DAY + timedelta(2), "units": Decimal(2)}),
        visit({"through_date": DAY + timedelta(2), "units": Decimal(3)}),
    ),
    "dates.too_late": (visit({"from_date": LATE}), visit({"from_date": LATE + timedelta(1)})),
    "dates.late_soon": (
        visit({"from_date": TODAY - timedelta(166)}),
        visit({"from_date": TODAY - timedelta(165)}),
    ),
    "accident.code": (
        visit(accident="XX"),
        visit(accident="EM"),
    ),
    "accident.date": (visit(accident="OA"), visit(accident="OA", accident_date=DAY)),
    "accident.state": (
        visit(accident="AA", accident_date=DAY),
        visit(accident="AA", accident_date=DAY, accident_state="OH"),
    ),
    "accident.order": (
        visit(accident="OA", accident_date=DAY + timedelta(1)),
        visit(accident="OA", accident_date=DAY),
    ),
}
