"""What tests of looking share."""

import secrets
from datetime import timedelta

from butler.identity.models import SignIn
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db
from butler.kit.numbers import fingerprint


def bearer_of(actor: Actor) -> dict[str, str]:
    """The header of somebody signed in for the API."""
    token, now = secrets.token_urlsafe(32), clock.now()
    life = {"created_at": now, "seen_at": now, "expires_at": now + timedelta(days=30)}
    db.session.add(SignIn(token_hash=fingerprint(token), person_id=actor.person_id, face="api", **life))
    db.session.flush()
    return {"Authorization": f"Bearer {token}"}
