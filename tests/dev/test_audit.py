"""Known weaknesses: three outcomes are told apart, whatever the list answers. The list here is a stand-in."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from standing_in import Handler, standing_in

from butler.dev import audit

ROOT = Path(__file__).parents[2]
HASH = f"--hash=sha256:{'a' * 64}"
WEAK = {"id": "PYSEC-2026-1", "aliases": ["CVE-2026-0001"], "fixed_in": ["1.1"], "withdrawn": None}


@contextmanager
def listing(answers: dict[str, Any]) -> Iterator[str]:
    """A list: for a name the weaknesses, a status, a text sent as it is, or a function that does what it likes."""

    class Listing(Handler):
        def do_GET(self) -> None:
            _, _, name, version, _ = self.path.split("/")
            answer = answers.get(name, [])
            if callable(answer):
                answer(self)
                return
            said = answer
            if isinstance(answer, list):
                said = json.dumps({"info": {"name": name, "version": version}, "vulnerabilities": answer})
            elif isinstance(answer, dict):
                said = json.dumps(answer)
            self.send_response(answer if isinstance(answer, int) else 200)
            self.end_headers()
            self.wfile.write(str(said).encode())

    with standing_in(Listing) as port:
        yield f"http://127.0.0.1:{port}"


def hang(handler: BaseHTTPRequestHandler) -> None:
    """Takes the question and never answers."""
    time.sleep(5)
    handler.close_connection = True


def drip(handler: BaseHTTPRequestHandler) -> None:
    """Answers for ever, a blank at a time."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(40):
        try:
            handler.wfile.write(b" ")
        except OSError:
            return
        time.sleep(0.1)


def break_off(handler: BaseHTTPRequestHandler) -> None:
    """Promises more than it sends."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"info"')
    handler.close_connection = True


@pytest.fixture
def pinned(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text(
        f"one==1.0 \\\n    {HASH}\nTwo_Words==2.0 ; python_version < '4' \\\n    {HASH}\n", encoding="utf-8"
    )
    return path


def ask(path: Path, answers: dict[str, Any]) -> audit.Outcome:
    with listing(answers) as index:
        return audit.audit([path], index, patience=0.3, longest=1.5)


def test_nothing_known(pinned: Path) -> None:
    outcome = ask(pinned, {"one": [WEAK | {"withdrawn": "2026-01-01"}]})
    assert outcome.code == audit.NOTHING_KNOWN
    assert list(outcome.sentences()) == ["2 个库都问过了，没有已知漏洞。"]


def test_a_weakness_is_named_with_what_mends_it(pinned: Path) -> None:
    outcome = ask(pinned, {"one": [WEAK]})
    assert outcome.code == audit.FOUND
    assert outcome.weak == ["one 1.0：PYSEC-2026-1（CVE-2026-0001），1.1 起已修复"]


def test_a_weakness_counts_although_something_else_could_not_be_asked(pinned: Path) -> None:
    outcome = ask(pinned, {"one": [WEAK], "two-words": 503})
    assert (outcome.code, len(outcome.weak), len(outcome.unanswered)) == (audit.FOUND, 1, 1)


def test_a_version_taken_back_by_its_makers_is_a_weakness(pinned: Path) -> None:
    taken_back = {"info": {"name": "one", "version": "1.0", "yanked": True}, "vulnerabilities": []}
    assert ask(pinned, {"one": taken_back}).weak == ["one 1.0：作者已经撤回了这个版本"]


LIES = {
    "error": 500, "unknown": 404, "limited": 429, "page": "<html>请先登录</html>", "empty": "", "no list": {"info": {}},
    "another library": {"info": {"name": "three", "version": "1.0"}, "vulnerabilities": []},
    "another version": {"info": {"name": "one", "version": "0.9"}, "vulnerabilities": []},
    "no weaknesses": {"info": {"name": "one", "version": "1.0"}},
    "weaknesses that are none": {"info": {"name": "one", "version": "1.0"}, "vulnerabilities": {"id": "x"}},
    "words": {"info": {"name": "one", "version": "1.0"}, "vulnerabilities": ["x"]}, "deep": "[" * 100_000,
    "hangs": hang, "drips": drip, "breaks off": break_off,
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_whatever_is_no_answer_is_not_taken_for_one(pinned: Path, lie: str) -> None:
    outcome = ask(pinned, {"one": LIES[lie]})
    assert outcome.code == audit.COULD_NOT_ASK
    assert [line.partition("：")[0] for line in outcome.unanswered] == ["one 1.0"]
    (said,) = outcome.sentences()
    assert said.startswith("2 个库里有 1 个没能问到有没有已知漏洞（例如 one 1.0：")


def test_a_list_that_is_away_is_given_up_soon(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text("".join(f"name{n}==1 {HASH}\n" for n in range(300)), encoding="utf-8")
    outcome = audit.audit([path], "http://127.0.0.1:1")
    assert (outcome.code, len(outcome.unanswered)) == (audit.COULD_NOT_ASK, 300)
    assert sum("没有等到回答" in line for line in outcome.unanswered) > 200
    assert outcome.unanswered[0].endswith("连不上名单")  # the example a person reads is a reason


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f"one>=1.0 {HASH}", "没有固定到一个版本"),
        (f"one==1.* {HASH}", "没有固定到一个版本"),
        ("one @ https://example.com/one.whl", "没有固定到一个版本"),
        ("-e .", "没有固定到一个版本"),
        ("--index-url https://example.com", "没有固定到一个版本"),
        ("one==1.0", "没有校验值"),
        ("one==1.0 --hash=md5:0cc175b9c0f1b6a831c399e269772661", "没有固定到一个版本"),
    ],
)
def test_what_is_not_pinned_is_wrong_without_any_list(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(f"# 一行说明\n{line}\n", encoding="utf-8")
    outcome = ask(path, {})
    assert outcome.code == audit.FOUND
    assert [said in sentence for sentence in outcome.wrong] == [True]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-local.txt", "requirements-dev.txt"])
def test_everything_we_install_is_pinned_with_its_hashes(name: str) -> None:
    pins, wrong = audit.read_pins(ROOT / name)
    assert wrong == []
    assert len(pins) > 60


def test_what_is_in_us_is_what_is_pinned(tmp_path: Path, pinned: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sbom = tmp_path / "build" / "sbom.json"
    with listing({}) as index:
        code = audit.main([str(ROOT / "requirements.txt"), str(pinned), "--index", index, "--sbom", str(sbom)])
    written = json.loads(sbom.read_text(encoding="utf-8"))
    pins, _ = audit.read_pins(ROOT / "requirements.txt")
    assert code == 0
    assert capsys.readouterr().out == f"{len(pins) + 2} 个库都问过了，没有已知漏洞。\n"
    assert {(one["name"], one["version"]) for one in written["components"]} == {(pin.name, pin.version) for pin in pins}
    hashes = {h["content"] for one in written["components"] for h in one["externalReferences"][0]["hashes"]}
    assert hashes == {digest for pin in pins for digest in pin.hashes}
    assert sbom.read_text(encoding="utf-8") == audit.bill_of_materials(list(reversed(pins)))


def test_a_run_of_checks_fails_for_a_weakness_and_says_later_that_it_could_not_ask(
    tmp_path: Path, pinned: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "audit.txt"
    beside = [str(pinned), "--sbom", str(tmp_path / "sbom.json"), "--later", str(kept), "--index"]
    again = ["--again", str(kept)]
    assert audit.main(again) == 0
    assert "没有检查依赖里的已知漏洞" in capsys.readouterr().err  # it was never asked
    with listing({"one": 500}) as index:
        assert audit.main([*beside, index]) == 0
        assert audit.main([*beside[:-3], "--index", index]) == audit.COULD_NOT_ASK
    assert audit.main(again) == 0
    assert "2 个库里有 1 个没能问到" in capsys.readouterr().err.splitlines()[-2]
    with listing({"one": [WEAK]}) as index:
        assert audit.main([*beside, index]) == audit.FOUND
    with listing({}) as index:
        assert audit.main([*beside, index]) == 0
    capsys.readouterr()
    audit.main(again)
    assert capsys.readouterr().err == ""


def test_it_needs_no_library() -> None:
    """It runs before anything is installed."""
    assert {name.partition(".")[0] for name in vars(audit) if name in sys.modules} <= sys.stdlib_module_names
