"""T7: whatever address is asked for, nothing reaches our own network."""

import socket
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standing_in import Handler, standing_in

from butler.kit import outgoing
from butler.kit.outgoing import Door, NoAnswer, NotAllowedOut, is_public

NAME = "api.weixin.qq.com"
DOOR = Door(frozenset({NAME}))
ADDRESSES_OF_OURS = [
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.100.100.200", "100.64.0.1", "198.18.0.1", "192.0.0.1", "192.0.2.1", "203.0.113.1", "224.0.0.1", "255.255.255.255",
    "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:a00:1",
    "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:db8::1",
]  # fmt: skip
BYPASSES = [
    "http://api.weixin.qq.com/", "ftp://api.weixin.qq.com/", "file:///etc/passwd", "gopher://127.0.0.1:6379/_INFO",
    "https://127.0.0.1/", "https://localhost/", "https://0/", "https://2130706433/", "https://0x7f.1/", "https://0177.0.0.1/",
    "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://169.254.169.254/latest/meta-data/",
    "https://api.weixin.qq.com@127.0.0.1/", "https://api.weixin.qq.com:x@evil.example/", "https://user@api.weixin.qq.com/",
    "https://evil.example/?api.weixin.qq.com", "https://evil.example/#@api.weixin.qq.com",
    "https://api.weixin.qq.com.evil.example/", "https://api.weixin.qq.com%2eevil.example/", "https://xapi.weixin.qq.com/",
    "https://api.weixin.qq.com:8443/", "https://api.weixin.qq.com:6379/", "https://api.weixin.qq.com:99999/",
    "https://api.weixin.qq.com\\@127.0.0.1/", "https://127.0.0.1\\@api.weixin.qq.com/", "https:///api.weixin.qq.com",
    "//api.weixin.qq.com/", "https:api.weixin.qq.com", "", "https://", "https://[", "javascript:alert(1)",
    "https://api.weixin.qq.com./", "https://ａpi.weixin.qq.com/", "https://api。weixin。qq。com/",
]  # fmt: skip


class Inner(Handler):
    """A service of our own network. It counts who reached it, and misbehaves when asked to."""

    reached = 0

    def do_GET(self) -> None:
        Inner.reached += 1
        if self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1/secret")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        try:
            if self.path == "/drip":
                for _ in range(100):
                    self.wfile.write(b".")
                    self.wfile.flush()
                    time.sleep(0.05)
            self.wfile.write(b"x" * (3_000_000 if self.path == "/flood" else 10))
        except OSError:
            pass


@pytest.fixture
def inner() -> Iterator[str]:
    Inner.reached = 0
    with standing_in(Inner) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def resolves(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let every name lead to these addresses, one list for each time it is asked for."""

    def set_answers(*answers: list[str]) -> None:
        left = list(answers)

        def resolve(host: str, port: int, **_: object) -> list[tuple]:
            given_now = left.pop(0) if len(left) > 1 else left[0]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in given_now]

        monkeypatch.setattr(outgoing.socket, "getaddrinfo", resolve)

    return set_answers


@pytest.mark.parametrize("url", BYPASSES)
def test_other_addresses_are_not_called(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing.socket, "getaddrinfo", lambda *_, **__: pytest.fail("asked for a name"))
    with pytest.raises(NotAllowedOut):
        DOOR.call("GET", url)


@pytest.mark.parametrize("address", ADDRESSES_OF_OURS)
def test_a_name_that_leads_to_us_is_not_called(address: str, resolves: Callable[..., None]) -> None:
    assert not is_public(address)
    resolves(["8.8.8.8", address])
    with pytest.raises(NotAllowedOut):
        DOOR.call("GET", f"https://{NAME}/")


def test_a_name_that_changes_its_mind_gains_nothing(
    resolves: Callable[..., None], inner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected = []
    monkeypatch.setattr(
        outgoing.httpcore.SyncBackend, "connect_tcp", lambda _, host, port, *a, **k: connected.append(host) or _refuse()
    )
    resolves(["8.8.8.8"], ["127.0.0.1"])
    with pytest.raises(NoAnswer):
        DOOR.call("GET", f"https://{NAME}/")
    assert connected == ["8.8.8.8"], "the address that was looked at, not the name"
    assert Inner.reached == 0


def _refuse() -> None:
    raise outgoing.httpcore.ConnectError("refused")


@given(
    st.ip_addresses(network="10.0.0.0/8")
    | st.ip_addresses(network="fc00::/7")
    | st.ip_addresses(network="::ffff:10.0.0.0/104")
)
def test_private_networks_are_ours(address: object) -> None:
    assert not is_public(str(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "101.226.103.63", "240e:e1:a900:50::63", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


def test_a_stand_in_on_this_machine_answers(inner: str) -> None:
    assert _here().call("GET", inner).body == b"x" * 10


def test_redirects_are_not_followed(inner: str) -> None:
    assert _here().call("GET", f"{inner}/elsewhere").status == 302
    assert Inner.reached == 1


@pytest.mark.parametrize("path", ["/flood", "/drip"])
def test_too_much_and_too_slow_end(inner: str, path: str) -> None:
    with pytest.raises(NoAnswer):
        _here().call("GET", inner + path, seconds=0.5)


def test_nobody_there() -> None:
    with pytest.raises(NoAnswer):
        _here().call("GET", "http://127.0.0.1:1/")


def _here() -> Door:
    return Door(frozenset({"127.0.0.1"}), inside=True)
