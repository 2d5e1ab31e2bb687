"""The other side of a bucket of contracts: an S3-compatible server that lists with continuation and checks signatures."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from xml.sax.saxutils import escape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from engine.extensions import SimulatorSpec
from engine.model.names import Label
from packs.connectors.contracts.signature import Credentials, authorisation
from packs.connectors.simulators.company import Company
from packs.connectors.simulators.contract_files import files
from packs.connectors.simulators.faults import faulty
from packs.connectors.simulators.side import Side

BUCKET, ACCESS_KEY, SECRET_KEY, REGION = "contracts", "dougong-demo-key", "dougong-demo-secret", "cn-north-1"
MOST_KEYS = 25
"""Keys of a page, however many are asked for."""
_SIGNED_NAMES = re.compile(r"SignedHeaders=([a-z0-9;-]+)")
Files = Mapping[str, tuple[bytes, datetime]]


@dataclass(slots=True)
class ContractBucket(Side):
    """The simulated store; `held` are its files."""

    held: Files = field(default_factory=dict)

    def app(self) -> ASGIApp:
        """The application, behind its faults."""
        routes = [Route("/{bucket}", self._list), Route("/{bucket}/{key:path}", self._get)]
        return faulty(Starlette(routes=routes), self.faults)

    def _list(self, request: Request) -> Response:
        refused = self._refusal(request)
        if refused is not None:
            return refused
        query = request.query_params
        prefix, after = query.get("prefix", ""), query.get("continuation-token", "")
        if self.faults.takes("stuck"):
            after = ""
        keys = [key for key in sorted(self.held) if key.startswith(prefix)]
        found = keys[next((place + 1 for place, key in enumerate(keys) if _token(key) == after), 0) :]
        page = found[: min(MOST_KEYS, int(query.get("max-keys", "1000")))]
        return _xml(self._listing(page, _token(page[-1]) if len(found) > len(page) else ""))

    def _listing(self, keys: Sequence[str], token: str) -> str:
        rows = self.faults.spoiled([{"Key": key, "Size": len(self.held[key][0])} for key in keys], ("Size",))
        told = "".join(
            f"<Contents><Key>{escape(str(row['Key']))}</Key><Size>{row['Size']}</Size>"
            f"<LastModified>{self.held[str(row['Key'])][1].isoformat()}.000Z</LastModified>"
            f"<ETag>&quot;{etag(self.held[str(row['Key'])][0])}&quot;</ETag></Contents>"
            for row in rows
        )
        more = f"<NextContinuationToken>{token}</NextContinuationToken>" if token else ""
        return (
            '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Name>{BUCKET}</Name><IsTruncated>{str(bool(token)).lower()}</IsTruncated>{more}{told}</ListBucketResult>"
        )

    def _get(self, request: Request) -> Response:
        refused = self._refusal(request)
        if refused is not None:
            return refused
        found = self.held.get(request.path_params["key"])
        if found is None:
            return _error(404, "NoSuchKey")
        return Response(found[0], headers={"ETag": f'"{etag(found[0])}"'}, media_type="application/octet-stream")

    def _refusal(self, request: Request) -> Response | None:
        """Why a request is refused: its signature, its bucket, too many of them."""
        if self.faults.takes("expired") or not _proved(request):
            return _error(403, "SignatureDoesNotMatch")
        if request.path_params["bucket"] != BUCKET:
            return _error(404, "NoSuchBucket")
        return None if self.lets() else _error(503, "SlowDown")


def etag(content: bytes) -> str:
    """What tells the states of an object apart."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _token(key: str) -> str:
    """The token that goes on behind a key."""
    return hashlib.sha256(key.encode()).hexdigest()[:24]


def _proved(request: Request) -> bool:
    given = request.headers.get("authorization", "")
    names = _SIGNED_NAMES.search(given)
    signed = {name: request.headers.get(name, "") for name in names[1].split(";")} if names else {}
    if not {"host", "x-amz-date", "x-amz-content-sha256"} <= signed.keys():
        return False
    keys = Credentials(ACCESS_KEY, SECRET_KEY, REGION)
    path = request.scope["raw_path"].decode("ascii")
    return hmac.compare_digest(given, authorisation(keys, path, dict(request.query_params), signed))


def _xml(text: str, status: int = 200) -> Response:
    return Response(text, status, media_type="application/xml")


def _error(status: int, code: str) -> Response:
    return _xml(f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code></Error>', status)


def _made(seed: int) -> ASGIApp:
    company = Company(seed)
    return ContractBucket(company, held=files(company, seed)).app()


SIMULATOR = SimulatorSpec(
    "contract_bucket",
    Label({"zh": "合同对象存储", "en": "Bucket of contracts"}),
    _made,
    Label(
        {
            "zh": f"bucket: {BUCKET}，region: {REGION}，access_key: {ACCESS_KEY}，密钥 {SECRET_KEY}",
            "en": f"bucket: {BUCKET}, region: {REGION}, access_key: {ACCESS_KEY}, secret {SECRET_KEY}",
        }
    ),
)
