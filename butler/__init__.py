"""Butler · 管家通: the property butler as the last hundred metres of government."""
