"""Rules that a machine can keep, kept by a machine. The imports are checked by import-linter (`make lint`)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from butler.kit.database import ButlerFlask
from butler.kit.errors import REGISTRY
from butler.web.guard import unguarded

ROOT = Path(__file__).parent.parent
SOURCES = sorted(
    path
    for folder in ("butler", "services_catalog", "tests", "bench", "migrations")
    for path in (ROOT / folder).rglob("*.py")
)
LONGEST = 330  # "about 300"


def lines_with(pattern: str, *, outside: tuple[str, ...] = ()) -> Iterator[str]:
    """Lines of the application that match, apart from the files named."""
    for path in SOURCES:
        name = str(path.relative_to(ROOT))
        if name.startswith("butler/") and not name.startswith(outside):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                if re.search(pattern, line) and not line.lstrip().startswith(("#", '"""')):
                    yield f"{name}:{number}: {line.strip()}"


def test_every_route_says_who_may_call_it(app: ButlerFlask) -> None:
    assert unguarded(app) == []


def test_only_the_edge_commits() -> None:
    assert list(lines_with(r"\.commit\(\)", outside=("butler/kit/database.py",))) == []


def test_there_is_one_clock() -> None:
    found = lines_with(r"datetime\.(now|utcnow|today)\(|date\.today\(|time\.time\(", outside=("butler/kit/clock.py",))
    assert list(found) == []


def test_a_case_changes_its_stage_in_one_place() -> None:
    guarded = {"stage", "state", "holder_id", "desk_id", "lease_epoch", "outcome", "version"}
    allowed = {"butler/cases/actions/moving.py", "butler/cases/actions/filing.py"}
    found = {
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SOURCES
        if path.is_relative_to(ROOT / "butler" / "cases") and str(path.relative_to(ROOT)) not in allowed
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assign | ast.AugAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Attribute) and target.attr in guarded
    }
    assert found == set()


def test_nothing_is_pickled_or_shown_unescaped() -> None:
    assert list(lines_with(r"import pickle|yaml\.load\(|shell=True")) == []
    assert [line.split(":")[0] for line in lines_with(r"Markup\(")] == ["butler/catalogue/pages.py"]  # cleaned by nh3
    for template in (ROOT / "butler").rglob("*.html"):
        assert "|safe" not in template.read_text(encoding="utf-8").replace(" ", ""), template


def test_templates_carry_no_script_or_style() -> None:
    """The content security policy forbids them; a page that needs one would be broken, not just ugly."""
    for template in (ROOT / "butler").rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", text), template


def test_files_stay_short() -> None:
    long = [f"{path.relative_to(ROOT)}" for path in SOURCES if _too_long(path) and "migrations" not in path.parts]
    assert [name for name in long if not name.startswith("tests/")] == []


def test_public_names_say_what_they_mean() -> None:
    silent = []
    for path in SOURCES:
        name = str(path.relative_to(ROOT))
        if not name.startswith(("butler/", "services_catalog/")):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if ast.get_docstring(tree) is None and tree.body:
            silent.append(name)
        silent += [
            f"{name}: {node.name}"
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
            and not node.name.startswith("_")
            and ast.get_docstring(node) is None
        ]
    assert silent == []


def test_every_refusal_code_is_registered() -> None:
    used = set()
    for path in SOURCES:
        if path.is_relative_to(ROOT / "butler") and "errors.py" not in path.name:
            for refusal, code in re.findall(
                r"\b(Malformed|Conflict|Gone|Unavailable|Unauthenticated|NotAllowed)\([^)]*?code=\"([a-z-]+)\"",
                path.read_text(encoding="utf-8"),
                flags=re.DOTALL,
            ):
                used.add((refusal, code))
    assert {code for _, code in used} <= REGISTRY.keys()


def _too_long(path: Path) -> bool:
    return len(path.read_text(encoding="utf-8").splitlines()) > LONGEST
