"""What holds for any text, amount and day in any transaction set that we write."""

from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claims.x12.envelope import read_file
from claims.x12.interchange import Envelope, write_interchange
from claims.x12.rendering import line
from deployments.bench.x12_again import READERS, models_of, written
from deployments.bench.x12_files import own_files

KINDS = sorted(READERS)
QUICK = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
# Fields that hold whatever somebody typed; the others hold codes that decide what is written where.
TYPED = frozenset(
    """last first middle suffix line1 line2 city id name value description pcn text number reference
    control_number icn group_number message payer_id""".split()  # noqa: SIM905 (a list of words to read)
)
VALID = st.text(
    st.characters(min_codepoint=32, max_codepoint=125, exclude_characters="*:^~"), min_size=1, max_size=20
).filter(lambda text: text.strip() == text)
HOSTILE = st.one_of(
    st.text(st.sampled_from("*:^~\r\n\t\x00\x1b\x1c\x1d\x7fA1 "), max_size=12),
    st.text(max_size=12),
    st.sampled_from(
        ["José Núñez", "O\u2019Brien \u2013 Smith", "~ISA*00*", "~SE*1*1~IEA*1*1~", "用户", "\ufeff"]
    ),
)
MONEY = st.decimals(-99999, 99999, places=2)
DAY = st.dates(date(1900, 1, 1), date(2100, 1, 1))


class Reworded:
    """A model with other text, amounts and days; what was equal stays so, as levels are told by that."""

    def __init__(self, draw, text):
        self.draw = draw
        self.strategies = {str: text, Decimal: MONEY, date: DAY}
        self.known = {}

    def __call__(self, value, name=""):
        if is_dataclass(value):
            kept = [each for each in fields(value) if each.compare]
            return replace(value, **{each.name: self(getattr(value, each.name), each.name) for each in kept})
        if isinstance(value, (tuple, list)):
            return type(value)(self(each, name) for each in value)
        if not value or type(value) not in self.strategies or (isinstance(value, str) and name not in TYPED):
            return value
        key = (type(value), value)
        if key not in self.known:
            self.known[key] = self.draw(self.strategies[type(value)])
        return self.known[key]


@cache
def model_of(kind):
    """The models of the file of that kind that the bench writes."""
    return models_of(read_file(own_files()[kind]).transactions[0])


def sent(kind, models):
    """The transaction as its receiver reads it, and what was said when it was written."""
    found = []
    outgoing = written(kind, models)
    created = datetime(2026, 3, 2, 9, 30)  # noqa: DTZ001 (an envelope has no zone)
    data = write_interchange(Envelope("S", "R"), [outgoing], created=created, isa13=1, findings=found)
    return read_file(data), found


@pytest.mark.parametrize("kind", KINDS)
@QUICK
@given(data=st.data())
def test_whatever_valid_text_amount_or_day_is_written_is_read(kind, data):
    models = Reworded(data.draw, VALID)(model_of(kind))
    file, found = sent(kind, models)
    assert (found, file.findings) == ([], [])
    assert models_of(file.transactions[0]) == models


@pytest.mark.parametrize("kind", KINDS)
@QUICK
@given(data=st.data())
def test_any_text_survives_as_data_or_a_finding_says_that_it_could_not(kind, data):
    models = Reworded(data.draw, HOSTILE)(model_of(kind))
    file, found = sent(kind, models)
    (transaction,) = file.transactions
    assert file.findings == []
    plain = [text.split("\x1d")[0] for text in written(kind, models).lines]
    assert [segment[0] for segment in transaction.segments[1:]] == plain
    assert found or models_of(transaction) == models
    assert all(each.code == "x12_character_replaced" for each in found)


def test_our_own_marks_in_data_are_replaced_and_reported():
    found = []
    created = datetime(2026, 3, 2, 9, 30)  # noqa: DTZ001 (an envelope has no zone)
    outgoing = replace(written("999", model_of("999")), lines=[line("AK1", "HC\x1d\x1cZ", "1")])
    data = write_interchange(Envelope("S", "R"), [outgoing], created=created, isa13=1, findings=found)
    assert b"AK1*HC  Z*1~" in data
    assert [each.code for each in found] == ["x12_character_replaced"]
