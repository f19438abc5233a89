"""Plain values that two rooms or more need: money, periods, domain errors. No Django here."""
