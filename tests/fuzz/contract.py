"""The whole interface against its own document: every operation, a session of every role, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.testclient import TestClient

from bench.report import Row
from engine.installation.served import compiled_packs
from engine.web.calls import SESSION_COOKIE
from tests.fuzz.twins import ground
from tests.rights.twin_trial import Trials
from tests.rights.worlds import World
from tests.web.contract import EXAMPLES, hold, operations_of


def measured() -> list[Row]:
    """Operations that do not answer as declared; it should be none."""
    models, breaches, operations = compiled_packs(""), [], 0
    for kind in ("sqlite", "postgres"):
        with ground(kind, models) as found:
            trials = Trials(found, models.current(), 1)
            for account in sorted(one for one in trials.people if one.endswith("_1")):
                with found.world(trials.seeded) as world:
                    for told in held(world, account):
                        operations += 1
                        breaches += [f"{kind} {account} {told}"] if told else []
    for one in breaches[:20]:
        print(one[:600])
    return [Row("CONTRACT", f"operations that breach the contract, of {operations} × {EXAMPLES}", 0, len(breaches), "")]


def held(world: World, account: str) -> Iterator[str]:
    """For every operation of a person's document what it breached, or an empty text."""
    client = TestClient(world.front, base_url="http://testserver", follow_redirects=False)
    client.cookies.set(SESSION_COOKIE, world.tokens[account])
    for operation in operations_of(client.get("/api/openapi.json").json()):
        try:
            hold(operation, client)
        except KeyboardInterrupt:
            raise
        except BaseException as breach:
            yield f"{operation.method} {operation.path}: {breach}"
        else:
            yield ""
