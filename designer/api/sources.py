"""Sources made by choosing, over HTTP: connectors, what they offer, first rows, what fits, and the definitions as one act."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from designer.api.asked import Asked
from designer.api.draft import DraftApi
from designer.draft.desk import Desk
from designer.from_sheet.home import creations_of, home_of, languages_of, taken_of
from designer.from_sheet.naming import english_of
from designer.refusals import bad
from designer.rights import may_change, may_publish, refuse_other_definitions
from designer.sources.asked_source import AskedSource, asked_source, columns_in, map_in, texts_in
from designer.sources.cards import card
from designer.sources.faults import fault_body
from designer.sources.levels import level_of_column, level_of_reader
from designer.sources.making import Choices, Made, made_source, made_with_entity
from designer.sources.matching import Given, matches, unfit
from designer.sources.places import address_of, declared, destination_texts
from designer.sources.standing import standing_body
from designer.sources.targets import Target, natural_key, targets_of, writing_roles
from designer.studio import Studio
from engine.diagnostics import DougongError
from engine.dsl.document import Document
from engine.dsl.kinds import fits_name
from engine.extensions import SourceColumn, SourceObject
from engine.runtime.sources.kept_secrets import LONGEST, keep_secret, kept_names
from engine.runtime.sources.looking import Looker, filled, looker_of
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.dispatch import Afterwards
from engine.web.responses import json_response
from engine.web.site import Site

FILE = "{pack}/sources/new.yaml"
LONGEST_LABEL = 60
Looking = Callable[[Looker], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class SourcesApi:
    """The endpoints of the editor of sources."""

    studio: Studio

    def connectors(self, work: Work, call: Call, site: Site) -> Response:
        """GET /designer/api/connectors: every connector as a card, the secrets that are kept, and what the caller may do."""
        model, principal = work.model, work.context.principal
        packs = [one.name for one in self.studio.live.served()]
        return json_response(
            {
                "connectors": [card(one) for one in self.studio.connectors.values()],
                "secrets": sorted(kept_names(work.session)),
                "may_declare": [one for one in packs if may_change(model, principal, f"{one}/destinations/new.yaml")],
                "may_publish": _opens_alone(work, site),
                "live": sorted(model.destinations),
            }
        )

    def look(self, work: Work, call: Call, site: Site) -> Afterwards:
        """POST /designer/api/sources/look: what a source offers; where it cannot be asked, a fault with the way out."""
        asked = asked_source(Asked.of(call))
        return self._looked(work, site, lambda looker: {"objects": self._offered(looker, asked, work)})

    def test(self, work: Work, call: Call, site: Site) -> Afterwards:
        """POST /designer/api/sources/test: whether rows come, and how long that took."""
        asked, began = asked_source(Asked.of(call)), time.monotonic()

        def tried(looker: Looker) -> Mapping[str, object]:
            found = self._objects(looker, asked, work)
            rows = looker.rows(asked.source, found[0], work.context, asked.file) if found else []
            return {"ok": True, "rows": len(rows), "milliseconds": round((time.monotonic() - began) * 1000)}

        return self._looked(work, site, tried)

    def preview(self, work: Work, call: Call, site: Site) -> Afterwards:
        """POST /designer/api/sources/preview: the first rows of an object; cells of a level above the reader's stay away."""
        request = Asked.of(call)
        asked, wanted, reader = asked_source(request), request.optional("object"), level_of_reader(work)

        def shown(looker: Looker) -> Mapping[str, object]:
            found = next(
                (one for one in self._objects(looker, asked, work) if wanted is None or one.name == wanted), None
            )
            if found is None:
                raise bad("没有这个对象，重新读取", "There is no such object; read the list again")
            rows = looker.rows(asked.source, found, work.context, asked.file)
            columns = [_column(one, rows, reader) for one in found.columns]
            seen = [one["name"] for one in columns if not one["hidden"]]
            return {
                "object": _object(found),
                "columns": columns,
                "rows": [{str(name): row.get(str(name), "") for name in seen} for row in rows],
            }

        return self._looked(work, site, shown)

    def match(self, work: Work, call: Call, site: Site) -> Afterwards:
        """POST /designer/api/sources/match: which column fits which field of an entity, how surely, and which cannot."""
        asked, language = Asked.of(call), work.context.language
        columns, entity, key = columns_in(asked), asked.text("entity"), texts_in(asked, "key")
        texts = Desk(work, self.studio).texts()

        def respond() -> Response:
            documents = self.studio.documents(texts)
            return json_response(_matched(columns, entity, key, documents, language))

        return Afterwards(respond)

    def make(self, work: Work, call: Call, site: Site) -> Afterwards:
        """POST /designer/api/sources/make: the source, with its entity where that is new, as one act. Raises BadCommand."""
        asked = Asked.of(call)
        choices, title = _choices(asked), (asked.optional("new_entity") or "").strip()[:LONGEST_LABEL]
        documents = self.studio.documents(Desk(work, self.studio).texts())
        made: Made
        if title:
            key = texts_in(asked, "key_columns")
            made = made_with_entity(choices, title, columns_in(asked), key, documents)
        else:
            made = made_source(choices, documents)
        command = {
            "do": "batch",
            "label": {"zh": f"新建数据源{choices.label}", "en": f"New source {choices.english}"},
            "commands": list(made.commands),
        }
        return DraftApi(self.studio).carry_out(work, call, site, command, {"entity": made.entity, "file": made.file})

    def declare(self, work: Work, call: Call, site: Site) -> Afterwards:
        """POST /designer/api/sources/destination: an address that data may come from, as a destination of the draft."""
        asked = Asked.of(call)
        pack, address = asked.text("pack"), address_of(asked.text("address"))
        label = asked.text("label").strip()[:LONGEST_LABEL] or address.host
        documents = self.studio.documents(Desk(work, self.studio).texts())
        languages = languages_of(home_of(pack, documents, with_roles=False), documents)
        name, texts = destination_texts(pack, label, address, taken_of(documents), languages)
        command = {
            "do": "batch",
            "label": {"zh": f"声明地址{label}", "en": f"Declare the address {english_of(label)}"},
            "commands": creations_of(texts),
        }
        return DraftApi(self.studio).carry_out(work, call, site, command, {"destination": name})

    def keep(self, work: Work, call: Call, site: Site) -> Response:
        """POST /designer/api/sources/secret: the value of a secret, sealed; no answer and no text ever holds it."""
        asked = Asked.of(call)
        name, value = asked.text("name"), asked.text("value")
        refuse_other_definitions(work.model, work.context.principal, [FILE.format(pack=asked.text("pack"))])
        if not fits_name("sources", name):
            raise bad(
                "密钥名只能用小写字母、数字和下划线", "A secret's name is of small letters, digits and underscores"
            )
        if not value or len(value) > LONGEST:
            raise bad(f"密钥须有值，最多 {LONGEST} 个字符", f"A secret needs a value of at most {LONGEST} characters")
        keep_secret(work.session, work.key, name, value, work.context.now)
        return json_response({"kept": name})

    def standing(self, work: Work, call: Call, site: Site) -> Response:
        """GET /designer/api/sources/{source}: how a source that is live stands."""
        return json_response(standing_body(work, call.parameters["source"]))

    # ---- looking

    def _looked(self, work: Work, site: Site, looking: Looking) -> Afterwards:
        """Look outside of every transaction. Destinations of the draft count for who may make them live, for nobody else."""
        language = work.context.language
        texts, drafted = Desk(work, self.studio).texts(), _opens_alone(work, site)

        def respond() -> Response:
            places = declared(self.studio.documents(texts)) if drafted else ()
            looker = looker_of(
                site.workplace, site.clock, site.settings, site.workers, {one.name: one for one in places}
            )
            try:
                return json_response(looking(looker))
            except DougongError as error:
                return json_response(fault_body(error, language))

        return Afterwards(respond)

    def _objects(self, looker: Looker, asked: AskedSource, work: Work) -> Sequence[SourceObject]:
        """What is offered: the object that the settings choose, where they do."""
        found = looker.objects(asked.source, work.context, asked.file)
        chosen = [one for one in found if one.chosen_by().items() <= asked.source.settings.items()]
        return chosen or found

    def _offered(self, looker: Looker, asked: AskedSource, work: Work) -> list[Mapping[str, object]]:
        return [_object(one) for one in looker.objects(asked.source, work.context, asked.file)]


def _opens_alone(work: Work, site: Site) -> bool:
    """Whether the caller could make a destination of the draft live without asking anybody."""
    return may_publish(work.model, work.context.principal) and not site.settings.publish_by_two


def _object(found: SourceObject) -> Mapping[str, object]:
    return {
        "name": found.name,
        "titles": dict(found.label.texts),
        "settings": dict(found.chosen_by()),
        "key": list(found.key),
        "follows_changes": bool(found.version),
        "columns": [
            {"name": one.name, "titles": dict(one.label.texts), "kind": one.kind, "level": level_of_column(one)}
            for one in found.columns
        ],
    }


def _column(one: SourceColumn, rows: Sequence[Mapping[str, str]], reader: str) -> Mapping[str, object]:
    level = level_of_column(one)
    hidden = level > reader
    return {
        "name": one.name,
        "titles": dict(one.label.texts),
        "kind": one.kind,
        "level": level,
        "hidden": hidden,
        "samples": [] if hidden else filled(rows, one.name)[:20],
    }


def _matched(
    columns: Sequence[Given], entity: str, key: Sequence[str], documents: Sequence[Document], language: str
) -> Mapping[str, object]:
    targets = targets_of(documents, entity)
    found = matches(columns, targets)
    fields = {one.field: one.column for one in found}
    return {
        "fields": [_target(one, language) for one in targets],
        "matches": [
            {"column": one.column, "field": one.field, "confidence": one.confidence, "why": one.why.text(language)}
            for one in found
        ],
        "unfit": {
            one.name: {
                target.name: words.text(language) for target in targets if (words := unfit(one, target)) is not None
            }
            for one in columns
        },
        "key": _key(fields, key, targets, natural_key(documents, entity)),
        "natural_key": list(natural_key(documents, entity)),
        "roles": list(writing_roles(documents, entity)),
    }


def _target(one: Target, language: str) -> Mapping[str, object]:
    return {
        "name": one.name,
        "label": one.label.text(language),
        "type": one.kind,
        "required": one.required,
        "unique": one.unique,
        "level": one.level,
    }


def _key(
    fields: Mapping[str, str], columns: Sequence[str], targets: Sequence[Target], natural: Sequence[str]
) -> list[str]:
    """What identifies a row: what the entity says, else a field that is unique, else what the object says."""
    if natural and all(one in fields for one in natural):
        return list(natural)
    unique = [one.name for one in targets if one.unique and one.name in fields][:1]
    return unique or [field for field, column in fields.items() if column in columns]


def _choices(asked: Asked) -> Choices:
    label = asked.text("label").strip()[:LONGEST_LABEL]
    if not label:
        raise bad("数据源叫什么？", "What is the source called?")
    return Choices(
        label=label,
        english=(asked.optional("english") or "").strip()[:LONGEST_LABEL] or english_of(label),
        pack=asked.text("pack"),
        kind=asked.text("kind"),
        destination=asked.optional("destination") or "",
        settings=map_in(asked, "settings"),
        entity=asked.optional("entity") or "",
        fields={name: str(column) for name, column in map_in(asked, "fields").items()},
        key=texts_in(asked, "key"),
        schedule=asked.optional("schedule") or "",
        roles=texts_in(asked, "roles"),
    )
