"""Which matters we put forward by ourselves."""

#: What we show before anybody has said what they need: eight matters of elders and households that are asked all year,
#: the likeliest first. Our choice (no figures exist yet); the first six are on the page of a card.
MOST_ASKED = ("M011", "M002", "M016", "M012", "M044", "M049", "M086", "M101")

#: Found when looked for, never put forward: that somebody around here asks for it is already a private thing
#: (support for families who lost their only child, for orphans).
NOT_PUT_FORWARD = frozenset({"M024", "M067"})
