"""The whole country's places: how long they take to import, in how much memory, and whether finding a building's place
costs the same afterwards.

    PYTHONPATH=. python bench/country.py [directory with the five files]

Without a directory a country is made up, the same every time: 31 provinces, 341 cities, 3,000 districts, 41,000 streets,
620,000 communities. The servers are our own, temporary, with durable writes.
"""

import csv
import platform
import random
import resource
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from flask import current_app
from flask_migrate import Migrate, upgrade
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from butler.dev.servers import Urls, embedded
from butler.kit import database
from butler.kit.database import ButlerFlask, db, unit_of_work
from butler.org import actions, queries
from butler.org.divisions import FILES
from butler.org.rules import CODE_LENGTH
from butler.settings import Settings

COUNTS = (31, 341, 3_000, 41_000, 620_000)
SUFFIXES = ("省", "市", "区", "街道", "社区居委会")
LOOKUPS = 3_000
BLOCK = 50
SEED = 7
RANDOM = random.Random(SEED)
_COLUMN_LENGTH = {"provinceCode": 2, "cityCode": 4, "areaCode": 6, "streetCode": 9}


def write_country(directory: Path, counts: tuple[int, ...] = COUNTS) -> None:
    """Write the five files of a made-up country with so many units of each level, spread evenly."""
    codes: Iterable[str] = [""]
    for file, count, suffix in zip(FILES, counts, SUFFIXES, strict=True):
        codes = _codes(list(codes), count, CODE_LENGTH[file.level])
        if file is not FILES[-1]:  # the communities are never all in memory
            codes = list(codes)
        with (directory / file.name).open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(("code", "name", *file.above))
            for code in codes:
                above = (code[: _COLUMN_LENGTH[column]] for column in file.above)
                writer.writerow((code, f"第{code}{suffix}", *above))


def _codes(parents: list[str], count: int, length: int) -> Iterator[str]:
    last, number = "", 0
    for place in range(count):
        parent = parents[place * len(parents) // count]
        number = number + 1 if parent == last else 1
        last = parent
        yield parent + str(number if parent else number + 10).zfill(length - len(parent))


def measure(urls: Urls, source: Path | None) -> None:
    """Import one street and the country, each into a database of its own, and look places up in both by turns."""
    with tempfile.TemporaryDirectory() as made:
        one_street, country = Path(made, "street"), source or Path(made, "country")
        one_street.mkdir()
        write_country(one_street, (1, 1, 1, 1, 15))
        if source is None:
            country.mkdir()
            write_country(country)
        small, large = _application(_beside(urls, "street")), _application(urls)
        with small.app_context():
            _import(one_street)
            _build(every=1)
        with large.app_context():
            before = _memory()
            seconds, counts = _import(country)
            print(f"import     {sum(count.new for count in counts):>9,} units, each with its desk, in {seconds:6.1f} s")
            print(f"memory     {before:.0f} MB before, {_memory():.0f} MB at most while importing")
            seconds, counts = _import(country)
            print(f"again      {sum(count.same for count in counts):>9,} unchanged in {seconds:6.1f} s")
            print(f"buildings  {_build(every=7):>9,} in every seventh community")
            version = db.session.scalar(text("SHOW server_version"))
        times: dict[ButlerFlask, list[float]] = {small: [], large: []}
        _look_up(small, 200)
        _look_up(large, 200)
        for _ in range(LOOKUPS // BLOCK):  # by turns: whatever else the machine does hits both
            for app in (small, large):
                times[app] += _look_up(app, BLOCK)
        for name, part in (("median", 0.5), ("p95", 0.95)):
            a, b = (sorted(of)[int(len(of) * part)] for of in times.values())
            print(f"place      {name}: {a:.2f} ms in one street, {b:.2f} ms in the country, ratio {b / a:.2f}")
        print(f"(N={LOOKUPS} each, seed {SEED}, Python {platform.python_version()}, PostgreSQL {version})")
        for app in (small, large):
            with app.app_context():
                db.engine.dispose()


def _beside(urls: Urls, name: str) -> Urls:
    """The addresses of one more database on the same server."""
    owner = make_url(urls.owner_url)
    superuser = create_engine(urls.superuser_url, isolation_level="AUTOCOMMIT")
    with superuser.connect() as connection:
        connection.execute(text(f'CREATE DATABASE {name} OWNER "{owner.username}"'))
    superuser.dispose()
    application = make_url(urls.database_url).set(database=name)
    return replace(
        urls,
        database_url=application.render_as_string(hide_password=False),
        owner_url=owner.set(database=name).render_as_string(hide_password=False),
    )


def _application(urls: Urls) -> ButlerFlask:
    """No more of the application than a database with its tables."""
    app = ButlerFlask("butler", static_folder=None)
    app.extensions["settings"] = Settings(
        env="test", secret_key="", database_url=urls.database_url, database_owner_url=urls.owner_url,
        redis_url=urls.redis_url, base_url="", demo=False, instance=Path(), trusted_hosts=(), pool_size=2,
    )  # fmt: skip
    app.extensions["ring"] = app.extensions["settings"].ring()
    database.connect(app, urls.database_url, pool_size=2, web=False)
    Migrate(app, db)
    with app.app_context():
        upgrade(directory=str(Path(__file__).parent.parent / "migrations"))
    return app


def _import(directory: Path) -> tuple[float, tuple]:
    started = perf_counter()
    with unit_of_work():
        counts = actions.import_divisions(directory=directory)
    return perf_counter() - started, counts


def _build(*, every: int) -> int:
    """One estate with four buildings, a butler desk and a grid in every n-th community; in bulk. How many buildings."""
    with unit_of_work() as session:
        for statement in (
            "INSERT INTO estates (name, community_id, company) "
            "SELECT '小区', id, '物业' FROM units WHERE level = 'community' AND id % :every = 0 ON CONFLICT DO NOTHING",
            "INSERT INTO buildings (estate_id, name) SELECT id, n || '幢' FROM estates, generate_series(1, 4) AS n "
            "ON CONFLICT DO NOTHING",
            "ANALYZE estates, buildings",
            "INSERT INTO units (level, code, name, parent_id, path, valid_from) "
            "SELECT 'grid', code || '001', '第一网格', units.id, path || (code || '001'), current_date "
            "FROM units JOIN estates ON community_id = units.id ON CONFLICT DO NOTHING",
            "INSERT INTO desks (unit_id, kind, name) SELECT id, 'grid', '网格' FROM units WHERE level = 'grid' "
            "ON CONFLICT DO NOTHING",
            "INSERT INTO desks (unit_id, kind, name) SELECT community_id, 'butler', '管家' FROM estates "
            "WHERE NOT EXISTS (SELECT FROM desks WHERE kind = 'butler' AND unit_id = community_id)",
            "ANALYZE units, desks",
            "INSERT INTO desk_buildings (desk_id, building_id, valid_from) "
            "SELECT desks.id, buildings.id, current_date FROM buildings JOIN estates ON estates.id = estate_id "
            "JOIN desks ON unit_id = community_id AND kind = 'butler' ON CONFLICT DO NOTHING",
            "INSERT INTO building_grids (building_id, grid_id, valid_from) "
            "SELECT buildings.id, units.id, current_date FROM buildings JOIN estates ON estates.id = estate_id "
            "JOIN units ON parent_id = community_id ON CONFLICT DO NOTHING",
        ):
            session.execute(text(statement), {"every": every})
    owner = create_engine(current_app.extensions["settings"].database_owner_url, isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))
    owner.dispose()
    return db.session.scalar(text("SELECT count(*) FROM buildings"))


def _look_up(app: ButlerFlask, times: int) -> list[float]:
    """How long finding a building's place and the desks above it takes, in ms."""
    taken = []
    with app.app_context():
        ids = list(db.session.scalars(text("SELECT id FROM buildings ORDER BY id")))
        for building_id in RANDOM.choices(ids, k=times):
            db.session.remove()
            db.session.connection()  # the pool's own ping is not what we measure
            started = perf_counter()
            place = queries.place_of_building(building_id)
            desks = queries.desks_of_chain(place.unit.path)
            taken.append((perf_counter() - started) * 1000)
            assert len(desks) == 4
        db.session.remove()
    return taken


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    with embedded(durable=True) as urls:
        measure(urls, Path(sys.argv[1]) if len(sys.argv) > 1 else None)
