"""A page with a form, shown again with what was typed and what to change."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Response, g, make_response, request

from butler.kit.database import db
from butler.kit.errors import Invalid, Refusal
from butler.web.payload import rows_of

View = TypeVar("View", bound=Callable[..., Any])


def fill_in_again(show: Callable[..., Any]) -> Callable[[View], View]:
    """When the view refuses what was filled in (`Invalid`), undo everything and answer with `show`, status 422.

    `show` is the view of the page with the form; it is called with the same arguments of the path. Its macros show the
    summary, the message at each field and what was typed. Goes below `@once`.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def filled_in(*args: Any, **kwargs: Any) -> Any:
            try:
                return view(*args, **kwargs)
            except Invalid as problem:
                return answer_with(problem, lambda: show(*args, **kwargs))

        return filled_in  # type: ignore[return-value]

    return decorate


def answer_with(refusal: Refusal, show: Callable[[], Any]) -> Response:
    """A page that says why, with the refusal's status. What was written is undone, unless the refusal keeps its work."""
    if not refusal.keeps_work:
        db.session.rollback()
    g.form_problem = refusal
    response = make_response(show())
    response.status_code = refusal.status
    response.headers.extend(refusal.headers)
    return response


def form_problem() -> Invalid | None:
    """What is wrong with the form of this page; None when it is shown for the first time."""
    problem: Invalid | None = g.get("form_problem")
    return problem


def typed(name: str, default: Any = "") -> Any:
    """What somebody typed into a field when the page is shown again, else `default`."""
    return request.form.get(name, "") if form_problem() else default


def typed_rows(name: str) -> list[dict[str, str]]:
    """The rows of a list (`items.0.name`) as somebody filled them in, when the page is shown again; else none.

    Blank rows are left out, as `read_form` does: the row that a message points at stands at the same place here.
    """
    if form_problem() is None:
        return []
    sent = request.form
    starts = [f"{name}.{place}." for place in rows_of(sent, name)]
    return [{key.removeprefix(start): sent[key] for key in sent if key.startswith(start)} for start in starts]


def ticked(name: str, value: str, default: bool = False) -> bool:
    """Whether a box or a radio button was chosen when the page is shown again, else `default`."""
    return value in request.form.getlist(name) if form_problem() else default


def problem_at(name: str) -> str | None:
    """The message for a field (`beneficiary.name`), if it has one; for a list also that of any of its items."""
    problem = form_problem()
    if problem is None:
        return None
    pointer = "/" + name.replace(".", "/")
    for error in problem.errors:
        if error.pointer == pointer or error.pointer.startswith(f"{pointer}/"):
            return error.message
    return None


def anchor(pointer: str) -> str:
    """The HTML id of a pointer's field: `/beneficiary/name` → `f-beneficiary-name`, `/items/0/name` → `f-items-0-name`;
    the items of a plain list share the id of the list."""
    parts = [part for part in pointer.split("/") if part]
    return "-".join(["f", *(parts[:-1] if parts and parts[-1].isdigit() else parts)])
