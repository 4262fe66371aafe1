"""The formulas of the effect: pure, exact, without any reading."""
