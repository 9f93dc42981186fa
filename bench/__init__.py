"""How fast, as ratios: the application and a bare program that does the same, in one run on one machine."""
