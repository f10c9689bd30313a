"""The pieces that several transaction sets share: parties, references, dates, amounts, adjustments.

Field names are the trade's; codes stay the codes of the guide. Money is ``Decimal``, days are ``date``.
An empty string means that the element is absent.
"""

from collections.abc import Iterable
from dataclasses import field
from datetime import date
from decimal import Decimal

from claims.x12.record import record


@record
class Extra:
    """A segment for which the model has no field: its elements, and the id of the one it stood behind."""

    after: str
    elements: tuple[str, ...]


@record
class Address:
    """N3 and N4."""

    line1: str = ""
    line2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = ""
    location_qualifier: str = ""
    location: str = ""
    subdivision: str = ""


@record
class Contact:
    """PER: ``numbers`` are pairs such as ``("TE", "3055551234")``."""

    function: str = "IC"
    name: str = ""
    numbers: tuple[tuple[str, str], ...] = ()


@record
class Reference:
    """REF: G1 prior authorization, F8 payer control number, 6R line control number, …"""

    qualifier: str
    value: str = ""
    description: str = ""
    other: str = ""


@record
class Period:
    """DTP and DTM: a day (D8), a span (RD8), a moment (DT: ``time`` is HHMM) or a time alone (TM)."""

    qualifier: str
    start: date | None = None
    end: date | None = None
    time: str = ""


@record
class Amount:
    """AMT."""

    qualifier: str
    value: Decimal
    flag: str = ""


@record
class Quantity:
    """QTY."""

    qualifier: str
    value: Decimal
    unit: str = ""


@record
class Adjustment:
    """One triplet of a CAS: positive amounts reduce the payment.

    ``opens`` says that it began a CAS in the file that was read; it does not count in comparisons.
    """

    group: str
    reason: str
    amount: Decimal
    quantity: Decimal | None = None
    opens: bool = field(default=False, compare=False)


@record
class Procedure:
    """The medical procedure composite of SV1, SV2, SVD and SVC: ``HC`` is HCPCS and CPT."""

    code: str
    modifiers: tuple[str, ...] = ()
    qualifier: str = "HC"
    description: str = ""
    code_to: str = ""


@record
class HealthCode:
    """One composite of an HI: diagnosis (ABK, ABF, …), procedure (BBR, BBQ), value (BE), condition (BG), …

    Codes stand without dots. ``poa`` is present on admission (institutional).
    """

    qualifier: str
    code: str
    start: date | None = None
    end: date | None = None
    amount: Decimal | None = None
    quantity: Decimal | None = None
    poa: str = ""


@record
class Note:
    """NTE."""

    kind: str
    text: str


@record
class Attachment:
    """PWK: report type, how it travels, and its control number."""

    report: str
    transmission: str
    control_number: str = ""
    description: str = ""


@record
class Trace:
    """TRN: ``kind`` 1 is the sender's own number, 2 the receiver's number given back."""

    kind: str
    number: str
    originator: str = ""
    more: str = ""


@record
class Party:
    """An NM1 (or N1) loop: who, with address, identifiers and contacts.

    ``kind`` is 1 for a person and 2 for an organisation, whose name is in ``last``. ``id_qualifier`` XX is an
    NPI, MI a member id, PI a payer id. ``taxonomy`` is PRV03, ``role`` PRV01.
    """

    entity: str
    last: str = ""
    first: str = ""
    middle: str = ""
    suffix: str = ""
    kind: str = "2"
    id_qualifier: str = ""
    id: str = ""
    address: Address | None = None
    birth_date: date | None = None
    gender: str = ""
    role: str = ""
    taxonomy: str = ""
    references: tuple[Reference, ...] = ()
    contacts: tuple[Contact, ...] = ()
    dates: tuple[Period, ...] = ()
    prefix: str = ""
    more: tuple[str, ...] = ()
    extra: tuple[Extra, ...] = ()

    def reference(self, qualifier: str) -> str:
        """The value of the first REF of that qualifier, or an empty string."""
        return reference(self.references, qualifier)


def reference(references: Iterable[Reference], qualifier: str) -> str:
    """The value of the first REF of that qualifier, or an empty string."""
    return next((each.value for each in references if each.qualifier == qualifier), "")


def period(periods: Iterable[Period], *qualifiers: str) -> Period | None:
    """The first DTP or DTM of one of the qualifiers."""
    return next((each for each in periods if each.qualifier in qualifiers), None)


def amount(amounts: Iterable[Amount], qualifier: str) -> Decimal | None:
    """The value of the first AMT of that qualifier."""
    return next((each.value for each in amounts if each.qualifier == qualifier), None)
