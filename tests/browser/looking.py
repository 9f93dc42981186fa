"""What a page has to be like, looked at from inside the browser. Each check gives what is wrong, if anything."""

import re
from collections.abc import Iterator
from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Page

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
_RUN = """async options => (await axe.run(options))
  .violations.flatMap(v => v.nodes.map(n => [v.id, n.html.slice(0, 160)]))"""
_CONTRAST = """async () => {
  const kinds = new Map();
  for (const e of document.querySelectorAll("body, body *")) {
    if (!e.getClientRects().length || ![...e.childNodes].some(n => n.nodeType == 3 && n.data.trim()) && !e.value) continue;
    const own = getComputedStyle(e), kind = [own.color, own.fontSize, own.fontWeight, own.opacity];
    for (let over = e; over; over = over.parentElement) {
      const style = getComputedStyle(over);
      kind.push(style.backgroundColor, style.backgroundImage);
    }
    const name = kind.join();
    if (!kinds.has(name)) kinds.set(name, e);
  }
  const found = await axe.run({include: [...kinds.values()]}, {runOnly: ["color-contrast"], resultTypes: ["violations"]});
  return found.violations.flatMap(v => v.nodes.map(n => [v.id, n.html.slice(0, 160)]));
}"""

_MEASURE = """() => {
  const faults = [], wide = innerWidth;
  const say = (what, e) => faults.push(what + " " + e.outerHTML.slice(0, 120));
  const inText = e => getComputedStyle(e).display == "inline"
      && e.parentElement.textContent.trim() != e.textContent.trim();
  const hidden = e => !e.getClientRects().length || e.closest(".unseen, .skip");
  if (document.documentElement.scrollWidth > wide) faults.push("scrolls sideways");
  for (const e of document.querySelectorAll("body *")) {
    if (hidden(e) || e.closest(".scroll") || e.closest("svg")) continue;
    const box = e.getBoundingClientRect();
    if (box.right > wide + 1 || box.left < -1) say("sticks out", e);
    if (getComputedStyle(e).overflowX != "visible" && e.scrollWidth > e.clientWidth + 1) say("is cut", e);
  }
  const targets = [];
  for (const e of document.querySelectorAll("a, button, input, select, textarea, summary, label.choice")) {
    if (hidden(e) || e.type == "hidden" || e.closest("label.choice") && e.tagName == "INPUT") continue;
    const box = e.getBoundingClientRect();
    if ((box.width < 43.5 || box.height < 43.5) && !inText(e)) say("is small", e);
    if (e.matches(".button.main, .button.second") && box.height < 59.5) say("is low", e);
    if (!e.closest(".dock, .leave") && !inText(e)) targets.push([e, box]);  // those two stay while the rest scrolls
  }
  targets.forEach(([e, box], i) => targets.slice(i + 1).forEach(([other, its]) => {
    if (box.left < its.right - 1 && its.left < box.right - 1 && box.top < its.bottom - 1 && its.top < box.bottom - 1
        && !e.contains(other)) say("lies over " + other.outerHTML.slice(0, 60), e);
  }));
  for (const e of document.querySelectorAll("body *")) {  // axe: scrollable-region-focusable
    const style = getComputedStyle(e), scrolls = side => side == "auto" || side == "scroll";
    const more = scrolls(style.overflowX) && e.scrollWidth > e.clientWidth + 1
        || scrolls(style.overflowY) && e.scrollHeight > e.clientHeight + 1;
    const reached = "a[href], button, input, select, textarea, summary, [tabindex]";
    if (more && !e.matches(reached) && !e.querySelector(reached)) say("scrolls by hand only", e);
  }
  if (parseFloat(getComputedStyle(document.documentElement).fontSize) < 19 && wide > 374) faults.push(...ragged());
  return faults;

  // What looks careless: text at the very edge of its box, a number in two lines, a short word beside a row that breaks,
  // two links that read as one.
  function ragged() {
    const faults = [], say = (what, e) => faults.push(what + " " + e.outerHTML.slice(0, 120));
    const lines = range => new Set([...range.getClientRects()].map(box => Math.round(box.top / 4))).size;
    const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
    while (words.nextNode()) {
      const text = words.currentNode, e = text.parentElement;
      if (!text.data.trim() || hidden(e)) continue;
      const frame = e.closest(".cells > li, .card, .rows, .jobs > li, .notice, .choice");
      range.selectNode(text);
      const first = range.getClientRects()[0];
      if (frame && first && first.left < frame.getBoundingClientRect().left + 4) say("has text at its edge:", e);
      const number = /([0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}/.exec(text.data);
      if (!number || e.matches(".as-sent")) continue;  // a message is shown as a telephone does
      range.setStart(text, number.index);
      range.setEnd(text, number.index + number[0].length);
      if (lines(range) > 1) say("has a number in two lines:", e);
    }
    for (const e of document.querySelectorAll(".side, .tag")) {
      range.selectNodeContents(e);
      if (!hidden(e) && e.textContent.trim().length < 6 && lines(range) > 1) say("breaks", e);
    }
    for (const e of document.querySelectorAll("main a + a")) {
      const before = e.previousElementSibling, [box, its] = [e, before].map(one => one.getBoundingClientRect());
      if (hidden(e) || hidden(before) || e.matches(".button") || e.closest(".tabs, .cells")) continue;
      const between = e.previousSibling == before || !e.previousSibling.data.trim();
      if (between && Math.abs(box.top - its.top) < 8 && box.left - its.right < 8) say("runs into the link before:", e);
    }
    return faults;
  }
}"""
_FORM = """() => ({
  headings: [...document.querySelectorAll("h1")].filter(e => e.getClientRects().length).length,
  mains: document.querySelectorAll("main .button.main").length,
  language: document.documentElement.lang, title: document.title,
  ticked: document.querySelectorAll("input[type=checkbox][name=consents]:checked").length,
  back: !!document.querySelector("main .back, .tabs, main .button, main .cells a"),
  scripts: document.scripts.length, dialogs: document.querySelectorAll("dialog").length,
})"""

_CHINESE = "[\\u4e00-\\u9fff]"
_NUMBER = re.compile(  # 单号, 卡号, 出错编号
    r"\b(?:[0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}\b|(?<=出错编号：)\w{6}", re.ASCII
)
_ASCII_MARK = re.compile(rf"{_CHINESE} ?[,;:!?()\"]|[,;!?()\"] ?{_CHINESE}|{_CHINESE}\.(?![0-9a-z])")
_CODE = re.compile(r"[A-Za-z]+_[A-Za-z_]+|\b[A-Z]\d{3}\b|\d{4}-\d\d-\d\d|T\d\d:\d\d|\{\{|\}\}|%[sd]", re.ASCII)
_ENGLISH = re.compile(r"[A-Za-z]{2,}")
_COLD = re.compile(r"(?<!迷)你|亲[，,]|接口|参数|非法|操作失败|系统繁忙")


def open_everything(page: Page) -> None:
    """Unfold what is folded, so that it is looked at too."""
    page.evaluate("() => document.querySelectorAll('details').forEach(e => e.open = true)")


def axe_says(page: Page) -> list[str]:
    """Violations of the tags above."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_AXE)
    only = {"type": "tag", "values": _TAGS}
    return [f"{rule}: {html}" for rule, html in page.evaluate(_RUN, {"runOnly": only, "resultTypes": ["violations"]})]


def contrast_says(page: Page) -> list[str]:
    """Contrast alone, after `axe_says`, for a page that only changed its colours: of texts with the same colours, size and
    weight on the same ground the first is looked at."""
    return [f"{rule}: {html}" for rule, html in page.evaluate(_CONTRAST)]


def badly_laid_out(page: Page) -> list[str]:
    """What sticks out, is cut, or is too small to hit."""
    return list(page.evaluate(_MEASURE))


def badly_formed(page: Page) -> Iterator[str]:
    """One heading, one main button at most, the language, a title that names the task, nothing that pops up, no consent
    that is ticked already (个人信息保护法 14)."""
    form = page.evaluate(_FORM)
    if form["headings"] != 1:
        yield f"{form['headings']} headings of the first level"
    if form["mains"] > 1:
        yield f"{form['mains']} main buttons"
    if not form["back"]:
        yield "no way on or back"
    if form["language"] != "zh-CN":
        yield f"language {form['language']!r}"
    if len(form["title"]) < 4:
        yield f"title {form['title']!r}"
    if form["ticked"]:
        yield f"{form['ticked']} consents ticked by nobody"
    if form["scripts"] or form["dialogs"]:
        yield f"{form['scripts']} scripts, {form['dialogs']} dialogs"


def badly_written(page: Page, *, foreign: str = "") -> Iterator[str]:
    """English words, raw codes, half-width marks and cold words that people would see, but for one they may see."""
    text = _NUMBER.sub("", page.evaluate("() => document.body.innerText").replace(foreign or "\0", ""))
    for name, pattern in (("mark", _ASCII_MARK), ("code", _CODE), ("English", _ENGLISH), ("cold", _COLD)):
        for found in pattern.finditer(text):
            yield f"{name} {text[max(0, found.start() - 8) : found.end() + 8]!r}"
