"""What a server hands to an application, told back: for the probes of `test_smuggling`."""

import json
from collections.abc import Callable, Iterable
from typing import Any

_seen: list[dict[str, Any]] = []


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Write down each request but `/seen`, which tells all of them and forgets them."""
    if environ["PATH_INFO"] == "/seen":
        told = json.dumps(_seen).encode()
        _seen.clear()
    else:
        body = environ["wsgi.input"].read()
        keep = ("CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING")
        _seen.append(
            {"method": environ["REQUEST_METHOD"], "path": environ["PATH_INFO"], "body": body.decode("latin-1")}
            | {name: environ[name] for name in keep if name in environ}
            | {name: value for name, value in environ.items() if name.startswith(("HTTP_X_", "HTTP_HOST"))}
        )
        told = b"{}"
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(told)))])
    return [told]
