"""No secret lies in the tree (ASVS 13.3.1): every file that is kept is read for what looks like one."""

import math
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KNOWN = {
    "a private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY",
    "a key of Amazon": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a key of Aliyun": r"\bLTAI[0-9A-Za-z]{12,20}\b",
    "a key of Tencent Cloud": r"\bAKID[0-9A-Za-z]{13,40}\b",
    "a token of GitHub": r"\b(?:ghp|gho|ghs|ghr|github_pat)_[0-9A-Za-z_]{20,}",
    "a token of GitLab": r"\bglpat-[0-9A-Za-z_\-]{20,}",
    "a token of PyPI": r"\bpypi-[0-9A-Za-z_\-]{20,}",
    "a token of Slack": r"\bxox[abprs]-[0-9A-Za-z\-]{10,}",
    "a JSON web token": r"\beyJ[0-9A-Za-z_\-]{10,}\.eyJ[0-9A-Za-z_\-]{10,}\.",
    "a password in an address": r"\b[a-z][a-z0-9+]{2,20}://[^\s:/@'\"<>{}…]{1,40}:[^\s:/@'\"<>{}…]{6,60}@(?!127\.0\.0\.1|localhost)",
    "a secret of a mini-program": r"(?i)app_?secret['\"]?\s{0,3}[:=]\s{0,3}['\"][0-9a-f]{32}['\"]",
}
NAMED = re.compile(
    r"(?i)\b[a-z_]{0,30}(?:secret|password|passwd|token|api_?key|private_?key)[a-z_]{0,20}['\"]?\s{0,3}[:=]\s{0,3}"
    r"['\"]([!#-&(-~]{12,200})['\"]"
)
DENSE = re.compile(r"(?<![$A-Za-z0-9+/_\-])[A-Za-z0-9+/_\-]{32,200}={0,2}")  # `$…$`: a hash of argon2
NOT_TEXT = {".png", ".ttf", ".ico", ".woff2", ".pdf"}
HASHES = re.compile(r"sha(?:256|512)[-:]|^[0-9a-f]{32,128}$")
ALLOWED = {
    "tests/outside/test_secrets.py": "examples of what would be found",
    "tests/test_doctor.py": "one that looks as a good one has to look",
    "requirements": "hashes of packages",
}
HARMLESS = re.compile(r"(?i)test|demo|example|password|01234567|x{8,}|a{8,}|change|nobody|\$|\{")
"""Of a value beside a name: words that say what it is. A sentence is none: a secret holds no blank."""
SPREAD = 4.4
"""Bits a letter: random base64 of 32 letters has about 4.6, names and words in snake_case stay below 4.2."""


def findings(name: str, text: str) -> list[str]:
    """What looks like a secret in a file."""
    found = [f"{name}: {what}" for what, pattern in KNOWN.items() if re.search(pattern, text)]
    found += [f"{name}: a value beside a name: {one[1][:6]}…" for one in NAMED.finditer(text)
              if not HARMLESS.search(one[1]) and entropy(one[1]) > 3.3]  # fmt: skip
    found += [f"{name}: letters without sense: {one[0][:6]}…" for one in DENSE.finditer(text) if looks_random(one[0])]
    return found


def looks_random(word: str) -> bool:
    """Small and large letters and digits, spread as chance spreads them; hashes in hexadecimal are no secrets."""
    mixed = all(re.search(kind, word) for kind in ("[a-z]", "[A-Z]", "[0-9]"))
    return mixed and not HASHES.search(word) and entropy(word) > SPREAD


def entropy(word: str) -> float:
    """Shannon's, in bits a letter."""
    return -sum(count / len(word) * math.log2(count / len(word)) for count in Counter(word).values())


def test_no_secret_lies_in_the_tree() -> None:
    names = (
        subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    )
    found, read = [], 0
    for name in names:
        path = ROOT / name
        if not name or path.suffix in NOT_TEXT or name.startswith(tuple(ALLOWED)) or not path.is_file():
            continue
        read += 1
        found += findings(name, path.read_text(encoding="utf-8", errors="replace"))
    assert read > 700
    assert found == []


@pytest.mark.parametrize(
    "secret",
    [
        "-----BEGIN RSA PRIVATE KEY-----",
        "AKIAIOSFODNN7ABCDEFG",
        "LTAI5tABCDEFGHIJKLMNOPQR",
        "ghp_0123456789abcdefghijABCDEFGHIJ012345",
        "postgresql+psycopg://butler:Xk29vQ81mz@db.internal/butler",
        "AppSecret = '0123456789abcdef0123456789abcdef'",
        "WECHAT_SECRET = 'q7Zk2LxW9vTn4Rb8'",
        'SECRET_KEY="kQ9vX2mB7cL4wT8zR1nJ6pH3sD5fG0yA"',
        "BUTLER_KEYS=2026:hR3vK8sQ1xZ6mB9tW2nL5cY7dF0gJ4pA8uE1iO6kT3s",
    ],
)  # fmt: skip
def test_a_secret_would_be_found(secret: str) -> None:
    assert findings("a file", f"x\n{secret}\ny")


def test_nothing_that_belongs_elsewhere_is_kept() -> None:
    """Settings of a machine, keys, dumps: not under version control at all."""
    names = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout.splitlines()
    wrong = re.compile(r"(?:^|/)(?:\.env(?:\..*)?|id_[a-z0-9]+|.*\.(?:pem|key|p12|pfx|dump|sqlite3?|rdb|bak))$")
    assert [name for name in names if wrong.search(name)] == []
