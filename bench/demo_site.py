"""A site over the demo data in this process: what its pages and acts cost is measured without a network."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from starlette.responses import Response

from bench.server import Server
from engine.application import Installation, make_site, open_installation
from engine.model.context import Context
from engine.runtime.database.protocol import Session
from engine.runtime.demo.progress import Progress
from engine.runtime.identity.users import User, user_by_account
from engine.runtime.live_settings import LiveSettings
from engine.runtime.organisation.contexts import Circumstances, context_for
from engine.runtime.settings import Settings
from engine.runtime.workers import Workers
from engine.web import dispatch
from engine.web.calls import Call
from engine.web.routes import ROUTES
from engine.web.site import Site
from engine.web.url_table import Found, UrlTable
from tests.web.counted import Count, CountedSession

TABLE = UrlTable(ROUTES)


@dataclass(frozen=True, slots=True)
class DemoSite:
    """The site with its installation."""

    installation: Installation
    site: Site

    def user(self, session: Session, account: str) -> User:
        found = user_by_account(session, account)
        if found is None:
            raise RuntimeError(f"the demo has no {account}")
        return found

    def context(self, session: Session, user: User) -> Context:
        """The user's context at this moment."""
        at = Circumstances(datetime.now(UTC), "zh-CN", self.installation.settings.zone, "bench")
        return context_for(session, self.installation.models.current(), user, at)

    def asked_by(self, call: Call, count: Count) -> Response:
        """The answer to a call, read in one unit of work whose statements are added to the count."""
        found = TABLE.find(call.method, call.path)
        if not isinstance(found, Found):
            raise RuntimeError(f"there is no {call.path}")
        told = replace(call, parameters=found.parameters)
        done = self.installation.database.read(
            lambda session: dispatch.unit(found.route, told, self.site, CountedSession(session, count))
        )
        if not isinstance(done.answer, Response):
            raise RuntimeError(f"{call.path} has no answer yet")
        return done.answer


@contextmanager
def demo_site(size: str = "small") -> Iterator[DemoSite]:
    """The demo as a start fills it, of a size, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="dougong-bench-") as name:
        with Server.of_engine(Path(name), act="start", size=size):
            pass
        with site_of(open_installation(Settings(data=Path(name), demo=True))) as site:
            yield site


@contextmanager
def site_of(installation: Installation) -> Iterator[DemoSite]:
    """A site over an installation for as long as the block lasts; it is closed afterwards."""
    workers, press = Workers(), Workers()
    try:
        live = LiveSettings(installation.settings)
        yield DemoSite(installation, make_site(installation, workers, press, live, Progress()))
    finally:
        press.close()
        workers.close()
        press.close()
        installation.database.close()
