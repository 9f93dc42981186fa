"""What a WSGI server runs: ``granian --interface wsgi wsgi:app``."""

from butler.app import create_app

app = create_app()
