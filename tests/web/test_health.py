"""/healthz says that the process lives, whatever its database does; /readyz that it can serve."""

from __future__ import annotations

from pathlib import Path

from tests.web.site import running_site


def test_liveness_asks_no_database_and_readiness_does(tmp_path: Path, database_url: str) -> None:
    with running_site(tmp_path, database_url) as site:
        client = site.client()
        assert [client.get(path).status_code for path in ("/healthz", "/readyz")] == [200, 200]
        site.installation.database.close()
        alive, ready = client.get("/healthz"), client.get("/readyz")
        assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
        assert alive.headers["x-content-type-options"] == "nosniff"
        assert ready.status_code == 503
