"""What no model has a field for: whatever stands wherever in a transaction is written back as it was read."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claims.x12.claim837_read import ClaimReader, read_837, read_header_837
from claims.x12.claim837_write import write_837
from claims.x12.envelope import ENVELOPE_IDS, read_file
from claims.x12.interchange import Envelope, write_interchange
from claims.x12.kept import kept, lines_of, restore
from claims.x12.parts import Reference
from claims.x12.remit835_read import read_835
from claims.x12.remit835_write import write_835
from deployments.bench.x12_again import READERS, models_of, written
from deployments.bench.x12_files import own_files

KINDS = sorted(READERS)
SEVERAL = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@cache
def transaction_of(kind):
    return read_file(own_files()[kind]).transactions[0]


@cache
def pool():
    """A segment of each kind that stands in any of our files, and some that stand in none."""
    known = {}
    for kind in KINDS:
        for segment in transaction_of(kind).segments:
            if segment[0] not in ENVELOPE_IDS:
                known.setdefault("*".join(segment[:2]), segment)
    odd = (
        "ZZZ*1",
        "K3*A NOTE",
        "X9*A\x1fB*\x1e",
        "SV4*1\x1f2",
        "HL*9*1*XX*0",
        "HL*7**22",
        "HL",
        "CLM*P*ABC",
        "SV1",
        "LX",
    )
    return [*known.values(), *(text.split("*") for text in odd)]


def inserted(draw, segments):
    segments.insert(draw(st.integers(1, len(segments))), draw(st.sampled_from(pool())))


def dropped(draw, segments):
    del segments[draw(st.integers(1, len(segments) - 1))]


def moved(draw, segments):
    segments.insert(
        draw(st.integers(1, len(segments) - 1)), segments.pop(draw(st.integers(1, len(segments) - 1)))
    )


def repeated(draw, segments):
    begin = draw(st.integers(1, len(segments) - 1))
    end = draw(st.integers(begin, len(segments)))
    at = draw(st.integers(1, len(segments)))
    segments[at:at] = segments[begin:end]


def with_more_elements(draw, segments):
    at = draw(st.integers(1, len(segments) - 1))
    segments[at] = segments[at] + [""] * draw(st.integers(0, 9)) + ["MORE\x1fPARTS"]


def with_another_element(draw, segments):
    at = draw(st.integers(1, len(segments) - 1))
    place = draw(st.integers(1, max(1, len(segments[at]) - 1)))
    value = draw(st.sampled_from(("", "ZZ", "0001.50", "+5", "20261399", "A\x1fB\x1fC", "D8")))
    segments[at] = [*segments[at][:place], value, *segments[at][place + 1 :]]
    while len(segments[at]) > 1 and not segments[at][-1]:
        segments[at].pop()


CHANGES = (inserted, dropped, moved, repeated, with_more_elements, with_another_element)


@pytest.mark.parametrize("kind", KINDS)
@SEVERAL
@given(data=st.data())
def test_whatever_stands_anywhere_is_written_back_as_it_was_read(kind, data):
    segments = [list(segment) for segment in transaction_of(kind).segments]
    for _ in range(data.draw(st.integers(1, 3))):
        if len(segments) > 1:
            data.draw(st.sampled_from(CHANGES))(data.draw, segments)
    odd = replace(transaction_of(kind), segments=segments)
    models = models_of(odd)
    again = written(kind, models)
    assert again.lines == lines_of(segments[1:])
    assert (
        models_of(replace(odd, segments=[segments[0], *(text.split("\x1d") for text in again.lines)]))
        == models
    )


@SEVERAL
@given(st.lists(st.sampled_from("ABC")), st.lists(st.sampled_from("ABC")))
def test_lines_are_restored_from_any_others(read, own):
    lines = ["ABOVE", *own]
    restore(lines, 1, kept(read, own))
    assert lines == ["ABOVE", *read]


def test_very_many_equal_lines_are_restored_without_comparing_each_with_each():
    read, own = ["A", "B"] * 300, ["A"] * 300 + ["B"] * 300
    (only,) = kept(read, own)
    lines = list(own)
    restore(lines, 0, (only,))
    assert lines == read


def test_levels_without_claims_and_claims_that_cannot_be_read_come_back_in_their_order():
    data = own_files()["837P"]
    idle = b"".join(b"~HL*%d*1*22*0~SBR*P~CLM*BAD%d*X" % (number, number) for number in range(2, 5))
    (transaction,) = read_file(data.replace(b"~HL*2*1*22*0", idle + b"~HL*2*1*22*0", 1)).transactions
    assert written("837P", models_of(transaction)).lines == lines_of(transaction.segments[1:])
    payment = own_files()["835"].replace(b"~LX*1", b"~LX*1~CLP*BAD*1*X~LX*2~TS3*1~LX*1", 1)
    (transaction,) = read_file(payment).transactions
    assert written("835", models_of(transaction)).lines == lines_of(transaction.segments[1:])


def test_an_empty_hl_counts_as_a_level_for_those_behind_it():
    data = own_files()["837P"].replace(b"~HL*2*1*22*0", b"~HL~HL*3*1*22*1", 1)
    (transaction,) = read_file(data).transactions
    assert written("837P", models_of(transaction)).lines == lines_of(transaction.segments[1:])


def test_composites_of_unknown_segments_leave_as_they_came(wrap):
    data = own_files()["837P"].replace(b"~HI*", b"~ZZ1*A:B*C^D~HI*", 1)
    (transaction,) = read_file(data).transactions
    found = []
    assert b"~ZZ1*A:B*C^D~" in wrap(written("837P", models_of(transaction)), findings=found)
    assert found == []


def test_a_repetition_that_the_envelope_has_no_separator_for_is_reported():
    envelope = Envelope("S", "R")
    plain = replace(envelope, delimiters=replace(envelope.delimiters, repetition=""))
    outgoing = written("837P", models_of(transaction_of("837P")))
    odd = replace(outgoing, lines=["ZZ1\x1dC\x1eD", *outgoing.lines])
    found: list = []
    write_interchange(plain, [odd], created=datetime(2026, 3, 2), isa13=1, findings=found)  # noqa: DTZ001
    assert [(each.code, each.element) for each in found] == [("x12_character_replaced", "ZZ1")]


def odd_claim(old, new):
    data = own_files()["837P"]
    assert old in data
    (transaction,) = read_file(data.replace(old, new, 1)).transactions
    return read_header_837(transaction), read_837(transaction)


def again(header, claims):
    return [text.replace("\x1d", "*").replace("\x1f", ":") for text in write_837(header, claims).lines]


def test_an_edited_claim_says_what_it_says_now_with_what_it_has_no_field_for():
    header, (claim, *_) = odd_claim(b"~HI*", b"*X*Y~ZZ1*KEEP~HI*")
    edited = replace(claim, references=(*claim.references, Reference("F8", "ICN9")), charge=Decimal("99.00"))
    lines = again(header, [edited])
    assert "ZZ1*KEEP" in lines
    assert "REF*F8*ICN9" in lines
    assert any(text.startswith(f"CLM*{claim.pcn}*99.00*") for text in lines)


def test_a_value_that_was_edited_does_not_come_back_from_what_was_kept(claim, header837, wrap):
    plain = claim(references=(Reference("G1", "OLD"),))
    moved = wrap(write_837(header837, [plain])).replace(
        b"REF*G1*OLD~HI*ABK:J209~", b"HI*ABK:J209~REF*G1*OLD~"
    )
    (transaction,) = read_file(moved).transactions
    (read,) = read_837(transaction)
    assert again(header837, [read]) == [text.decode() for text in moved.split(b"~")[3:-4]]
    lines = again(header837, [replace(read, references=(Reference("G1", "NEW"),))])
    assert [text for text in lines if text.startswith("REF*G1")] == ["REF*G1*NEW"]


def test_elements_without_a_field_stay_on_an_edited_line(claim, header837, wrap):
    data = wrap(write_837(header837, [claim()])).replace(
        b"SV1*HC:99213*75.00*UN*1***1~", b"SV1*HC:99213*75.00*UN*1**MORE*1~"
    )
    assert b"**MORE*" in data
    (read,) = read_837(read_file(data).transactions[0])
    edited = replace(read, lines=(replace(read.lines[0], charge=Decimal("80.00")),))
    assert "SV1*HC:99213*80.00*UN*1**MORE*1" in again(header837, [edited])


def test_an_unreadable_claim_and_a_level_without_one_go_with_their_neighbours(claim, header837, wrap):
    data = wrap(write_837(header837, [claim(), claim(pcn="BAD"), claim(pcn="PCN3")]))
    bad = data.replace(b"CLM*BAD*75.00", b"CLM*BAD*7S.00").replace(b"~SE*", b"~HL*3*1*22*0~SBR*P~SE*", 1)
    (transaction,) = read_file(bad).transactions
    claims = read_837(transaction)
    assert [each.pcn for each in claims] == ["PCN1", "PCN3"]
    assert again(read_header_837(transaction), claims) == [text.decode() for text in bad.split(b"~")[3:-4]]
    assert not any("BAD" in text for text in again(header837, claims[:1]))


def test_a_file_without_a_claim_is_written_back_from_its_header(header837, reread):
    transaction = reread(write_837(header837, []))
    transaction.segments += [["HL", "1", "", "20", "1"], ["NM1", "85", "2", "CLINIC"]]
    reader = ClaimReader(transaction, transaction.segments, [])
    assert list(reader.claims()) == []
    assert write_837(reader.header, []).lines == lines_of(transaction.segments[1:])


def test_a_payment_keeps_what_stands_behind_its_provider_adjustments(remittance, wrap):
    data = wrap(write_835(remittance())).replace(b"~SE*", b"~PLB*1*20261231*WO:A*0~CLP*LATE*1*5*5~SE*", 1)
    (transaction,) = read_file(data).transactions
    read = read_835(transaction)
    assert [each.code for each in read.unreadable] == ["x12_unexpected"]
    assert write_835(read).lines == lines_of(transaction.segments[1:])
