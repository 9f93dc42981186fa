"""The API and its description: flask-smorest with strict input and problem documents."""

import http
from collections.abc import Callable
from typing import Any

import flask_smorest
import marshmallow as ma
from flask import Flask, Response
from flask_smorest.utils import prepare_response

from butler.web.converters import Digits, Number
from butler.web.guard import public
from butler.web.payload import StrictParser

PREFIX = "/api/v1"
PROBLEM = "application/problem+json"


class FieldErrorSchema(ma.Schema):
    """What is wrong with one field."""

    pointer = ma.fields.String(required=True, metadata={"description": "JSON pointer (RFC 6901)"})
    code = ma.fields.String(required=True)
    message = ma.fields.String(required=True, metadata={"description": "for people, in Chinese"})


class ProblemSchema(ma.Schema):
    """A problem document (RFC 9457). `code` is stable; further members depend on it."""

    type = ma.fields.String(required=True, metadata={"format": "uri"})
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String()
    instance = ma.fields.String(metadata={"description": "urn:butler:req:<request id>"})
    code = ma.fields.String(required=True)
    errors = ma.fields.List(ma.fields.Nested(FieldErrorSchema), metadata={"maxItems": 20})


class Blueprint(flask_smorest.Blueprint):
    """Part of the API. `url_prefix` is relative to `/api/v1`."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, name: str, import_name: str, *, url_prefix: str = "", **kwargs: Any) -> None:
        super().__init__(name, import_name, url_prefix=PREFIX + url_prefix.removeprefix(PREFIX), **kwargs)

    def arguments(self, schema: Any, **kwargs: Any) -> Callable[..., Any]:
        """As in flask-smorest, but the schema is made once and not for every request."""
        return super().arguments(schema() if isinstance(schema, type) else schema, **kwargs)


class Api(flask_smorest.Api):
    """The specification at `/api/v1/openapi.json`. Errors are answered by `web.faces`, not here."""

    ERROR_SCHEMA = ProblemSchema

    def init_app(self, app: Flask, *, spec_kwargs: dict[str, Any] | None = None) -> None:
        app.config.update(
            API_TITLE="Butler · 管家通",
            API_VERSION="v1",
            OPENAPI_VERSION="3.1.0",
            OPENAPI_URL_PREFIX=PREFIX,
            OPENAPI_JSON_PATH="openapi.json",
            API_SPEC_OPTIONS={
                "security": [{"bearer": []}],
                "info": {"description": "物业管家 + 政务服务。错误按 RFC 9457 回答，每种都有固定的 code。"},
            },
        )
        super().init_app(app, spec_kwargs=spec_kwargs)
        self.register_converter(Digits, lambda _: {"type": "string", "pattern": Digits.regex})
        self.register_converter(Number, lambda _: {"type": "string", "example": "7K3M-2QWX-9A4F"})
        self.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})

    def _register_error_handlers(self) -> None:
        """One place answers errors, for pages and API alike: `web.faces`."""

    def _register_responses(self) -> None:
        for status in http.HTTPStatus:
            self._register_response(status.name, status.phrase, problem=status >= 400)
        self._register_response("DEFAULT_ERROR", "Problem", problem=True)

    def _register_response(self, name: str, description: str, *, problem: bool) -> None:
        response: dict[str, Any] = {"description": description}
        if problem:
            response["schema"] = self.ERROR_SCHEMA
        prepare_response(response, self.spec, PROBLEM)
        self.spec.components.response(name, response, lazy=True)

    @public
    def _openapi_json(self) -> Response:
        return super()._openapi_json()
