"""The money: the ledger, what a remittance says and how it is posted, denials and what follows from them."""
