"""The coding review beside the edits: what may be decided on a finding, questions to clinicians, audits of
finished coding, and the patterns in it. Edits say what is wrong; this room says who mends it, and how well.
"""
