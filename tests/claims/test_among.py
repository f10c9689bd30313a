"""Asking for rows by thousands of values, on both databases."""

from factories import Practice
from sqlmodel import Session, col, select

from claims.bundle import load_bundles
from claims.events import Act
from claims.model import Claim, ClaimLine
from claims.model.among import among

MORE_THAN_ANY_DATABASE_TAKES = [f"no{number}" for number in range(70_000)]
"""SQLite takes 32,766 parameters in a statement, PostgreSQL 65,535."""


def test_claims_are_found_among_more_ids_than_a_statement_has_parameters(any_session: Session, act: Act):
    practice = Practice(any_session, act)
    ids = {practice.claim().claim.id for _ in range(3)}
    any_session.flush()
    found = select(Claim.id).where(among(col(Claim.id), [*MORE_THAN_ANY_DATABASE_TAKES, *ids]))
    assert set(any_session.exec(found)) == ids
    assert {bundle.claim.id for bundle in load_bundles(any_session, sorted(ids))} == ids


def test_numbers_nobody_and_all_but_some(any_session: Session, act: Act):
    bundle = Practice(any_session, act).claim(lines=({}, {}, {}))
    any_session.flush()
    mine = select(ClaimLine.number).where(ClaimLine.claim_id == bundle.claim.id)
    assert sorted(any_session.exec(mine.where(among(col(ClaimLine.number), [1, 3, 9])))) == [1, 3]
    assert list(any_session.exec(mine.where(among(col(ClaimLine.number), [])))) == []
    assert list(any_session.exec(mine.where(~among(col(ClaimLine.number), [1, 3])))) == [2]


def test_an_id_with_quotes_and_commas_is_one_value(any_session: Session, act: Act):
    bundle = Practice(any_session, act).claim(pcn='A","B\'{}\\')
    any_session.flush()
    found = select(Claim.id).where(among(col(Claim.pcn), ['A","B\'{}\\', "A"]))
    assert list(any_session.exec(found)) == [bundle.claim.id]
