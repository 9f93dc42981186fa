"""A guide's Markdown as HTML that may stand on our pages.

Markdown only: HTML inside it is shown as text, and what comes out is cleaned once more against a short list of tags.
"""

import re
from collections.abc import Callable, Mapping
from html import escape

import nh3
from markdown_it import MarkdownIt

_TAGS = {"h1", "h2", "h3", "p", "ul", "ol", "li", "strong", "em", "code", "blockquote", "hr", "br", "a"}
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
_SCHEMES = {"https", "tel"}
_QUOTED_NAME = re.compile("「([^「」<>]*)」")

_markdown = MarkdownIt("commonmark", {"html": False})


def to_html(markdown: str) -> str:
    """The guide as HTML: headings, paragraphs, lists, emphasis and https or telephone links; nothing that runs."""
    return nh3.clean(_markdown.render(markdown), tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES)


def link_names(html: str, codes: Mapping[str, str], address: Callable[[str], str]) -> str:
    """Turn every 「name」 of a matter in escaped HTML into a link. `codes` gives a name's code, `address` its page."""

    def link(found: re.Match[str]) -> str:
        code = codes.get(found[1])
        return found[0] if code is None else f'<a href="{escape(address(code))}">「{found[1]}」</a>'

    return _QUOTED_NAME.sub(link, html)
