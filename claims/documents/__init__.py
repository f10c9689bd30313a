"""Documents for people and payers: appeal letters, patient statements, and claim forms as PDF."""
