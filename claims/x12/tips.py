"""What to do about a finding whose check gives no tip of its own, and the element of those that name none."""

SENDER = "Ask whoever sent the file for a sound one; what could be read is shown all the same."
TIPS = {
    "x12_bad_value": "Correct the value at the source: numbers are plain, days are CCYYMMDD.",
    "x12_character_replaced": "Correct the text at the source, or choose other delimiters for this partner.",
    "x12_character_set": "Correct it at the source: write the letter without its accent.",
    "x12_component_separator": "Nothing to do: the separator in use was read. Tell the sender of its ISA16.",
    "x12_control_character": "Take it out at the source.",
    "x12_control_number": "Correct the trailer, or give each envelope a number of its own.",
    "x12_count": "Correct the count in the trailer; a count too high may mean that something was lost.",
    "x12_isa_width": "Nothing to do: it was read. Tell the sender that an ISA has 106 characters.",
    "x12_large": "Split the file to have it judged whole.",
    "x12_leading_data": "Nothing to do: the file was read. Fetch it without those lines if you can.",
    "x12_more_findings": "Correct these and check the file again.",
    "x12_no_envelope": "Ask for the file with its envelope: without it nobody can say who sent it to whom.",
    "x12_no_terminator": "Ask for the file again: it may have been cut off on its way.",
    "x12_no_trailer": "Ask for the file again: it may have been cut off on its way.",
    "x12_no_transaction": "Check that the right file was sent.",
    "x12_outside": "Take it out, or put it where it belongs; receivers stop there.",
    "x12_segment_id": "Look at the delimiters in front of it: data may hold one of them.",
    "x12_too_many_claims": "Split the file: cleanclaim x12 split --by claim.",
    "x12_trailing_data": "Check that the file was not joined with another.",
    "x12_trailing_separator": "Nothing to do: it was read. Empty elements at a segment's end are left out.",
    "x12_unexpected": "Put it where the guide has it; what stands in a wrong place is not read by others.",
}
ELEMENTS = {
    "x12_component_separator": "ISA16",
    "x12_isa_width": "ISA",
    "x12_leading_data": "ISA",
    "x12_no_envelope": "ISA",
    "x12_no_terminator": "IEA",
    "x12_no_transaction": "ST",
    "x12_too_many_claims": "CLM",
}


def tip_of(code: str) -> str:
    """The tip for this code, else the advice that holds for any file that came broken."""
    return TIPS.get(code, SENDER)
