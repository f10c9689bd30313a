"""Payers are data: one TOML file each in ``CLEANCLAIM_HOME/payers``; the sandbox's own ship beside this.

Limits and cadences are each payer's own and carry their source; the defaults are the field's usual values.
A file in the operator's folder replaces the sandbox's of the same name.
"""

import hashlib
import tomllib
from collections import Counter
from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from config.partners import Way
from config.payers.appeals import AppealLevel as AppealLevel
from config.payers.appeals import by_days, in_order, shipped
from config.payers.authorization import AuthorizationNeed as AuthorizationNeed
from config.payers.contract import Contract
from config.payers.crossover import Crossover as Crossover
from config.payers.crossover import shipped as shipped_crossover
from config.payers.enrolment import Enrolment as Enrolment
from config.payers.enrolment import Transaction as Transaction
from config.section import Days, DaysOrNone, Section
from config.settings import Settings, SettingsProblem, Zone
from config.wrong import told

SHIPPED = Path(__file__).parent


class Limits(Section):
    """Days, each with where it is written. Filing counts from the date of service to the payer's receipt,
    as a later payer from the payment of the one before.
    """

    filing_days: Days
    corrected_days: Days
    later_days: Days | None = Field(
        default=None, description="as second or third payer; what is not said is told as unknown"
    )
    later_corrected_days: Days | None = Field(default=None, description="the same for corrections")
    appeal_days: tuple[Days, ...] = Field(
        default=(), max_length=5, description="by level, instead of the line of business's own levels"
    )
    warn_days: DaysOrNone = 14
    source: str = Field(min_length=1, description="where it is written")
    until: date | None = Field(default=None, description="the last service date to which former limits apply")


class Cadence(Section):
    """When to ask for a claim's status: days after acceptance, then steps until a person takes over.

    What a payer's own claims show moves the first question and the alarm (`claims.usual`).
    """

    first_status_days: DaysOrNone = 7
    every_days: Days = 7
    slower_after_days: Days = 45
    slower_every_days: Days = 14
    person_after_days: Days = 90
    alarm_floor_days: Days = Field(
        default=30, description="no alarm before, however fast the payer usually is"
    )
    acknowledgement_hours: dict[
        Literal["TA1", "999", "277CA", "277CA:payer"], Annotated[int, Field(ge=1, le=8784)]
    ] = Field(
        default={"999": 24, "277CA": 48},
        description="of its open days: what a batch should get, by when; 277CA:payer where it answers too",
    )


class Corrections(Section):
    """How the payer takes a changed claim: by replacement (7/8), or only as a new claim."""

    frequency_codes: bool = True
    before_decision: bool = Field(
        default=False, description="a 7 or 8 by the number of its 277CA, of a claim that it has not decided"
    )
    new_pcn_each_time: bool = False


class Questions(Section):
    """How each question goes: answered at once, or in a batch that is answered later."""

    visits: Way = Field(default="real_time", description="270 about the coming days' appointments")
    claims: Way = Field(default="real_time", description="270 about a claim, before it goes")
    status: Way = Field(default="real_time", description="276")
    answer_hours: int = Field(default=24, ge=1, le=8784, description="of its open days, to answer a batch")
    per_file: int = Field(default=1000, ge=1, le=5000, description="patients or claims in one batch")

    @property
    def ways(self) -> Mapping[str, Way]:
        return {"visits": self.visits, "claims": self.claims, "status": self.status}


class Pace(Section):
    """How this payer may be called, questions and files alike, over one process."""

    at_once: int = Field(default=4, ge=1)
    per_second: float = Field(default=20, gt=0)


def _written(value: Any) -> Any:
    """``cutoff = 17`` would be seventeen seconds past midnight."""
    if isinstance(value, (int, float)):
        raise ValueError("is a time such as 17:00:00")
    return value


class PayerProfile(Section):
    id: str = Field(
        min_length=2,
        max_length=20,
        pattern=r"^[A-Za-z0-9._-]+$",
        description="the id that claims are billed under, NM109: letters, digits and . _ -",
    )
    name: str = Field(min_length=1, max_length=60)
    connector: str
    inquiries: str = Field(
        default="", description="the connector of 270 and 276 where it is another one; none: it answers none"
    )
    kind: Literal["commercial", "medicare", "medicare_advantage", "medicaid"]
    filing_indicator: str = Field(min_length=2, max_length=2, description="SBR09")
    zone: Zone = "America/New_York"
    cutoff: Annotated[time, BeforeValidator(_written)] = Field(
        default=time(17, 0), description="in its zone; later counts as the next open day"
    )
    federal_holidays: bool = Field(default=True, description="it is closed on them")
    closed_on: tuple[date, ...] = Field(default=(), description="its own closed days beside weekends")
    claims_per_batch: int = Field(default=1000, ge=1, le=5000)
    claims_per_set: int = Field(
        default=100, ge=1, le=5000, description="a 999 refuses a transaction set as a whole: smaller, less"
    )
    bytes_per_file: int | None = Field(default=None, ge=10_000, description="the largest file it takes")
    eligibility_fresh_days: DaysOrNone = Field(
        default=30, description="an answer older than this is asked again"
    )
    service_types: tuple[str, ...] = Field(
        default=("30",), min_length=1, description="asked about in a 270; 30 is the plan as a whole"
    )
    aliases: tuple[str, ...] = ()
    limits: Limits
    former_limits: tuple[Limits, ...] = Field(default=(), description="each until a service date")
    enrolment: Enrolment | None = None
    cadence: Cadence = Cadence()
    pace: Pace = Pace()
    questions: Questions = Questions()
    corrections: Corrections = Corrections()
    authorization: AuthorizationNeed | None = None
    contract: Contract | None = None
    appeals: tuple[AppealLevel, ...] = ()
    crossover: tuple[Crossover, ...] = Field(
        default=(), description="its own wait for claims that were forwarded, whichever side of it it is on"
    )
    small_balance: str = Field(
        default="5.00", pattern=r"^\d+\.\d\d$", description="patient balances up to this are not billed"
    )

    def wants_enrolment(self, transaction: Transaction) -> bool:
        return self.enrolment is not None and transaction in self.enrolment.required

    @property
    def asked_through(self) -> str | None:
        """The connector that carries questions to it; None where it answers none."""
        return None if self.inquiries == "none" else self.inquiries or self.connector

    def limits_on(self, served: date) -> Limits:
        """The limits that hold for a service of that day."""
        former = sorted(self.former_limits, key=lambda each: each.until or date.min)
        return next((each for each in former if each.until and served <= each.until), self.limits)

    @model_validator(mode="after")
    def _dated(self) -> Self:
        if any(each.until is None for each in self.former_limits):
            raise ValueError("former_limits: each says until which service date it holds")
        return self

    def appeal_levels(self, on: date) -> list[AppealLevel]:
        """The levels of appeal in force on a day of filing: its own, else those of its line of business."""
        limits = self.limits
        own = self.appeals or by_days(limits.appeal_days, self.name, limits.source) or shipped()[self.kind]
        return sorted((each for each in own if each.in_force(on)), key=lambda each: each.level)

    def crossover_on(self, paid: date) -> Crossover:
        """How long a claim that it forwarded is waited for: its own row, else its line of business's."""
        rows = (*self.crossover, *shipped_crossover()[self.kind])
        return next(each for each in rows if each.in_force(paid))

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def load_payers(settings: Settings) -> dict[str, PayerProfile]:
    """All profiles by payer id; raises SettingsProblem naming each wrong file, key and what is allowed."""
    folders = [settings.home / "payers"]
    if settings.sandbox:
        folders.insert(0, SHIPPED / "sandbox")
    files = {path.name: path for folder in folders for path in sorted(folder.glob("*.toml"))}
    profiles, problems = [], []
    for path in files.values():
        try:
            profiles.append(_read(path))
        except SettingsProblem as wrong:
            problems.append(str(wrong))
            continue
        problems += [f"{path}: {wrong}" for wrong in _wrong_ways(profiles[-1], settings)]
    ids = Counter(profile.id for profile in profiles)
    problems += [f"two files describe the payer {id}" for id in sorted(ids) if ids[id] > 1]
    problems += [f"{profile.id}.{told}" for profile in profiles for told in in_order(profile.appeals)]
    if problems:
        raise SettingsProblem("payers", problems)
    return {profile.id: profile for profile in profiles}


def unreachable(payers: Mapping[str, PayerProfile], settings: Settings) -> list[str]:
    """Payers whose connector is none of the settings'. The sandbox's own may stand there without any."""
    known = settings.connectors
    if settings.sandbox and not known:
        return []
    return [
        f"{profile.id}.{key}: there is no [connectors.{name}]; there are {', '.join(known) or 'none'}"
        for profile in payers.values()
        for key, name in {"connector": profile.connector, "inquiries": profile.asked_through}.items()
        if name is not None and name not in known and (key == "connector" or name != profile.connector)
    ]


def _wrong_ways(profile: PayerProfile, settings: Settings) -> list[str]:
    """Questions that its connector does not carry so: their claims would wait for coverage for ever."""
    partner = settings.connectors.get(profile.asked_through or "")
    if partner is None:
        return []
    if not partner.asks:
        paper = f"{profile.asked_through} is of kind {partner.kind}, which carries no 270 and 276"
        return [f'inquiries: {paper}; name a connector that does, or say "none"']
    wrong = [f"questions.{name}" for name, way in profile.questions.ways.items() if way not in partner.asks]
    ways = " or ".join(partner.asks)
    told = (
        f"{', '.join(wrong)}: {profile.asked_through} is of kind {partner.kind}, whose questions go in "
        f'{ways} only; say {ways}, name another connector as inquiries, or say inquiries = "none"'
    )
    return [told] if wrong else []


def _read(path: Path) -> PayerProfile:
    try:
        values: dict[str, Any] = tomllib.loads(path.read_text("utf-8-sig"))
        return PayerProfile.model_validate(values)
    except OSError as trouble:
        raise SettingsProblem(str(path), [f"cannot be read: {trouble.strerror}"]) from trouble
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise SettingsProblem(str(path), [f"is not TOML: {wrong}"]) from wrong
    except ValidationError as wrong:
        raise SettingsProblem(str(path), [told(e, PayerProfile) for e in wrong.errors()]) from wrong
