"""The yardstick's server."""

from __future__ import annotations

import asyncio
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.yardstick.duties import created, listed, one, updated
from bench.yardstick.stores import Store, store_of
from engine.runtime.identifiers import decode_id
from engine.web.responses import SECURITY_HEADERS


def application(store: Store) -> Starlette:
    """The handlers over one database."""

    def answer(body: bytes, status: int = 200, **more: str) -> Response:
        headers = {**SECURITY_HEADERS, "cache-control": "no-store", **more}
        return Response(body, status, headers, "application/json")

    def token(request: Request) -> str:
        return request.cookies.get("dougong_session", "")

    async def get_list(request: Request) -> Response:
        query, key = request.query_params, token(request)
        reading = store.read(lambda connection: listed(connection, key, query["stage"], query.get("cursor")))
        return answer(await asyncio.wrap_future(reading))

    async def get_one(request: Request) -> Response:
        record, key = decode_id(request.path_params["record"]), token(request)
        found = await asyncio.wrap_future(store.read(lambda connection: one(connection, key, record)))
        return answer(found[0], etag=f'"{found[1]}"') if found else answer(b"{}", 404)

    async def post(request: Request) -> Response:
        text, key, session = await request.body(), request.headers["idempotency-key"], token(request)
        writing = store.write(lambda connection: created(connection, session, key, text))
        body, version = await asyncio.wrap_future(writing)
        return answer(body, 201, etag=f'"{version}"')

    async def patch(request: Request) -> Response:
        record, text = decode_id(request.path_params["record"]), await request.body()
        key, session = request.headers["idempotency-key"], token(request)
        writing = store.write(lambda connection: updated(connection, session, key, record, text))
        body, version = await asyncio.wrap_future(writing)
        return answer(body, 200, etag=f'"{version}"')

    async def alive(request: Request) -> Response:
        return answer(b"{}")

    return Starlette(
        routes=[
            Route("/api/records/opportunity", get_list, methods=["GET"]),
            Route("/api/records/opportunity", post, methods=["POST"]),
            Route("/api/records/opportunity/{record}", get_one, methods=["GET"]),
            Route("/api/records/opportunity/{record}", patch, methods=["PATCH"]),
            Route("/healthz", alive),
        ]
    )


if __name__ == "__main__":
    uvicorn.run(application(store_of(sys.argv[1])), port=int(sys.argv[2]), log_level="warning", access_log=False)
