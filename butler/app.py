"""The application: settings, extensions, faces; nothing else."""

from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

from butler import cli, wiring
from butler.cards import api as cards_api
from butler.cards import counting, report_pages
from butler.cards import pages as cards_pages
from butler.cases import api as cases_api
from butler.cases import consent_api as consents_api
from butler.cases import file_api, quiet_api
from butler.cases import look_api as looks_api
from butler.cases import pages as cases_pages
from butler.catalogue import api as catalogue_api
from butler.catalogue import editions as catalogue_editions
from butler.catalogue import pages as catalogue_pages
from butler.demo import pages as demo_pages
from butler.families import api as families_api
from butler.families import pages as families_pages
from butler.families import ward_pages
from butler.identity import api as identity_api
from butler.identity import limits, session, wechat
from butler.identity import pages as identity_pages
from butler.kit import database, files, jobs
from butler.kit.database import ButlerFlask, db
from butler.ledger import pages as ledger_pages
from butler.org import api as org_api
from butler.portraits import pages as portrait_pages
from butler.privacy import pages as privacy_pages
from butler.rights import api as rights_api
from butler.rights import pages as rights_pages
from butler.settings import Settings, read_settings
from butler.web import faces, health, logs, reports, stored, warming
from butler.web.openapi import Api

API = (
    identity_api,
    org_api,
    catalogue_api,
    cards_api,
    families_api,
    cases_api,
    file_api,
    consents_api,
    looks_api,
    quiet_api,
    rights_api,
)
PAGES = (
    identity_pages.pages, families_pages.pages, ward_pages.pages, catalogue_pages.pages, cards_pages.pages,
    report_pages.pages, portrait_pages.pages,
    *cases_pages.ALL,
    *privacy_pages.ALL, rights_pages.pages, ledger_pages.pages,
)  # fmt: skip


def create_app(settings: Settings | None = None, *, web: bool = True) -> ButlerFlask:
    """A ready application. `web` false is for commands and workers: longer statement timeouts."""
    settings = settings or read_settings()
    app = ButlerFlask("butler", static_folder=None, template_folder=None)
    app.extensions["settings"] = settings
    app.extensions["ring"] = settings.ring()
    app.config.update(
        SECRET_KEY=settings.secret_key,
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
        MAX_CONTENT_LENGTH=1_000_000,
        MAX_FORM_MEMORY_SIZE=200_000,
        MAX_FORM_PARTS=200,
        TESTING=settings.env == "test",
    )
    if settings.proxies:  # so many entries of X-Forwarded-* are ours; what a visitor wrote before them is not read
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]
    logs.configure(settings)
    database.connect(app, settings.database_url, pool_size=settings.pool_size, web=web)
    jobs.connect(app, settings.redis_url)
    files.connect(app, settings.instance / "files")
    Migrate(app, db, directory="migrations", render_as_batch=False)
    app.extensions["reactions"] = wiring.REACTIONS
    app.extensions["deliveries"] = wiring.deliveries(settings)

    faces.install(app)
    session.install(app)
    app.extensions["wechat"] = wechat.connect(settings)
    limits.install(app)
    health.install(app)
    app.register_blueprint(reports.pages)
    stored.install(app)
    counting.install(app)
    api = Api(app)
    for module in API:
        api.register_blueprint(module.api)
    for pages in PAGES:
        app.register_blueprint(pages)
    if settings.demo:
        app.register_blueprint(demo_pages.pages)
    if not app.testing:
        warming.install(
            app,
            lambda: catalogue_editions.warm(app),
            lambda: jobs.wake_aside(app),
            lambda: catalogue_editions.watch(app),
            lambda: counting.watch(app),
        )
    cli.install(app)
    return app
