"""What a corrected claim must show before a scripted denial lets it pass."""

from collections.abc import Callable

from deployments.sandbox.values import Claim

UNBUNDLING = {"25", "59", "XE", "XS", "XP", "XU"}
REPEATS = {"76", "77", "91"}

# Does this claim, seen beside the one that was denied before it (if any), lack nothing any more?
Cure = Callable[[Claim, Claim | None], bool]


def modifiers(claim: Claim) -> list[str]:
    return [modifier for line in claim.lines for modifier in line.modifiers]


def authorized(claim: Claim, _: Claim | None) -> bool:
    return "G1" in claim.refs or any(line.authorization for line in claim.lines)


def referred(claim: Claim, _: Claim | None) -> bool:
    return bool(claim.referring)


def unbundled(claim: Claim, _: Claim | None) -> bool:
    return bool(UNBUNDLING & set(modifiers(claim)))


def repeated(claim: Claim, _: Claim | None) -> bool:
    return bool(REPEATS & set(modifiers(claim)))


def modified(claim: Claim, earlier: Claim | None) -> bool:
    return earlier is not None and sorted(modifiers(claim)) != sorted(modifiers(earlier))


def rediagnosed(claim: Claim, earlier: Claim | None) -> bool:
    def said(one: Claim) -> tuple[list[str], list[list[str]]]:
        return one.diagnoses, [line.pointers for line in one.lines]

    return earlier is not None and said(claim) != said(earlier)


def fewer_units(claim: Claim, earlier: Claim | None) -> bool:
    def units(one: Claim) -> object:
        return sum(line.units for line in one.lines)

    return earlier is not None and units(claim) != units(earlier)


def after_another(claim: Claim, _: Claim | None) -> bool:
    return claim.sequence != "P" and bool(claim.others)


def never(_: Claim, __: Claim | None) -> bool:
    return False
