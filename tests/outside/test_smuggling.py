"""What a front and the server behind it could read differently (ASVS 4.2.1): sent by hand, byte by byte, to the server we
ship, which then tells what it handed to the application. Nothing hidden in a body may become a request of its own."""

import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from butler.dev.machine import free_port
from butler.dev.run import APPLICATION
from figures import Show

TESTS = Path(__file__).parents[1]
HIDDEN = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(HIDDEN)
BOTH = b"Content-Length: %d\r\n" % len(b"0\r\n\r\n" + HIDDEN)
CHUNKED = b"Transfer-Encoding: chunked\r\n"


def request(headers: bytes, body: bytes, version: bytes = b"1.1") -> bytes:
    """A request with these headers."""
    return b"POST /first HTTP/" + version + b"\r\nHost: x\r\n" + headers + b"\r\n" + body


CUT = b"0\r\n\r\n" + HIDDEN
REFUSED = {
    "a blank before the colon": request(BOTH + b"Transfer-Encoding : chunked\r\n", CUT),
    "a coding nobody knows": request(BOTH + b"Transfer-Encoding: xchunked\r\n", CUT),
    "chunked is not the last": request(BOTH + b"Transfer-Encoding: chunked, identity\r\n", CUT),
    "two codings": request(BOTH + CHUNKED + b"Transfer-Encoding: identity\r\n", CUT),
    "a folded coding": request(BOTH + b"Transfer-Encoding:\r\n chunked\r\n", CUT),
    "a control character": request(BOTH + b"Transfer-Encoding: \x0bchunked\r\n", CUT),
    "chunked in HTTP/1.0": request(BOTH + CHUNKED, CUT, b"1.0"),
    "two lengths": request(b"Content-Length: 0\r\n" + LENGTH, HIDDEN),
    "a list of lengths": request(b"Content-Length: 0, %d\r\n" % len(HIDDEN), HIDDEN),
    "a length with a sign": request(b"Content-Length: +%d\r\n" % len(HIDDEN), HIDDEN),
    "a length below nothing": request(b"Content-Length: -1\r\n", HIDDEN),
    "a length in hexadecimal": request(b"Content-Length: 0x25\r\n", HIDDEN),
    "a length with a gap": request(b"Content-Length: 3 7\r\n", HIDDEN),
    "a length and a blank": request(b"Content-Length : %d\r\n" % len(HIDDEN), HIDDEN),
    "a folded line": request(b"X-A: a\r\n b\r\nContent-Length: 0\r\n", b""),
    "a length in a fold": request(b"X-A: a\r\n " + LENGTH, HIDDEN),
    "a bare CR": request(b"X-A: b\r" + LENGTH, HIDDEN),
    "NUL": request(b"X-A: b\x00c\r\n" + LENGTH, HIDDEN),
    "a blank line to begin with": b"POST /first HTTP/1.1\r\n X-A: b\r\nHost: x\r\n" + LENGTH + b"\r\n" + HIDDEN,
    "no version": b"GET /first\r\n" + HIDDEN,
    "a version that is none": b"GET /first HTTP/1.9\r\nHost: x\r\n\r\n" + HIDDEN,
}
"""Answered 400 and hung up on; the application hears nothing."""
HUNG_UP = {
    "length and chunked": request(BOTH + CHUNKED, CUT),
    "chunked and length": request(CHUNKED + BOTH, CUT),
    "a chunk below nothing": request(CHUNKED, b"-1\r\n\r\n" + HIDDEN),
    "a chunk too large": request(CHUNKED, b"fffffffffffffffff\r\n\r\n" + HIDDEN),
    "a chunk in hexadecimal": request(CHUNKED, b"0x0\r\n\r\n" + HIDDEN),
    "a chunk with a bare LF": request(CHUNKED, b"0\n\n" + HIDDEN),
    "an extension with a bare LF": request(CHUNKED, b"0;a\n\r\n\r\n" + HIDDEN),
}
"""Handed over as one request, which `payload.check_encoding` refuses; then hung up on, so that nothing follows it."""
ONE_READING = {
    "bare LF throughout": b"POST /first HTTP/1.1\nHost: x\n" + LENGTH.replace(b"\r", b"") + b"\n" + HIDDEN,
    "one bare LF": request(b"X-A: b\n" + LENGTH, HIDDEN),
}
"""Taken: RFC 9112 §2.2 lets a server read a bare LF as the end of a line. What is hidden stays a body."""


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    """The server of `make run` with its own words, before an application that only tells what it was handed."""
    port = free_port(0)
    words = [word.format(host="127.0.0.1", port=port) for word in APPLICATION.web]
    assert words[-1] == "wsgi:app"
    assert "granian" in words
    process = subprocess.Popen(
        [*words[:-1], "outside.echo:app"],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 60
        while not _answers(port):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def test_nothing_hidden_in_a_body_becomes_a_request(server: int, show: Show) -> None:
    wrong = []
    for name, raw in (REFUSED | HUNG_UP | ONE_READING).items():
        answers, hung_up = send(server, raw)
        seen = heard(server)
        if [one["path"] for one in seen] not in ([], ["/first"]):
            wrong.append(f"{name}: {seen}")
        if name in REFUSED and (answers != [400] or seen or not hung_up):
            wrong.append(f"{name}: {answers} {seen} {hung_up}")
        if name in HUNG_UP and not hung_up:
            wrong.append(f"{name}: the connection stays open")
        if name in ONE_READING and [one["body"].encode() for one in seen] != [HIDDEN]:
            wrong.append(f"{name}: {seen}")

    show("T21", "requests hidden in requests", refused=len(REFUSED), hung_up=len(HUNG_UP), taken=2, wrong=len(wrong))
    assert wrong == []


def test_two_plain_requests_are_two(server: int) -> None:
    """Else the test above could not fail."""
    answers, _ = send(
        server, request(b"Content-Length: 0\r\n", b"") + HIDDEN.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    )

    assert answers == [200, 200]
    assert [one["path"] for one in heard(server)] == ["/first", "/smuggled"]


def test_two_hosts_are_no_host_of_ours(server: int) -> None:
    """Handed over as one name with a comma, which is on nobody's list (`BUTLER_TRUSTED_HOSTS`)."""
    send(server, b"GET /first HTTP/1.1\r\nHost: ours\r\nHost: evil\r\nConnection: close\r\n\r\n")

    assert [one["HTTP_HOST"] for one in heard(server)] == ["ours,evil"]


@pytest.mark.parametrize("path", ["/api/v1/cases", "/sign-in"])
def test_a_body_in_chunks_is_refused(client: FlaskClient, path: str) -> None:
    """It would be read as an empty one, and so is what arrives when chunks are cut or wrong."""
    answer = client.post(path, data=b"{}", headers={"Transfer-Encoding": "chunked"}, content_type="application/json")

    assert (answer.status_code, answer.headers["Connection"]) == (400, "close")


def send(port: int, raw: bytes) -> tuple[list[int], bool]:
    """The statuses of the answers, and whether we were hung up on."""
    told, hung_up = b"", False
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(raw)
        line.settimeout(1)  # only those that are taken keep the line open
        try:
            while piece := line.recv(65536):
                told += piece
            hung_up = True
        except TimeoutError:
            pass
        except ConnectionResetError:
            hung_up = True
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] ([0-9]{3})", told)], hung_up


def heard(port: int) -> list[dict[str, Any]]:
    """What the application was handed since the last time."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(b"GET /seen HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        told = b"".join(iter(lambda: line.recv(65536), b""))
    return list(json.loads(told.partition(b"\r\n\r\n")[2]))


def _answers(port: int) -> bool:
    try:
        heard(port)
    except (OSError, ValueError):
        return False
    return True
