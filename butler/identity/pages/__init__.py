"""Pages about who one is: signing in and out, one's devices and password; people, invitations and appointments."""

from butler.identity.pages import devices, factors, joining, phones, proving, signing_in, staff
from butler.identity.pages.blueprint import pages

__all__ = ["devices", "factors", "joining", "pages", "phones", "proving", "signing_in", "staff"]
