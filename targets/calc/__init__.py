"""The formulas of targets over plain values: allocation, working days, rhythm, season, slices."""
