"""Publishing and versions over HTTP. A plan is read first; what it asks for is given with the publication."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from starlette.responses import Response

from designer.api.answers import problem_body, texts_body, words
from designer.differences.beyond import beyond
from designer.differences.concerns import Affected, affected, concern_of
from designer.differences.renamed import under_new_names
from designer.differences.texts import text_differences
from designer.draft.desk import Desk
from designer.draft.hashes import hash_of
from designer.draft.journal import authors_since_published
from designer.draft.rows import current_rev, text_of
from designer.elements import elements
from designer.refusals import bad
from designer.rights import may_publish
from designer.studio import Studio
from engine.diagnostics import DougongError, Message
from engine.installation.migration import estimated
from engine.installation.publishing.bodies import (
    affected_body,
    difference_body,
    element_body,
    migration_body,
    roles_body,
    tests_body,
    version_body,
)
from engine.installation.publishing.holders import holders_in, new_roles, people
from engine.installation.publishing.plan import Order, PublishPlan
from engine.installation.publishing.publisher import Agreement, Publisher, restoring_texts
from engine.installation.publishing.staging import CannotPublish, live_texts
from engine.installation.publishing.testing import TestRuns
from engine.installation.served import DoesNotCompile
from engine.model.context import Context
from engine.model.errors import Forbidden, NotFound
from engine.runtime.database.protocol import Database, Session
from engine.runtime.design_versions import Sort, Version, files_of, version_before, version_of, versions
from engine.runtime.identifiers import BadIdentifier, decode_id
from engine.runtime.identity.users import all_users
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.dispatch import Afterwards, Right, Route
from engine.web.responses import json_response
from engine.web.site import Site

API = "/designer/api"
PATIENCE = 15.0
"""Seconds for which a publication that says `join` waits for the tests to end."""
LONGEST = 500
"""Characters of a note or a reason."""


class TestsFail(DougongError):
    """App tests of the draft fail or still run; the message says what helps."""

    code = "tests_fail"
    status = 409

    __test__ = False


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody's question for a plan: the order, who asks, and what else stands in the way of it."""

    order: Order
    context: Context
    conflicts: int
    by_others: bool
    """Whether the draft was changed by somebody else alone."""

    @property
    def today(self) -> date:
        return self.context.today


@dataclass(frozen=True, slots=True)
class PublishingApi:
    """The endpoints of publishing and versions."""

    studio: Studio
    publisher: Publisher
    runs: TestRuns
    database: Database
    counted: dict[int, Affected] = field(default_factory=dict)

    def show(self, work: Work, call: Call, site: Site) -> Afterwards:
        """GET /designer/api/publish: what publishing the draft would change, whom it touches, what it asks for."""
        asked = self._draft(work)
        return Afterwards(lambda: json_response(self._plan_body(asked, site)))

    def publish(self, work: Work, call: Call, site: Site) -> Afterwards:
        """POST /designer/api/publish: make the draft live. `rev` is the revision that was looked at."""
        asked, given = self._draft(work), _body(call)
        if "rev" in given and given["rev"] != asked.order.rev:
            raise CannotPublish(Message("草稿又有改动，请重新查看", "The draft has changed; look again"))
        return Afterwards(lambda: self._published(asked, given, call, site))

    def versions(self, work: Work, call: Call, site: Site) -> Response:
        """GET /designer/api/versions: newest first; `below` continues after one."""
        below = call.first.get("below")
        listed = versions(work.session, None if below is None else _id(below), 50)
        names = _names(work.session)
        return json_response({"versions": [version_body(one, names) for one in listed]})

    def version(self, work: Work, call: Call, site: Site) -> Response:
        """GET /designer/api/versions/{version}: what it changed, as text, against the one before it and the live texts."""
        one = _version(work.session, call)
        before = version_before(work.session, one.id)
        mine = _texts(work.session, one.id)
        earlier = {} if before is None else _texts(work.session, before)
        live = live_texts(self.studio.live.served())
        return json_response(
            {
                **version_body(one, _names(work.session)),
                "changed": texts_body(text_differences(earlier, mine)) if before is not None else [],
                "since": texts_body(text_differences(mine, live)),
            }
        )

    def element(self, work: Work, call: Call, site: Site) -> Response:
        """GET /designer/api/versions/{version}/files/…: a file as it was, and the commands that restore it,
        or one element of it, in the draft."""
        one = _version(work.session, call)
        file = "/".join(part for name in ("pack", "kind", "name") if (part := call.parameters.get(name)))
        text = _texts(work.session, one.id).get(file)
        now = Desk(work, self.studio).text(file)
        if text is None and now is None:
            raise NotFound
        found = elements(file, text, now) if text is not None and now is not None else ()
        body = {"file": file, "text": text, "command": _restoring(file, now, text)}
        return json_response({**body, "elements": [element_body(one) for one in found]})

    def show_restore(self, work: Work, call: Call, site: Site) -> Afterwards:
        """GET /designer/api/versions/{version}/restore: what going back would change."""
        asked = self._earlier(work, call)
        return Afterwards(lambda: json_response(self._plan_body(asked, site)))

    def restore(self, work: Work, call: Call, site: Site) -> Afterwards:
        """POST /designer/api/versions/{version}/restore: go back; the draft stays as it is."""
        asked, given = self._earlier(work, call), _body(call)
        return Afterwards(lambda: self._published(asked, given, call, site))

    def _draft(self, work: Work) -> Asked:
        desk, author = Desk(work, self.studio), work.context.principal.user_id
        order = Order(desk.texts(), author, rev=current_rev(work.session))
        return Asked(order, work.context, desk.waiting, author not in authors_since_published(work.session))

    def _earlier(self, work: Work, call: Call) -> Asked:
        one = _version(work.session, call)
        wanted = _texts(work.session, one.id)
        texts = restoring_texts(live_texts(self.studio.live.served()), wanted)
        author, rev = work.context.principal.user_id, current_rev(work.session)
        return Asked(Order(texts, author, Sort.ROLLBACK, rev, one.id), work.context, 0, True)

    def _plan_body(self, asked: Asked, site: Site) -> Mapping[str, object]:
        head = {"rev": asked.order.rev, "conflicts": asked.conflicts, "problems": []}
        try:
            plan = self.publisher.plan(asked.order)
        except DoesNotCompile as error:
            return {**head, "blocked": words(BROKEN), "problems": [problem_body(one) for one in error.diagnostics]}
        except CannotPublish as error:
            return {**head, "blocked": words(error.message)}
        refusal = self._refusal(asked, plan, site)
        return {
            **head,
            "blocked": words(refusal.message) if refusal else None,
            "beyond": [words(one) for one in self._beyond(asked, plan)],
            **difference_body(plan.difference),
            "texts": texts_body(plan.texts),
            "migration": migration_body(plan.schema, estimated(plan.schema, self.database), self.database.dialect),
            "affected": affected_body(self._affected(plan, asked.today)),
            "tests": tests_body(self.runs.of(plan)),
            **self._to_give(plan),
        }

    def _to_give(self, plan: PublishPlan) -> Mapping[str, object]:
        """The roles that come with a plan and the people who may be given them."""
        roles = new_roles(plan)
        return roles_body(plan.after.model, roles, self.database.read(people) if roles else ())

    def _affected(self, plan: PublishPlan, today: date) -> Affected:
        """Whom the plan touches, counted once for each plan."""
        found = self.counted.get(plan.stamp.id)
        if found is None:
            concern = concern_of(plan.before, plan.after, plan.difference)
            found = self.database.read(lambda session: affected(session, plan.before.model, concern, today))
            self.counted.clear()
            self.counted[plan.stamp.id] = found
        return found

    def _published(self, asked: Asked, given: Mapping[str, object], call: Call, site: Site) -> Response:
        plan = self.publisher.plan(asked.order)
        refusal = self._refusal(asked, plan, site)
        if refusal is not None:
            raise refusal
        agreement = Agreement(
            given.get("consent") is True,
            _text(given, "note"),
            _text(given, "reason"),
            call.client,
            call.request_id,
            holders_in(given.get("holders"), plan, self.database.read(people)),
        )
        judged = self._judged(
            asked, plan, replace(agreement, affected=given.get("affected") is True), given.get("join") is True
        )
        version = self.publisher.publish(asked.order, judged)
        names = self.database.read(_names)
        return json_response({"version": version_body(version, names)})

    def _judged(self, asked: Asked, plan: PublishPlan, agreement: Agreement, join: bool) -> Agreement:
        """The agreement with what the tests say: a reason is kept only where some fail, and that they were not all awaited only
        where they were not. Going back does not wait for tests."""
        if asked.order.sort is Sort.ROLLBACK:
            return replace(agreement, reason="", affected=False)
        run = self.runs.waited_for(plan, PATIENCE if join else 0.0, agreement.affected)
        if not (run.affected_ended if agreement.affected else run.ended):
            raise TestsFail(Message("应用测试还在运行，请稍候", "The app tests are still running; wait a moment"))
        if (run.failed or run.stopped) and not agreement.reason:
            raise TestsFail(
                Message(
                    "有应用测试没有通过；要照样发布，请写明原因，原因会保留在版本里",
                    "App tests fail; to publish all the same give a reason, which is kept with the version",
                )
            )
        awaited = "" if run.ended else f"{len(run.affected)}/{len(run.names)}"
        reason = agreement.reason if run.failed or run.stopped else ""
        return replace(agreement, reason=reason, affected=bool(awaited), awaited=awaited)

    def _beyond(self, asked: Asked, plan: PublishPlan) -> tuple[Message, ...]:
        """What the plan grants beyond the rights of whoever asks; an administrator may grant everything."""
        principal, after = asked.context.principal, plan.after.model
        if principal.administrator:
            return ()
        before = under_new_names(plan.before.model, after, plan.live, self.studio)
        return (UNCOMPARED,) if before is None else beyond(before, after, principal.roles)

    def _refusal(self, asked: Asked, plan: PublishPlan, site: Site) -> DougongError | None:
        """Why whoever asks cannot publish this plan."""
        if not may_publish(plan.before.model, asked.context.principal):
            return Forbidden(
                Message("您没有发布的权限；请有权限的人来发布", "You may not publish; ask somebody who may")
            )
        if asked.conflicts:
            return CannotPublish(
                Message(
                    "还有没有解决的冲突，先逐条选择", "There are conflicts that nobody has decided yet; choose first"
                )
            )
        if site.settings.publish_by_two and not asked.by_others:
            return Forbidden(
                Message("发布须由没有改过这份草稿的人来做", "Somebody who has not changed this draft has to publish it")
            )
        granted = self._beyond(asked, plan)
        if granted:
            zh, en = "；".join(one.zh for one in granted[:3]), "; ".join(one.en for one in granted[:3])
            return Forbidden(
                Message(
                    f"这份草稿授予的权限超出您自己的：{zh}。请有这些权限的人或管理员来发布",
                    f"This draft grants more than you hold: {en}. Somebody who holds it, or an administrator, has to publish it",
                )
            )
        return None


UNCOMPARED = Message(
    "改名之后的权限无法与原来的比较", "Rights under the new names cannot be compared with those before"
)
BROKEN = Message("草稿里还有错误，改好才能发布", "The draft has errors; mend them before it is published")


def publishing_routes(api: PublishingApi) -> tuple[Route, ...]:
    """All routes of publishing and versions."""
    get, post, design = ("GET",), ("POST",), Right.DESIGN
    one = f"{API}/versions/{{version}}"
    return (
        Route(f"{API}/publish", get, api.show, design),
        Route(f"{API}/publish", post, api.publish, design),
        Route(f"{API}/versions", get, api.versions, design, keys=frozenset({"below"})),
        Route(one, get, api.version, design),
        Route(f"{one}/files/{{pack}}/{{name}}", get, api.element, design),
        Route(f"{one}/files/{{pack}}/{{kind}}/{{name}}", get, api.element, design),
        Route(f"{one}/restore", get, api.show_restore, design),
        Route(f"{one}/restore", post, api.restore, design),
    )


def _body(call: Call) -> Mapping[str, object]:
    given = json.loads(call.body) if call.body else {}
    if not isinstance(given, dict):
        raise bad("请求体须为对象", "The body is an object")
    return given


def _text(given: Mapping[str, object], name: str) -> str:
    found = given.get(name, "")
    if not isinstance(found, str) or len(found) > LONGEST:
        raise bad(f"{name} 须为不超过 {LONGEST} 字的文字", f"{name} is a text of at most {LONGEST} characters")
    return found.strip()


def _id(text: str) -> int:
    try:
        return decode_id(text)
    except BadIdentifier:
        raise NotFound from None


def _version(session: Session, call: Call) -> Version:
    found = version_of(session, _id(call.parameters["version"]))
    if found is None:
        raise NotFound
    return found


def _texts(session: Session, id: int) -> dict[str, str]:
    """The texts of a version by the names of their files."""
    return {file: str(text_of(session, known)) for file, known in files_of(session, id).items()}


def _names(session: Session) -> Mapping[int, str]:
    return {one.id: one.name for one in all_users(session)}


def _restoring(file: str, now: str | None, text: str | None) -> Mapping[str, object]:
    """The command that gives a file of the draft the text that it had."""
    if text is None:
        return {"do": "delete", "file": file}
    if now is None:
        return {"do": "create", "file": file, "text": text}
    edits = [{"start": 0, "end": len(now), "text": text}]
    return {"do": "text", "file": file, "edits": edits, "hash": hash_of(now)}
