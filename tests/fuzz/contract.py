"""The whole interface against its own document: every operation, a session of every role, on both databases."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from bench.report import Row
from engine.application import compiled_packs
from engine.web.calls import SESSION_COOKIE
from tests.fuzz.twins import ground
from tests.rights.twin_trial import Trials
from tests.rights.worlds import World

EXAMPLES = int(os.environ.get("DOUGONG_CONTRACT_EXAMPLES", "5"))
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
)


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
    schema = schemathesis.openapi.from_dict(client.get("/api/openapi.json").json())
    for operation in (found.ok() for found in schema.get_all_operations()):

        @seed(zlib.crc32(f"{operation.method} {operation.path}".encode()))
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def answers(case: Case) -> None:
            sent = case.as_transport_kwargs(base_url="http://testserver")
            sent.pop("cookies", None)
            case.validate_response(client.request(**sent), checks=list(CHECKS))

        try:
            answers()
        except BaseException as breach:
            if isinstance(breach, KeyboardInterrupt):
                raise
            yield f"{operation.method} {operation.path}: {breach}"
        else:
            yield ""
