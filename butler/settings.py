"""Everything that differs between one installation and the next, read once from the environment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from environs import Env
from marshmallow.validate import OneOf

from butler.kit.sealing import Ring, read_ring
from butler.kit.signing import Signer, read_signers


@dataclass(frozen=True)
class Settings:
    """The configuration of one process. `docs/deploy.md` explains each variable."""

    env: str  # development | test | production
    secret_key: str
    database_url: str  # as the plain application role
    database_owner_url: str  # as the owner of the schema; only migrations use it
    redis_url: str
    base_url: str  # how people reach us, without a trailing slash; printed on cards
    demo: bool  # demo town, /demo/inbox, notices are shown instead of sent
    instance: Path  # a writable folder of this installation
    trusted_hosts: tuple[str, ...]  # empty: any (development only)
    pool_size: int
    keys: str = field(default="", repr=False)  # what personal data is sealed with, the first one first
    index_key: str = field(default="", repr=False)  # what telephone numbers are found by
    proxies: int = 0  # how many reverse proxies of ours stand in front and say who called
    limit_factor: float = 1.0  # multiplies the limits on how often somebody may call; 0 counts nothing
    papers_kept_days: int = 30  # after the end of a case; then photos of papers are destroyed
    scan_command: str = ""  # looks at each file given on its standard input; 0: clean, 1: not
    wechat_appid: str = ""  # of the mini-program; without it nobody signs in by WeChat
    wechat_secret: str = field(default="", repr=False)
    wechat_base: str = "https://api.weixin.qq.com"
    codes_per_day: int = 5000  # text messages with codes for the whole installation: what it may cost at most
    second_factor: str = "officials"  # who needs a one-time password: officials | staff | nobody
    breached_passwords: Path | None = None  # a sorted list of SHA-1 hashes, asked before a password is taken
    password_months: int = 0  # after how many months staff choose a new password; 0: never (ASVS 6.2.10)

    ledger_parties: str = ""  # whom the head of each day is sent to: name=https://…, separated by commas
    ledger_key: str = field(default="", repr=False)  # what it is signed with, the first one first

    @property
    def production(self) -> bool:
        return self.env == "production"

    def ring(self) -> Ring:
        """The keys personal data is sealed with. Raises ValueError for none, short or guessable ones in production."""
        return read_ring(self.keys, self.index_key, secret_key=self.secret_key, production=self.production)

    def signers(self) -> Sequence[Signer]:
        """What the heads of days are signed with. Raises ValueError for a key that cannot be used."""
        return read_signers(self.ledger_key)

    def parties(self) -> Mapping[str, str]:
        """Second parties by name, with the address each is sent to. Raises ValueError for what is no such list."""
        pairs = [part.partition("=") for part in filter(None, map(str.strip, self.ledger_parties.split(",")))]
        found = {name.strip(): url.strip() for name, _, url in pairs}
        right = all(name and urlsplit(url).scheme in ("http", "https") for name, url in found.items())
        if not right or len(found) != len(pairs):
            raise ValueError("BUTLER_LEDGER_PARTIES: a list of name=https://…, each name once, separated by commas.")
        if found and not self.signers():
            raise ValueError("BUTLER_LEDGER_PARTIES needs BUTLER_LEDGER_KEY: what is sent is signed.")
        return found


def read_settings() -> Settings:
    """Read the environment.

    Raises `environs.EnvError` naming every missing or unreadable variable at once, and `ValueError` when a
    process would run with keys that cannot be used or, in production, with a secret that is too short or in demo mode.
    """
    env = Env()
    database_url = env.str("DATABASE_URL")
    settings = Settings(
        env=env.str("BUTLER_ENV", "production"),
        secret_key=env.str("SECRET_KEY"),
        database_url=database_url,
        database_owner_url=env.str("DATABASE_OWNER_URL", database_url),
        redis_url=env.str("REDIS_URL"),
        base_url=env.str("BUTLER_BASE_URL", "http://127.0.0.1:8000").rstrip("/"),
        demo=env.bool("BUTLER_DEMO", False),
        instance=Path(env.str("BUTLER_INSTANCE", "instance")).resolve(),
        trusted_hosts=tuple(env.list("BUTLER_TRUSTED_HOSTS", [])),
        pool_size=env.int("BUTLER_POOL_SIZE", 10),
        keys=env.str("BUTLER_KEYS", ""),
        index_key=env.str("BUTLER_INDEX_KEY", ""),
        proxies=env.int("BUTLER_PROXIES", 0),
        limit_factor=env.float("BUTLER_LIMIT_FACTOR", 1.0),
        papers_kept_days=env.int("BUTLER_PAPERS_KEPT_DAYS", 30),
        scan_command=env.str("BUTLER_SCAN_COMMAND", ""),
        wechat_appid=env.str("BUTLER_WECHAT_APPID", ""),
        wechat_secret=env.str("BUTLER_WECHAT_SECRET", ""),
        wechat_base=env.str("BUTLER_WECHAT_BASE", "https://api.weixin.qq.com").rstrip("/"),
        codes_per_day=env.int("BUTLER_CODES_PER_DAY", 5000),
        second_factor=env.str("BUTLER_SECOND_FACTOR", "officials", validate=OneOf(["officials", "staff", "nobody"])),
        breached_passwords=Path(breached) if (breached := env.str("BUTLER_BREACHED_PASSWORDS", "")) else None,
        password_months=env.int("BUTLER_PASSWORD_MONTHS", 0),
        ledger_parties=env.str("BUTLER_LEDGER_PARTIES", ""),
        ledger_key=env.str("BUTLER_LEDGER_KEY", ""),
    )
    if settings.production and len(settings.secret_key) < 32:
        raise ValueError("SECRET_KEY must have at least 32 characters in production.")
    if settings.production and settings.demo:
        raise ValueError("BUTLER_DEMO must not be set in production: the demo shows every message and password.")
    settings.ring()
    settings.parties()
    return settings
