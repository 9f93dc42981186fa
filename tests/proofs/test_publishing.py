"""A publication reaches every web process within five seconds, without a restart."""

import re
import shutil
import time
from pathlib import Path

import httpx
import pytest

import services_catalog
from figures import Show
from running import Running
from services_catalog.loading import load

pytestmark = pytest.mark.proof

SHIPPED = Path(services_catalog.__file__).parent
MATTER = "M012"
MOST = 5.0  # seconds, as the command promises


def test_a_publication_reaches_two_web_processes(whole: Running, tmp_path: Path, show: Show) -> None:
    changed = tmp_path / "catalogue"
    shutil.copytree(SHIPPED, changed, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    before = load(SHIPPED).matters[MATTER]
    edit(changed / f"matters/{MATTER}.yaml", r"(?m)^fee: .*$", "fee: 免费试办一个月")
    edit(changed / f"guides/{MATTER}.md", before.revision, load(changed).matters[MATTER].revision)
    with whole.another_web() as second:
        pages = [f"{at}/api/v1/matters/{MATTER}" for at in (whole.base_url, second)]
        for page in pages:
            wait_until_shown(page, before.fee, seconds=60)
        published = whole.flask("butler", "catalogue", "publish", str(changed), "--by", "proof")
        assert published.returncode == 0, published.stderr
        began = time.monotonic()
        waits = [wait_until_shown(page, "免费试办一个月", seconds=30) - began for page in pages]
        back = whole.flask("butler", "catalogue", "publish", "--by", "proof")
        assert back.returncode == 0, back.stderr
        for page in pages:
            wait_until_shown(page, before.fee, seconds=30)
    show("P31", "a publication reaches every web process", web_processes=2, seconds=round(max(waits), 2), asked=MOST)


def edit(path: Path, old: str, new: str) -> None:
    """Replace what is there exactly once."""
    text, times = re.subn(old, new, path.read_text(encoding="utf-8"))
    assert times == 1, path
    path.write_text(text, encoding="utf-8")


def wait_until_shown(page: str, fee: str, *, seconds: float) -> float:
    """The moment at which a matter says this fee."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if httpx.get(page, trust_env=False, timeout=5).json().get("fee") == fee:
                return time.monotonic()
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"{page} does not say {fee}")
