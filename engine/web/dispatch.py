"""Dispatch: what a route demands, and its endpoint run as one unit of work."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

import structlog
from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.extensions import EgressRefused
from engine.model.context import Context
from engine.model.errors import BadRequest, Forbidden, NotSignedIn
from engine.runtime.access.decide import scope_writes
from engine.runtime.audit import READ, Act, append
from engine.runtime.audit_chain.reads import read_act
from engine.runtime.database.errors import SchemaChanged
from engine.runtime.database.protocol import Session
from engine.runtime.disk import disk_fault
from engine.runtime.identity.known_sessions import remember_seen
from engine.runtime.sightings import Sighting
from engine.runtime.sovereignty.egress import gate_of
from engine.runtime.sovereignty.guarding import may_guard
from engine.runtime.sovereignty.subjects.deciding import may_answer
from engine.runtime.work import Work
from engine.web.admission import check_second_factor, check_set_up
from engine.web.auditing import Recorded, Taken, act_of
from engine.web.calls import SESSION_COOKIE, Call
from engine.web.error_pages import error_page
from engine.web.gate import UNSAFE
from engine.web.responses import json_error
from engine.web.signed_in import identify, screen_context
from engine.web.site import Site

log = structlog.get_logger("dougong.web")


@dataclass(frozen=True, slots=True)
class Afterwards:
    """An answer that is made after the unit of work has ended, outside of every transaction: for what takes long or leaves."""

    respond: Callable[[], Response]


SETTLING, GLANCE = 3.0, 0.02
"""Seconds for which a request waits for definitions that are being swapped, and how often it looks."""
NO_KEYS: frozenset[str] = frozenset()
Endpoint = Callable[[Work, Call, Site], Response | Afterwards]


@dataclass(frozen=True, slots=True)
class AtOnce:
    """An endpoint that needs no database and no caller: it is answered without a thread, whatever else waits."""

    respond: Callable[[Call, Site], Response]

    def __call__(self, work: Work, call: Call, site: Site) -> Response:
        return self.respond(call, site)


Fallback = Callable[[Work, Call, Site, DougongError], Response]
Preparation = Callable[[Work, Call, Site], object]


class Right(StrEnum):
    """What a route demands before its endpoint runs; rows are decided in the choke point besides."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    ADMINISTRATOR = "administrator"
    DESIGN = "design"
    SECURITY = "security"
    """Administrators, and whoever answers for where data goes."""
    SUBJECTS = "subjects"
    """Whoever answers requests of data subjects; an administrator does not by being one."""
    SCREEN = "screen"
    """The token of a screen link in the address; nothing else of the caller counts."""


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the URL table. `writes` opens a write transaction; `while_viewing` lets an unsafe verb through while an administrator looks through a role; `before_set_up` serves it while nobody can sign in yet, `without_second_factor` to somebody who must still set one up; `fallback` answers a DougongError in a fresh read; `audit` names the act that the audit log gets when it is done;
    `prepare` does what is slow (a hash, a file to read) before the write transaction opens, its result is `Call.prepared`;
    `keys` are those that the query of an interface route takes, every other is an error (None: its endpoint looks itself); `d.` stands for all that begin so;
    `body` is how many bytes its body may have where the installation allows less: it is read for a caller who may be here."""

    path: str
    methods: tuple[str, ...]
    endpoint: Endpoint
    right: Right
    writes: bool = False
    while_viewing: bool = False
    before_set_up: bool = False
    without_second_factor: bool = False
    fallback: Fallback | None = None
    audit: str | None = None
    prepare: Preparation | None = None
    keys: frozenset[str] | None = NO_KEYS
    body: int | None = None


class Crashed(DougongError):
    """An error that nobody foresaw; its details are in the log under the request's id."""

    code = "internal_error"
    status = 500


@dataclass(frozen=True, slots=True)
class Done:
    """What an endpoint answered, the act that the audit log still has to get for it, the session that was used, and who
    asked: it is the gate's business whether a file leaves with them."""

    answer: Response | Afterwards
    act: Act | None = None
    session: str = ""
    context: Context | None = None
    sightings: Sequence[Sighting] = ()


def read(route: Route, call: Call, site: Site) -> Response:
    """The answer of a route that reads."""
    database = site.workplace.database
    try:
        done = _settled(lambda: database.read(partial(unit, route, prepared(route, call, site), site)))
        if done.sightings and done.context is not None:
            site.reads.note(read_act(act_of(call, done.context, READ), done.sightings), done.sightings)
        if done.session:
            _write_down_use(done.session, site)
        answer = done.answer.respond() if isinstance(done.answer, Afterwards) else done.answer
        if isinstance(answer, Taken):
            _hand_over(answer, done, site)
        if done.act is not None:
            _record(done.act, site)
        return answer
    except Exception as error:
        return failed_route(route, call, site, error)


def _hand_over(answer: Taken, done: Done, site: Site) -> None:
    """Let a file out by the gate, before any of it is sent. Raises EgressRefused, with the act recorded as refused."""
    assert answer.cargo is not None and done.context is not None
    cargo = replace(answer.cargo, content=bytes(answer.body))
    try:
        gate_of(site.workplace, site.clock, site.settings.authorities).hand_over(done.context, cargo)
    except EgressRefused:
        if done.act is not None:
            _record(replace(done.act, outcome="refused"), site)
        raise


def _record(act: Act, site: Site) -> None:
    site.workplace.database.write(partial(append, ids=site.workplace.ids, act=act))


def let_in(route: Route, call: Call, site: Site) -> None:
    """Raises what `admitted` raises, before the body of a request is read."""
    site.workplace.database.read(lambda session: admitted(route, call, site, session))


def _settled(act: Callable[[], Done]) -> Done:
    """What `act` gives, tried again while new definitions have their tables already and are not served yet."""
    ends = time.monotonic() + SETTLING
    while True:
        try:
            return act()
        except SchemaChanged:
            if time.monotonic() > ends:
                raise
            time.sleep(GLANCE)


def unit(route: Route, call: Call, site: Site, session: Session) -> Done:
    """A route's endpoint inside a transaction, after its right has let the caller in."""
    context = admitted(route, call, site, session)
    _check_keys(route, call)
    sightings: list[Sighting] = []
    answer = _answered(route, call, site, session, context, sightings)
    told = answer.told if isinstance(answer, Recorded) else ()
    act = act_of(call, context, route.audit, told=told) if route.audit is not None else None
    used = call.cookies.get(SESSION_COOKIE, "") if context.principal.user_id and call.token is None else ""
    if not route.writes:
        return Done(answer, act, used, context, sightings)
    assert not isinstance(answer, Taken), "a file leaves by a route that reads: the gate writes a record of its own"
    if act is not None:
        append(session, site.workplace.ids, act)
    if used and site.sightings.due(used, context.now):
        remember_seen(session, used, context.now)
    return Done(answer)


def _answered(
    route: Route, call: Call, site: Site, session: Session, context: Context, sightings: list[Sighting]
) -> Response | Afterwards:
    """The answer; of a route that only reads, `sightings` gets what it read of guarded fields."""
    if route.writes:
        return site.workplace.act(session, context, lambda work: route.endpoint(work, call, site))
    work = replace(site.workplace.reading(session, context), sightings=sightings)
    return route.endpoint(work, call, site)


def afterwards(answer: Afterwards, route: Route, call: Call, site: Site) -> Response:
    """The answer that is made after the transaction."""
    try:
        return answer.respond()
    except Exception as error:
        return failed_route(route, call, site, error)


def prepared(route: Route, call: Call, site: Site) -> Call:
    """The call with what its route makes of it before the transaction opens."""
    prepare = route.prepare
    if prepare is None:
        return call

    def before(session: Session) -> object:
        context = admitted(route, call, site, session)
        return prepare(site.workplace.open(session, context), call, site)

    return replace(call, prepared=site.workplace.database.read(before))


def failed_route(route: Route, call: Call, site: Site, error: BaseException) -> Response:
    """The answer to an error: the route's own fallback in a fresh read, else the error's page or JSON."""
    error = disk_fault(error) or error
    if not isinstance(error, DougongError):
        return _crashed(route, call, site, error)
    fallback = route.fallback
    if fallback is None or error.status in {401, 403, 404}:
        return failed(call, site, error)

    def again(session: Session) -> Response:
        context = admitted(route, call, site, session)
        return fallback(site.workplace.reading(session, context), call, site, error)

    try:
        return site.workplace.database.read(again)
    except DougongError as second:
        return failed(call, site, second)
    except Exception as second:
        return _crashed(route, call, site, second)


def failed(call: Call, site: Site, error: DougongError) -> Response:
    """An error in the reader's language, as JSON for programs and as a page for people."""
    language = call.language or site.settings.language
    if call.wants_json:
        return json_error(error, language, call.request_id)
    return error_page(call, site, error, language)


def _crashed(route: Route, call: Call, site: Site, error: BaseException) -> Response:
    log.error("crash", id=call.request_id, route=route.path, exc_info=error)
    words = Message("系统出现意外错误，已记录", "Something went wrong on our side; it has been recorded")
    return failed(call, site, Crashed(words))


def admitted(route: Route, call: Call, site: Site, session: Session) -> Context:
    """Who calls, after the route's right has let them in. Raises NotSetUp, NotSignedIn, Forbidden, NeedsSecondFactor."""
    model = site.workplace.models.current()
    if route.right is Right.SCREEN:
        check_set_up(session, site)
        return screen_context(session, model, call, site)
    context = identify(session, model, call, site)
    if context.principal.user_id == 0 and not route.before_set_up:
        check_set_up(session, site)
    if route.right is not Right.PUBLIC and context.principal.user_id == 0:
        raise NotSignedIn
    if route.right is Right.ADMINISTRATOR and not context.principal.administrator:
        raise Forbidden
    if route.right is Right.SECURITY and not may_guard(model, context.principal):
        raise Forbidden
    if route.right is Right.SUBJECTS and not may_answer(model, context.principal.roles):
        raise Forbidden(Message("没有处理主体请求的权限", "You may not answer requests of data subjects"))
    if route.right is Right.DESIGN and not context.principal.designer:
        raise Forbidden(Message("没有使用设计器的权限", "You may not use the designer"))
    if call.method in UNSAFE and context.viewing_as and not route.while_viewing:
        raise Forbidden(Message("以角色查看时只能阅读", "View-as-role is read-only"))
    if call.method in UNSAFE and route.right is not Right.PUBLIC:
        _check_scopes(route, context)
    if route.right is not Right.PUBLIC and not route.without_second_factor:
        cookie = call.cookies.get(SESSION_COOKIE, "") if call.token is None else ""
        check_second_factor(session, context, site, cookie)
    return context


def _check_scopes(route: Route, context: Context) -> None:
    """A token with scopes writes over the interface alone, where rows are decided by them, and one to read not at all.

    Raises Forbidden.
    """
    scopes = context.principal.token_scopes
    if scopes is not None and not (route.path.startswith("/api/") and scope_writes(scopes)):
        raise Forbidden(Message("这个令牌的权限不能这样做", "This token's rights do not cover that"))


def opened(route: Route, call: Call, site: Site, session: Session) -> Work:
    """The work of a caller whom the route lets in, in a session of a stream. Raises what `admitted` raises."""
    return site.workplace.open(session, admitted(route, call, site, session))


def _check_keys(route: Route, call: Call) -> None:
    """Raises BadRequest for a query key that an interface route does not take: a misspelt one must not pass unseen."""
    if route.keys is None or not call.query or not call.wants_json:
        return
    unknown = sorted({name for name, _ in call.query if not {name, f"{name.partition('.')[0]}."} & route.keys})
    if unknown:
        listed = ", ".join(name[:40] for name in unknown[:5])
        raise BadRequest(Message(f"不认识的参数：{listed}", f"Unknown parameters: {listed}"))


def _write_down_use(token: str, site: Site) -> None:
    """That a session is used, now and then. An answer is not lost over it: the disk may be full."""
    now = site.clock.now()
    if not site.sightings.due(token, now):
        return
    try:
        site.workplace.database.write(partial(remember_seen, token=token, now=now))
    except DougongError as error:
        log.warning("session_use_not_written", code=error.code)
