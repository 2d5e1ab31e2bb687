"""The trail of a record over HTTP: who or what wrote each field, and where the record has gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from starlette.responses import Response

from engine.diagnostics import Message
from engine.model.access import READABLE
from engine.model.alerts import Alert
from engine.model.entities import Entity
from engine.model.flows import Flow
from engine.model.lineage import Lineage
from engine.model.names import Label
from engine.model.pages import Form
from engine.model.sources import Source
from engine.runtime.identifiers import encode_id
from engine.runtime.query.rights import field_rights
from engine.runtime.rows import select
from engine.runtime.sovereignty.lineage_graph import lineage_now
from engine.runtime.sovereignty.lineage_uses import field_id
from engine.runtime.sovereignty.record_trail import Hand, Trail, record_trail
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.lineage_names import KnownNames
from engine.web.lineage_views import Asked
from engine.web.pages import record_of_call
from engine.web.responses import record_url
from engine.web.scenes import scene_for
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.cells import title_of
from engine.widgets.contract import Scene
from engine.widgets.formats import format_instant

CAUSES = {
    "import": Message("导入", "an import"),
    "import_undo": Message("撤销导入", "an import taken back"),
    "bulk": Message("批量操作", "a bulk act"),
    "hand_over": Message("交接", "a hand-over"),
    "installation": Message("安装时建立", "made with the installation"),
    "load": Message("成批装入", "loaded in bulk"),
    "schedule": Message("定时流程", "a scheduled flow"),
    "flows": Message("流程", "a flow"),
}
"""What had a version written, by the cause that it keeps."""
DECLARED = {
    "form": Message("表单", "form"),
    "source": Message("数据源", "source"),
    "flow": Message("流程", "flow"),
    "alert": Message("异常提醒", "alert"),
}
"""What a cause before a colon is called; behind it stands a name."""
Line = dict[str, object]


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /r/{entity}/{record}/lineage: where the record's cells come from, and where it has gone."""
    entity, record = record_of_call(work, call)
    scene = scene_for(work, call, entity=entity, record=record)
    trail, rights = record_trail(work, entity, record.id), field_rights(work, entity.name, record.id)
    graph = lineage_now(work)
    words = _Words(work, scene, graph)
    fields = [one for one in entity.fields.values() if rights.get(one.name) in READABLE and one.name in record.cells]
    values = {
        "title": Message("这条记录的来龙去脉", "Where this record comes from and goes to").text(scene.language),
        "subject": title_of(entity, record, scene),
        "made": words.hand(trail.made) if trail.made else None,
        "fields": [
            {
                "label": scene.words(one.label),
                "url": Asked(field_id(entity.name, one.name)).url(),
                "computed": one.computed,
                "hand": words.hand(trail.last[one.name]) if one.name in trail.last else None,
                "level": graph.levels[field_id(entity.name, one.name)],
                "users": len(graph.behind.get(field_id(entity.name, one.name), ())),
            }
            for one in fields
        ],
        "gone": list(_gone(words, entity, encode_id(record.id), trail)),
        "back": record_url(entity.name, record.id),
    }
    return page_response(work, call, site, "trail.html", values)


def _gone(words: _Words, entity: Entity, record: str, trail: Trail) -> Iterator[Line]:
    """Where the record has gone, in lines: what it is, where it leads, when."""
    model, scene = words.work.model, words.scene
    names = KnownNames(words.work, words.graph)
    for one in trail.flows:
        flow = model.flows.get(one.flow)
        kind = Message("流程", "Flow") if one.ended else Message("流程，进行中", "Flow, under way")
        yield words.line(
            kind, scene.words(flow.label) if flow else one.flow, f"/flows/{encode_id(one.id)}", one.started_at
        )
    for name, decision in trail.decisions:
        label = scene.words(model.negotiations[name].label)
        url = f"/negotiations/{name}/{record}/decisions/{encode_id(decision.id)}"
        yield words.line(Message("谈判决策", "Decision of a negotiation"), label, url, decision.at)
    for version in trail.models:
        kind = Message("模型训练用过", "A model learnt from it")
        node = words.graph.nodes.get(f"model:{version.name}")
        url = Asked(node.id).url() if node is not None and names.knows(node) else ""
        yield words.line(kind, f"{version.name} v{version.number}", url, version.created_at)
    for at in trail.exports:
        label = scene.words(entity.label)
        yield words.line(
            Message("此类记录被导出，可能含此条", "Rows of its kind were exported, perhaps this one"), label, "", at
        )


class _Words:
    """What hands and places are called for one reader."""

    def __init__(self, work: Work, scene: Scene, graph: Lineage) -> None:
        self.work = work
        self.scene = scene
        self.graph = graph
        self._people: dict[int, str] = {}

    def line(self, kind: Message, label: str, url: str, at: datetime) -> Line:
        return {"kind": kind.text(self.scene.language), "label": label, "url": url, "when": self._when(at)}

    def hand(self, hand: Hand) -> Line:
        """Who, by what, and when."""
        return {
            "who": self._who(hand),
            "by": self._cause(hand.cause),
            "when": self._when(hand.at),
            "exact": hand.at.isoformat(),
        }

    def _who(self, hand: Hand) -> str:
        if hand.actor is None:
            return Message("系统", "System").text(self.scene.language)
        if hand.actor not in self._people:
            found = select(self.work.session, "dougong_user", ("name",), {"id": hand.actor})
            self._people[hand.actor] = str(found[0][0]) if found else "—"
        return self._people[hand.actor]

    def _cause(self, cause: str) -> str:
        """What had it written, in the words of what declares it."""
        language = self.scene.language
        kind, _, name = cause.partition(":")
        known = CAUSES.get(cause)
        if known is not None:
            return known.text(language)
        label = self._label(kind, name)
        if label is None:
            return cause or Message("页面或接口", "a page or the interface").text(language)
        return f"{DECLARED[kind].text(language)} · {label.text(language)}"

    def _label(self, kind: str, name: str) -> Label | None:
        """The label of the definition that had a version written; None where there is none of that name now."""
        model = self.work.model
        declared: Mapping[str, Mapping[str, Form | Source | Flow | Alert]] = {
            "form": model.forms,
            "source": model.sources,
            "flow": model.flows,
            "alert": model.alerts,
        }
        found = declared.get(kind, {}).get(name)
        return found.label if found is not None else None

    def _when(self, at: datetime) -> str:
        return format_instant(at, self.scene.language, self.scene.now, self.scene.zone)
