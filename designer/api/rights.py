"""Rights over HTTP: the matrices of the draft, and who holds a role."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from designer.draft.desk import Desk
from designer.matrix import fields_of, rights_of, words
from designer.studio import Studio
from engine.model.access import Action
from engine.model.errors import NotFound
from engine.model.requests import QueryRequest
from engine.runtime.access.decide import decide
from engine.runtime.access.decisions import Allow
from engine.runtime.identity.users import user_by_id
from engine.runtime.organisation.contexts import Circumstances, context_in
from engine.runtime.organisation.standings import holders_by_role, holders_of
from engine.runtime.organisation.units import unit_tree
from engine.runtime.query.lists import count_records
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.dispatch import Afterwards
from engine.web.responses import json_response
from engine.web.site import Site

KEYS = frozenset({"entity"})
HOLDERS_KEYS = frozenset({"role", "entity"})
MOST_HOLDERS = 6


@dataclass(frozen=True, slots=True)
class RightsApi:
    """The endpoints of the matrices."""

    studio: Studio

    def show(self, work: Work, call: Call, site: Site) -> Afterwards:
        """GET /designer/api/rights: role × entity × action; `entity`: role × state → field of one. `live` says that the draft
        does not compile and what is served is told."""
        texts, served, entity = Desk(work, self.studio).texts(), work.model, call.first.get("entity", "")
        holders = holders_by_role(work.session, served, work.context.today)

        def respond() -> Response:
            drafted = self.studio.compile(texts).model
            model = drafted or served
            if entity and entity not in model.entities:
                raise NotFound
            body = fields_of(model, model.entities[entity]) if entity else rights_of(model)
            return json_response({**body, "live": drafted is None, "holders": holders})

        return Afterwards(respond)

    def holders(self, work: Work, call: Call, site: Site) -> Response:
        """GET /designer/api/rights/holders?role=&entity=: who holds a role, and how many rows of an entity they see as things
        are; for administrators, without rows where the role reads none."""
        role, entity = call.first.get("role", ""), call.first.get("entity", "")
        if role not in work.model.roles or (entity and entity not in work.model.entities):
            raise NotFound
        found = holders_of(work.session, work.model, work.context.today, role)
        if not work.context.principal.administrator:
            return json_response({"count": len(found), "people": []})
        tree = unit_tree(work.session, work.context.today)
        at = Circumstances(work.context.now, work.context.locale, work.context.zone)
        people = []
        for one in found[:MOST_HOLDERS]:
            user = user_by_id(work.session, one)
            if user is None:
                continue
            theirs = work.under(context_in(tree, work.session, work.model, user, at))
            access = decide(work.model, theirs.context, entity, Action.READ) if entity else None
            rows = count_records(theirs, QueryRequest(entity, (("id",),), limit=1)) if isinstance(access, Allow) else 0
            people.append({"name": {"zh": user.called("zh"), "en": user.called("en")}, "rows": rows})
        label = words(work.model.roles[role].label)
        return json_response({"count": len(found), "people": people, "label": label})
