"""Who one is, over the API: signing in and out, one's devices and password; inviting and appointing staff."""

from butler.identity.api import devices, factors, joining, phones, residents, signing_in, staff, wechat
from butler.identity.api.blueprint import api

__all__ = ["api", "devices", "factors", "joining", "phones", "residents", "signing_in", "staff", "wechat"]
