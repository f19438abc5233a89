"""Formulas of counting over plain values."""
