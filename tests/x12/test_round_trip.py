"""Files that others wrote, through our readers and writers and back."""

from claims.x12.envelope import read_file
from claims.x12.rendering import line
from deployments.bench.x12_again import models_of, written

# What comes back otherwise than it came, and why; every other file comes back segment by segment. All but the
# last group are files with errors, which we write without them.
NUMBERED = "HL01, HL02 and HL04 are wrong in the file; levels are counted anew"
ONCE = "a level that says what the one before it said is not begun again"
EMPTY = "a level under which no claim stands is left out"
ORDER = "segments stand in another order than the guide's"
UNREADABLE = "a segment with an unreadable value is kept, but behind those that were read"
LOST_DAY = "BPR16 is no day and is left out"
OTHERWISE = {
    "x12_ambiguous_loop.txt": NUMBERED,
    "x12_bad_first_line.txt": NUMBERED,
    "x12_bad_segment_identifier.txt": NUMBERED,
    "x12_bad_valid_code.txt": NUMBERED,
    "x12_complex.txt": NUMBERED,
    "x12_loop_errors1_exceeds_max_1_parent.txt": NUMBERED,
    "x12_loop_errors2_exceeds_max_repeats_multiple_parents.txt": NUMBERED,
    "x12_loop_errors3_missing_loops.txt": NUMBERED,
    "x12_missing_elements.txt": NUMBERED,
    "x12_missing_required_loop_in_one_repeat.txt": NUMBERED,
    "x12_multiple_gs.txt": NUMBERED,
    "x12_multiple_isa.txt": NUMBERED,
    "x12_multiple_st.txt": NUMBERED,
    "x12_multiple_transactions.txt": NUMBERED,
    "x12_no_errors.txt": NUMBERED,
    "x12_no_isa_line.txt": NUMBERED,
    "x12_segment_errors.txt": NUMBERED,
    "x12_valid.txt": NUMBERED,
    "x12_valid_different_separators.txt": NUMBERED,
    "x12_writer_test.txt": NUMBERED,
    "x12_many_claims.txt": ONCE,
    "x12_277_x212.txt": ONCE,
    "x12_missing_required_loops_mult_repeats.txt": EMPTY,
    "x12_segments_out_of_order.txt": ORDER,
    "blue_cross_nc_sample.txt": UNREADABLE,
    "managed-care.835": LOST_DAY,
}


def without_levels(lines):
    return [text for text in lines if not text.startswith("HL\x1d")]


def test_every_file_of_the_corpus_is_read_written_and_read_alike(corpus_file, wrap):
    alike = True
    for transaction in read_file(corpus_file.read_bytes()).transactions:
        models = models_of(transaction)
        if models is None or transaction.version.startswith("004"):
            continue
        came = [line(*segment) for segment in transaction.segments[1:]]
        goes = written(transaction.type, models)
        (again,) = read_file(wrap(goes)).transactions
        assert models_of(again) == models
        assert again.claims == transaction.claims
        alike = alike and goes.lines == came
        if OTHERWISE.get(corpus_file.name) is NUMBERED:
            assert without_levels(goes.lines) == without_levels(came)
    assert alike == (corpus_file.name not in OTHERWISE)
