"""Site: what the endpoints stand on. Holds no application, only what answering a request takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from engine.diagnostics import Diagnostic
from engine.extensions import Clock, Worker
from engine.runtime.audit_chain.reads import ReadSpool
from engine.runtime.demo.progress import Progress
from engine.runtime.facts.desk import FactDesk
from engine.runtime.identity.known_sessions import Sightings
from engine.runtime.live_settings import LiveSettings
from engine.runtime.modeling.model_registry import Shelf
from engine.runtime.negotiation.desk import Desk
from engine.runtime.openid.exchange import Exchange
from engine.runtime.organisation.standings import Standings
from engine.runtime.settings import Settings
from engine.runtime.work import Workplace
from engine.web.assets import Assets
from engine.web.feed import Feed
from engine.web.gate import Gate
from engine.web.meter import Meter
from engine.widgets.render import Renderer

DEMO_A_MINUTE = 60
"""How often an address may try the demo without an account."""


@dataclass(frozen=True, slots=True)
class Compiling:
    """What the last compile said: the served fingerprint and the diagnostics of a newer text that does not compile."""

    diagnostics: Sequence[Diagnostic] = ()


@dataclass(frozen=True, slots=True)
class Site:
    """The installation as the web layer sees it. `compiling` reports the newest compile's problems in development;
    `exchange` asks providers of sign-in, `press` makes PDFs, `making` tells how far a demonstration is, `sightings` keeps when sessions were last written down as used, `reads` takes what pages read of guarded fields, `facts` is the columnar copy of what metrics measure, `desk` holds models that answer and what negotiations are compared with."""

    workplace: Workplace
    renderer: Renderer
    assets: Assets
    clock: Clock
    live: LiveSettings
    workers: Worker
    press: Worker
    compiling: Callable[[], Compiling]
    standings: Standings
    meter: Meter
    feed: Feed
    exchange: Exchange
    reads: ReadSpool
    making: Progress = field(default_factory=Progress)
    facts: FactDesk | None = None
    desk: Desk = field(default_factory=Desk)
    demo_gate: Gate = field(default_factory=lambda: Gate(lambda: DEMO_A_MINUTE))
    sightings: Sightings = field(default_factory=Sightings)

    @property
    def models(self) -> Shelf:
        """The versions of models that are loaded."""
        return self.desk.models

    @property
    def settings(self) -> Settings:
        """The settings in force now."""
        return self.live.current()
