import gzip
import io
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claims.x12.check import check
from claims.x12.envelope import read_file
from claims.x12.rendering import encode, line
from claims.x12.syntax import RS, US, Delimiters, SegmentReader, X12Error

ISA = (
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260302*0930*^*00501*000000001"
    "*0*T*:~"
)
GS = "GS*HC*SENDER*RECEIVER*20260302*0930*1*X*005010X222A1~"
FILE = f"{ISA}{GS}ST*837*0001~BHT*0019*00*1*20260302*0930*CH~SE*3*0001~GE*1*1~IEA*1*000000001~"

# What a segment may hold: ids and printable text without the standard delimiters.
TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=125, exclude_characters="*:^~"), max_size=12)
SEGMENT = st.builds(
    lambda name, elements: [name, *elements],
    st.from_regex(r"[A-Z][A-Z0-9]{1,2}", fullmatch=True).filter(lambda name: name not in ("ISA", "IEA")),
    st.lists(TEXT, max_size=6),
)


def segments(data: bytes | str):
    found: list = []
    return list(SegmentReader(data.encode() if isinstance(data, str) else data, found)), found


def trimmed(segment):
    while segment and not segment[-1]:
        segment = segment[:-1]
    return segment


def test_line_ends_a_byte_order_mark_and_padding_at_the_end_do_not_change_what_is_read():
    plain, _ = segments(FILE)
    with_habits = "\ufeff" + FILE.replace("~", "~\r\n") + "\r\n\x1a\x00\x00"
    assert segments(with_habits) == (plain, [])


def test_lines_wrapped_in_the_middle_of_a_segment_are_joined():
    wrapped = "\n".join(FILE[at : at + 80] for at in range(0, len(FILE), 80))
    assert segments(wrapped)[0] == segments(FILE)[0]


def test_the_delimiters_come_from_the_isa():
    other = FILE.translate(str.maketrans("*~:^", "|!>#"))
    assert segments(other)[0][1:] == segments(FILE)[0][1:]


def test_a_newline_may_be_the_terminator():
    assert segments(FILE.replace("~", "\n"))[0] == segments(FILE)[0]


def test_components_and_repetitions_are_told_apart_whatever_characters_mark_them():
    read, _ = segments(f"{ISA}EB*1**30^98*HM~SV1*HC:99213:25~IEA*0*000000001~")
    assert read[1][3] == f"30{RS}98"
    assert read[2][1] == f"HC{US}99213{US}25"


def test_a_letter_as_repetition_separator_as_old_files_declare_it_separates_nothing():
    read, _ = segments(FILE.replace("*^*00501", "*U*00501").replace("BHT*0019", "BHT*UU"))
    assert read[3][1] == "UU"


def test_a_component_separator_other_than_the_declared_one_is_used_and_reported():
    read, found = segments(f"{ISA}SV1*HC>99213*75~IEA*0*000000001~")
    assert read[1][1] == f"HC{US}99213"
    assert [each.code for each in found] == ["x12_component_separator"]


def test_data_that_look_like_a_composite_of_another_separator_change_nothing_where_the_declared_one_is_used():
    read, found = segments(f"{ISA}SBR*P*18*HC|0~CLM*1*75***11:B:1~IEA*0*000000001~")
    assert (read[1][3], read[2][5]) == ("HC|0", f"11{US}B{US}1")
    assert found == []


def test_data_that_look_like_a_composite_change_nothing_where_no_composite_is():
    read, found = segments(f"{ISA}HL*1**20*1~NM1*PR*2*BK\\0*HI*BK|0~NM1*1P*2*A HI*HC>9~IEA*0*000000001~")
    assert [read[2][3], read[2][5], read[3][4]] == ["BK\\0", "BK|0", "HC>9"]
    assert found == []


@pytest.mark.parametrize(
    "segment",
    ["HI*ABK>J069", "SVC*HC>99213*75", "SV2*0300*HC>80053*9", "SVD*PAYER*9*HC>99213", "CLM*1*75***11>B>1"],
)
def test_each_place_of_a_composite_tells_the_separator_in_use(segment):
    read, found = segments(f"{ISA}{segment}~IEA*0*000000001~")
    assert US in "".join(read[1])
    assert [each.code for each in found] == ["x12_component_separator"]


def test_each_interchange_of_a_file_has_its_own_delimiters():
    second = FILE.translate(str.maketrans("*~:^", "|!>#")).replace("000000001", "000000002")
    file = read_file((FILE + "\n" + second).encode())
    assert [each.control_number for each in file.interchanges] == ["000000001", "000000002"]
    assert [each.first for each in file.transactions] == [3, 10]
    assert file.findings == []


@pytest.mark.parametrize("terminator", [" ", "\x1f", "\x1e"])
def test_a_terminator_that_other_characters_are_turned_into_ends_no_further_segments(terminator):
    head = ISA[:-1] + terminator
    read, _ = segments(f"{head}N3*A\x01B:C{terminator}N4*D")
    assert [(each[0], len(each)) for each in read] == [("ISA", 17), ("N3", 2), ("N4", 2)]


@pytest.mark.parametrize("terminator", ["~", "\n", "~\n", "~\r\n"])
def test_a_file_that_begins_at_st_is_read_with_a_remark(terminator):
    body = ["ST*835*1234", "BPR*I*10*C*CHK", "SVC*HC:99213*10*10", "SE*4*1234", ""]
    file = read_file(terminator.join(body).encode())
    assert [each.type for each in file.transactions] == ["835"]
    assert file.transactions[0].segments[2][1] == f"HC{US}99213"
    assert [each.code for each in file.findings] == ["x12_no_envelope"]


def test_the_last_segment_of_a_cut_file_is_read_and_reported():
    read, found = segments(FILE[:-30])
    assert read[-1][0] in ("GE", "SE")
    assert [(each.code, each.segment) for each in found] == [("x12_no_terminator", len(read))]


@pytest.mark.parametrize("tail", ["ISA", "ISA*00", "I\rSA*00~"])
def test_the_beginning_of_another_isa_that_never_comes_is_reported(tail):
    file = read_file((FILE[:-20] + "~" + tail).encode())
    assert "x12_outside" in {each.code for each in file.findings}
    assert len(file.transactions) == 1


def test_text_behind_the_last_interchange_is_reported_and_one_that_follows_it_is_still_read():
    later = FILE.replace("000000001", "000000002")
    file = read_file((FILE + "Thank you for your business\n" + later).encode())
    assert len(file.interchanges) == 2
    assert [each.code for each in file.findings] == ["x12_trailing_data"]


def test_the_word_isa_behind_the_last_interchange_is_no_envelope():
    file = read_file((FILE + "VISA CARD, ISA").encode())
    assert len(file.transactions) == 1
    assert [each.code for each in file.findings] == ["x12_trailing_data"]


def test_lines_of_a_mailbox_in_front_of_the_envelope_are_passed_over_with_a_remark():
    file = read_file(b"Message from VISA\r\nType: 837\r\n\r\n" + FILE.encode())
    assert len(file.transactions) == 1
    assert [(each.code, each.segment) for each in file.findings] == [("x12_leading_data", 1)]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("*CH~", "*CH***~", "x12_trailing_separator"),
        ("*1*2026", "*JOS\xc9*2026", "x12_character_set"),
        ("*1*2026", "*A\x07B*2026", "x12_control_character"),
        ("*1*2026", "*A\x7fB*2026", "x12_control_character"),
    ],
)
def test_what_is_read_but_may_be_refused_by_others_is_remarked(old, new, code):
    assert old in FILE
    read, found = segments(FILE.replace(old, new, 1))
    assert [(each.code, each.segment) for each in found if each.segment == 4] == [(code, 4)]
    assert len(read) == len(segments(FILE)[0])


def test_a_remark_is_made_ten_times_a_file():
    many = FILE.replace("BHT*0019*00*1*20260302*0930*CH~", "NTE*ADD*X*~" * 30)
    found = [each for each in segments(many)[1] if each.code == "x12_trailing_separator"]
    assert len(found) == 10


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"MSH|^~\\&|LAB", "HL7"),
        (b"UNA:+.? 'UNB+UNOA:1", "EDIFACT"),
        (FILE.lower().encode(), "small letters"),
        (FILE.replace("~", "").encode(), "no segment terminator"),
        (b" \r\n\x00", "empty"),
        (b"%PDF-1.7 \xe2\xe3", "neither ISA, GS nor ST"),
        (FILE.encode("utf-16"), "UTF-16"),
        (FILE.encode("utf-16-le"), "UTF-16"),
        (FILE.encode("utf-16-be"), "UTF-16"),
        (gzip.compress(FILE.encode(), mtime=0), "gzip"),
        (b'{"resourceType": "Bundle"}', "JSON"),
        (ISA[:60].encode(), "16 elements"),
        (ISA.replace("*:~", "***").encode(), "three different delimiters"),
        ((ISA + "NM1*" + "A" * (3 << 20)).encode(), "end was expected"),
        ((ISA + "???*1~" * 200).encode(), "segment id was expected"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)} bytes",
)
def test_what_is_no_x12_gives_one_clear_message(data, says):
    with pytest.raises(X12Error, match=says) as caught:
        read_file(data)
    assert caught.value.tip
    result = check(data, name="odd")
    assert not result.readable
    assert [each.code for each in result.findings if each.code == "x12_unreadable"] == ["x12_unreadable"]


def test_a_large_file_is_read_from_a_stream_without_holding_it():
    class Endless(io.RawIOBase):
        """8 MB of an interchange, made as it is read."""

        left = 8 << 20
        begun = False

        def read(self, size=-1):
            self.left -= size
            if not self.begun:
                self.begun = True
                return ISA.encode()
            return b"N3*100 MAIN ST~" * (size // 15) if self.left > 0 else b""

    assert sum(1 for _ in SegmentReader(Endless(), [])) > 500_000


@settings(max_examples=60, deadline=None)
@given(st.lists(SEGMENT, min_size=1, max_size=20), st.sampled_from(["", "\n", "\r\n"]))
def test_segments_written_are_the_segments_read(written, newline):
    found: list = []
    body = encode([line(*each) for each in written], Delimiters(), found, newline)
    read, _ = segments(ISA.encode() + body)
    assert found == []
    assert read[1:] == [trimmed(each) for each in written]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.text(max_size=8), max_size=4), min_size=1, max_size=8))
def test_no_text_can_break_the_segments_apart(hostile):
    found: list = []
    lines = [line("NM1", "IL", *elements, "END") for elements in hostile]
    read, _ = segments(ISA.encode() + encode(lines, Delimiters(), found))
    assert [(each[0], len(each), each[-1]) for each in read[1:]] == [
        ("NM1", len(elements) + 3, "END") for elements in hostile
    ]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_give_segments_or_one_x12_error(noise, with_isa):
    data = ISA.encode() + noise if with_isa else noise
    with suppress(X12Error):
        read_file(data)
