"""The mistakes that offices make, each as what it does to a visit that was right."""

from collections.abc import Callable
from dataclasses import replace

from deployments.demo.visits import DemoVisit


def unmapped_service(visit: DemoVisit) -> None:
    """The source's name for the service is one that the charge map does not have."""
    visit.lines[0].code, visit.lines[0].own = "", "EAR-WASH"


def no_coverage(visit: DemoVisit) -> None:
    visit.insurances = []


def no_npi(visit: DemoVisit) -> None:
    visit.npi = None


def bad_pointer(visit: DemoVisit) -> None:
    visit.lines[1].pointers = [5]


def no_25(visit: DemoVisit) -> None:
    visit.lines[0].modifiers.remove("25")


def no_side(visit: DemoVisit) -> None:
    visit.lines[-1].modifiers.remove("RT")


def unspecific_diagnosis(visit: DemoVisit) -> None:
    visit.diagnoses[0] = "E11"


def wrong_diagnosis(visit: DemoVisit) -> None:
    visit.diagnoses[0] = "L309"


def blank_in_member_id(visit: DemoVisit) -> None:
    first = visit.insurances[0]
    visit.insurances[0] = replace(first, member=f"{first.member[:5]} {first.member[5:]}")


MISTAKES: dict[str, Callable[[DemoVisit], None]] = {
    each.__name__: each
    for each in (
        unmapped_service,
        no_coverage,
        no_npi,
        bad_pointer,
        no_25,
        no_side,
        unspecific_diagnosis,
        wrong_diagnosis,
        blank_in_member_id,
    )
}
