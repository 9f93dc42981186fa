"""What a WSGI server runs: ``granian --interface wsgi wsgi:app``."""

import sys

from butler.app import create_app
from butler.catalogue import editions

app = create_app()
if "granian" in sys.modules:  # a web process, not a command: it will be asked, and the first search should not wait
    editions.prepare(app)
