"""Calling other systems: only hosts that are named in the settings, and never our own network (SSRF).

A name is resolved once, every address it has is checked, and the connection goes to the address that was checked: a
name that changes its mind in between (DNS rebinding) gains nothing. No redirects, no proxy from the environment, a time
limit on the whole, a limit on what is read. Never call from inside a transaction (`butler.kit.outbox` is the way).
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx

from butler.kit.errors import Unavailable

SECONDS = 5.0
LARGEST = 2 * 1024 * 1024  # bytes of an answer


class NotAllowedOut(Exception):
    """An address we do not call. A mistake of ours or an attempt on us, never something to try again."""


class NoAnswer(Unavailable):
    """503: the other system did not answer, or not in time, or far too much."""


@dataclass(frozen=True)
class Answer:
    """What came back, whole."""

    status: int
    body: bytes


@dataclass(frozen=True)
class Door:
    """The way out to some hosts. `hosts` are exact names. `inside` lets a development machine call a stand-in on itself:
    plain HTTP and private addresses; `flask butler doctor` refuses it in production."""

    hosts: frozenset[str]
    inside: bool = False

    def call(self, method: str, url: str, *, seconds: float = SECONDS, **kwargs: Any) -> Answer:
        """Send one request, read one answer. `kwargs` are those of `httpx.Client.stream` (json, params, headers).

        Raises NotAllowedOut before anything is sent, and NoAnswer.
        """
        self._check(url)
        until = time.monotonic() + seconds
        try:
            with (
                httpx.Client(
                    transport=self._transport(), timeout=seconds, follow_redirects=False, trust_env=False
                ) as http,
                http.stream(method, url, **kwargs) as response,
            ):
                return Answer(response.status_code, _read(response, until))
        except (httpx.HTTPError, httpcore.ConnectError, OSError) as error:
            raise NoAnswer("对方的系统暂时没有回应，什么都没有改动。请过一会儿再试。") from error

    def _check(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise NotAllowedOut("not an address") from error
        if parts.scheme != "https" and not (self.inside and parts.scheme == "http"):
            raise NotAllowedOut("only https")
        if parts.hostname not in self.hosts or parts.username is not None or parts.password is not None:
            raise NotAllowedOut("not a host we call")
        if not self.inside and port not in (None, 443):
            raise NotAllowedOut("not a port we call")

    def _transport(self) -> httpx.HTTPTransport:
        transport = httpx.HTTPTransport(trust_env=False)
        transport._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(), network_backend=_Checked(inside=self.inside)
        )
        return transport


class _Checked(httpcore.SyncBackend):
    """Opens connections to addresses that were looked at, not to names."""

    def __init__(self, *, inside: bool) -> None:
        self.inside = inside

    def connect_tcp(self, host: str, port: int, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(address[0]) for *_, address in found]
        if not self.inside and not all(is_public(address) for address in addresses):
            raise NotAllowedOut("the name leads into a network of our own")
        return super().connect_tcp(addresses[0], port, *args, **kwargs)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public Internet (IANA special-purpose registries, RFC 6890).

    An IPv6 address that carries an IPv4 one (mapped, 6to4, NAT64) counts as what it carries.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        carried = parsed.ipv4_mapped or parsed.sixtofour
        if carried is None and parsed in _NAT64:
            carried = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
        if carried is not None:
            return is_public(str(carried))
    return parsed.is_global and not parsed.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _read(response: httpx.Response, until: float) -> bytes:
    chunks: list[bytes] = []
    for chunk in _within(response.iter_bytes(), until):
        chunks.append(chunk)
        if sum(map(len, chunks)) > LARGEST:
            raise NoAnswer("对方的系统回得太多了，我们没有读完，什么都没有改动。请过一会儿再试。")
    return b"".join(chunks)


def _within(chunks: Iterable[bytes], until: float) -> Iterable[bytes]:
    """A server that sends a byte now and then never runs into the limit of a single read."""
    for chunk in chunks:
        if time.monotonic() > until:
            raise NoAnswer("对方的系统太慢了，什么都没有改动。请过一会儿再试。")
        yield chunk
