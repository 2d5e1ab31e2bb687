"""Rules in words over HTTP: a sentence is read against the draft; nothing is written before its command is sent."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from designer.api.asked import Asked
from designer.draft.desk import Desk
from designer.from_words.rule_reading import RuleReader, doubt_body, rule_body
from designer.refusals import bad
from designer.rights import refuse_other_definitions
from designer.studio import Studio
from engine.dsl.rule_words.doubts import Doubt
from engine.dsl.rule_words.forms import stock_forms
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.dispatch import Afterwards
from engine.web.responses import json_response
from engine.web.site import Site

OF_PACK = frozenset({"pack"})


@dataclass(frozen=True, slots=True)
class RulesApi:
    """The endpoints of rules in words."""

    studio: Studio

    def read(self, work: Work, call: Call, site: Site) -> Afterwards:
        """POST /designer/api/rules/read: the `sentence` about the application `pack`, and `entity` where it was asked for."""
        asked = Asked.of(call)
        sentence, pack, entity = asked.text("sentence"), asked.text("pack"), asked.optional("entity") or ""
        texts, language = Desk(work, self.studio).texts(), work.context.language
        refuse_other_definitions(work.model, work.context.principal, [f"{pack}/rules/new.yaml"])

        def respond() -> Response:
            compilation = self.studio.compile(texts)
            model = compilation.model
            if model is None:
                raise bad("草稿里还有错误，改好才能读规则", "The draft has errors: mend them before a rule is read")
            if pack not in model.packs:
                raise bad(f"没有应用包 {pack[:80]}", f"There is no pack {pack[:80]}")
            if entity and entity not in model.entities:
                raise bad(f"没有实体 {entity[:80]}", f"There is no entity {entity[:80]}")
            try:
                found = RuleReader(model, compilation.documents, pack).read(sentence, entity)
            except Doubt as doubt:
                return json_response(doubt_body(doubt))
            return json_response(rule_body(found, model, language))

        return Afterwards(respond)

    def forms(self, work: Work, call: Call, site: Site) -> Response:
        """GET /designer/api/rules/forms?pack=: sentences that are known to be read about the application of a pack."""
        pack = Asked.of(call).text("pack")
        refuse_other_definitions(work.model, work.context.principal, [f"{pack}/rules/new.yaml"])
        return json_response({"sentences": [one.sentence for one in stock_forms() if one.pack == pack]})
