"""The butler's card: a locator printed on walls, never an authority."""
