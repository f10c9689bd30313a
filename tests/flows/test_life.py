"""A claim goes all the way: through real Prefect runs, against the real sandbox payer."""

from datetime import date

from operations import go_to, run, stage, visits

from claims.model import Stage


def test_a_visit_becomes_a_paid_claim(rt, admin):
    go_to(rt, admin, date(2026, 3, 2))
    (claim,) = visits(rt, "PAY0000001")
    ran = run("daily-submission")
    assert ran.state.name == "DayClosed"
    assert stage(rt, claim) is Stage.SUBMITTED
    run("collect-responses")
    assert stage(rt, claim) is Stage.ADJUDICATING
