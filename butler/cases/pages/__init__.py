"""Cases for people: the resident's pages and those of the desks."""

from butler.cases.pages import asking, resident

ALL = (resident.pages,)

__all__ = ["ALL", "asking", "resident"]
