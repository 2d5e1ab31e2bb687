"""Makes the fixture of a release: `python -m tests.releases.making 0.1.0` at its tag. Fixtures of older releases are never made anew.

What stands in it: the shipped packs in use by people of two units, entered over HTTP; as the product's own backup with its
keys, and as the SQLite database itself.
"""

from __future__ import annotations

import gzip
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from engine.cli import main as dougong
from engine.runtime.identifiers import encode_id
from tests.web.site import Site, running_site

SEGMENT = "strategic"
RELEASES = Path(__file__).parents[1] / "fixtures" / "releases"


def work_a_day(site: Site) -> None:
    """What people leave behind: customers, an opportunity that moves, a change, a file, an import's audit entry."""
    li = site.client("li")
    made = li.post(
        "/api/records/customer",
        json={
            "name": "云图 智造",
            "unit": encode_id(site.ids["cju_a"]),
            "industry": "photovoltaic",
            "segment": SEGMENT,
        },
    )
    assert made.status_code == 201, made.text
    customer = made.json()["data"]["id"]
    deal = li.post("/api/records/opportunity", json={"name": "年度框架", "customer": customer, "amount": "1200000.00"})
    assert deal.status_code == 201, deal.text
    at = f"/api/records/opportunity/{deal.json()['data']['id']}"
    values = {"solution_engineer": encode_id(site.ids["lead"])}
    assert li.patch(at, json={"amount": "1250000.00", **values}).status_code == 200
    assert li.post(f"{at}/transitions/to_solution", json={}).status_code == 200
    lead = site.client("lead")
    assert lead.post(f"/r/customer/{customer}/files", files={"file": ("合同.txt", b"a contract")}).status_code == 303


def make(release: str) -> None:
    target = RELEASES / release
    if target.exists():
        raise SystemExit(f"{target} exists: a release is made once")
    with tempfile.TemporaryDirectory() as name:
        data, passing = Path(name) / "data", Path(name) / "made"
        passing.mkdir()
        with running_site(data, "") as site:
            work_a_day(site)
        whole = Path(name) / "whole.sqlite3"
        with closing(sqlite3.connect(data / "dougong.sqlite3")) as database:
            database.execute("VACUUM INTO ?", (str(whole),))
        with gzip.GzipFile(passing / "database.sqlite3.gz", "wb", mtime=0) as file:
            file.write(whole.read_bytes())
        saved = dougong(["--data", str(data), "backup", str(passing / "backup.zip"), "--keys", str(passing / "keys")])
        assert saved == 0
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(passing, target)


if __name__ == "__main__":
    make(sys.argv[1])
