"""What a browser carries between the steps of a sign-in by a provider: the journey, then who was proven."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from engine.runtime.identity.sessions import ProvenElsewhere
from engine.runtime.identity.users import User
from engine.runtime.openid.exchange import Journey
from engine.runtime.openid.sealing import ends, sealed, unsealed
from engine.runtime.work import Work
from engine.web.calls import PROVIDER_COOKIE, Call

JOURNEY, SECOND, PROOF = "journey", "second step", "proof"
MINUTES = 10
PROOF_DAYS = 15


@dataclass(frozen=True, slots=True)
class Outward:
    """A sign-in that has gone to a provider: where it is to come back to, and where its owner wanted to go."""

    provider: str
    journey: Journey
    back: str
    target: str


def sealed_journey(work: Work, one: Outward) -> str:
    values = {"provider": one.provider, "back": one.back, "target": one.target, **asdict(one.journey)}
    return sealed(work.key, JOURNEY, values, ends(work.context.now, MINUTES))


def carried_journey(work: Work, call: Call) -> Outward | None:
    """The sign-in that this browser began, None when there is none or it took too long."""
    found = unsealed(work.key, JOURNEY, call.cookies.get(PROVIDER_COOKIE, ""), work.context.now)
    if found is None:
        return None
    journey = Journey(found["state"], found["nonce"], found["verifier"])
    return Outward(found["provider"], journey, found["back"], found["target"])


def sealed_proof(work: Work, token: str) -> str:
    """An ID token for a session's row: it is shown to its provider again when the person signs out."""
    return sealed(work.key, PROOF, {"token": token}, ends(work.context.now, PROOF_DAYS * 24 * 60))


def opened_proof(work: Work, call: Call) -> str:
    """The ID token that the browser carries on its way out, empty when there is none."""
    found = unsealed(work.key, PROOF, call.cookies.get(PROVIDER_COOKIE, ""), work.context.now)
    return found["token"] if found else ""


def sealed_second(work: Work, user: User, by: ProvenElsewhere) -> str:
    values = {"user": str(user.id), "provider": by.provider, "subject": by.subject, "session": by.session}
    return sealed(work.key, SECOND, values, ends(work.context.now, MINUTES))


def carried_proof(work: Work, call: Call, user: User) -> ProvenElsewhere | None:
    """By whom the first step of a user was done, None when it was a password."""
    found = unsealed(work.key, SECOND, call.cookies.get(PROVIDER_COOKIE, ""), work.context.now)
    if found is None or found["user"] != str(user.id):
        return None
    return ProvenElsewhere(found["provider"], found["subject"], found["session"])
