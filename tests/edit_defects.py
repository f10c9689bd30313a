"""A clean 837P of one claim, and one defect after another to put into it: SNIP type, old text, new text."""

CLAIM = """ISA*00*          *00*          *ZZ*SUBMITTER      *ZZ*RECEIVER       *260301*1200*^*00501*000000001*0*T*:~
GS*HC*SUBMITTER*RECEIVER*20260301*1200*1*X*005010X222A1~
ST*837*0001*005010X222A1~
BHT*0019*00*1*20260301*1200*CH~
NM1*41*2*MAPLE STREET BILLING*****46*SUBMITTER~
PER*IC*BILLING OFFICE*TE*6145550100~
NM1*40*2*RECEIVER*****46*RECEIVER~
HL*1**20*1~
PRV*BI*PXC*207Q00000X~
NM1*85*2*MAPLE STREET FAMILY MEDICINE*****XX*1999999992~
N3*12 MAPLE ST~
N4*COLUMBUS*OH*432150001~
REF*EI*310000001~
HL*2*1*22*0~
SBR*P*18*******CI~
NM1*IL*1*EXAMPLE*PATIENCE****MI*PAY1001~
N3*1 TEST LN~
N4*COLUMBUS*OH*43215~
DMG*D8*19800405*F~
NM1*PR*2*SANDBOX COMMERCIAL*****PI*SBXCO~
CLM*VISIT1*145***11:B:1*Y*A*Y*Y~
HI*ABK:J069~
NM1*82*1*ADLER*RUTH****XX*1999999984~
PRV*PE*PXC*207Q00000X~
LX*1~
SV1*HC:99213*120*UN*1***1~
DTP*472*D8*20260216~
REF*6R*L1~
LX*2~
SV1*HC:87880:QW*25*UN*1***1~
DTP*472*D8*20260216~
REF*6R*L2~
SE*31*0001~
GE*1*1~
IEA*1*000000001~
"""  # noqa: E501

GUIDE = "005010X222A1"
DEFECTS = {
    # SNIP 1, syntax
    "segment count": (1, ("SE*31*", "SE*30*")),
    "control number of the group": (1, ("GE*1*1~", "GE*1*2~")),
    "unknown segment": (1, ("HI*ABK:J069~", "HI*ABK:J069~\nZZZ*1~")),
    "superseded guide": (1, (f"{GUIDE}~\nST*837*0001*{GUIDE}", f"{GUIDE[:-2]}~\nST*837*0001*{GUIDE[:-2]}")),
    "date that is none": (1, ("D8*20260216~\nREF*6R*L1", "D8*20260230~\nREF*6R*L1")),
    # SNIP 2, the guide
    "no member id": (2, ("****MI*PAY1001~", "~")),
    "no billing NPI": (2, ("*****XX*1999999992~", "~")),
    "no tax number": (2, ("REF*EI*310000001~\n", "")),
    "post office box": (2, ("N3*12 MAPLE ST~", "N3*PO BOX 12~")),
    "no given name": (2, ("EXAMPLE*PATIENCE", "EXAMPLE*")),
    "no diagnosis": (2, ("HI*ABK:J069~\n", "")),
    "no procedure code": (2, ("SV1*HC:99213*", "SV1*HC:*")),
    "half a modifier": (2, ("HC:99213*", "HC:99213:2*")),
    "pointer to nowhere": (2, ("99213*120*UN*1***1~", "99213*120*UN*1***2~")),
    "end before begin": (2, ("DTP*472*D8*20260216~\nREF*6R*L1", "DTP*472*RD8*20260216-20260215~\nREF*6R*L1")),
    # SNIP 3, balance
    "total of the lines": (3, ("CLM*VISIT1*145*", "CLM*VISIT1*154*")),
    "more minutes than a day has": (3, ("HC:99213*120*UN*1*", "HC:00100:AA*120*MJ*1441*")),
    # SNIP 4, situations
    "born after the service": (4, ("DMG*D8*19800405", "DMG*D8*20260405")),
    "service in the future": (4, ("DTP*472*D8*20260216~\nREF*6R*L2", "DTP*472*D8*20260302~\nREF*6R*L2")),
    "accident without date": (4, ("*Y*A*Y*Y~", "*Y*A*Y*Y**OA~")),
    "car accident without state": (4, ("*Y*A*Y*Y~\nHI", "*Y*A*Y*Y**AA~\nDTP*439*D8*20260215~\nHI")),
    "authorization is a remark": (4, ("HI*ABK", "REF*G1*PENDING~\nHI*ABK")),
    "the same claim twice": (4, None),
    # SNIP 5, code sets
    "NPI's check digit": (5, ("*1999999984~", "*1999999985~")),
    "heading for a diagnosis": (5, ("ABK:J069", "ABK:M545")),
    "diagnosis that was replaced": (5, ("ABK:J069", "ABK:R05")),
    "ICD-9": (5, ("ABK:J069", "BK:4659")),
    "external cause first": (5, ("ABK:J069", "ABK:W19XXXA")),
    "seventh character": (5, ("ABK:J069", "ABK:S93401")),
    "state": (5, ("N4*COLUMBUS*OH*43215~", "N4*COLUMBUS*OI*43215~")),
    "place of service": (5, ("***11:B:1", "***98:B:1")),
    "sex": (5, ("19800405*F~", "19800405*X~")),
    "both sides": (5, ("HC:99213*", "HC:20610:RT:LT*")),
    "newborn's code": (5, ("ABK:J069", "ABK:Z3800")),
}
