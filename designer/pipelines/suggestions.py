"""Suggestions: joins with how many rows match, and features judged by the compiler and by the data, refused ones with why."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from designer.commands.sheets import Texts
from designer.pipelines.candidates import candidates
from designer.pipelines.drafted import DraftedPipeline
from designer.pipelines.joins import Join, accept, joins, settled_sources
from designer.pipelines.measured import Measured
from designer.pipelines.webs import Data, Web, settings_of
from designer.refusals import BadCommand
from designer.studio import Studio
from engine.diagnostics import Diagnostic, Message, Severity
from engine.model.feature_plans import Feature
from engine.model.feature_tables import FeatureTable
from engine.runtime.modeling.feature_reading import learning_table
from engine.runtime.modeling.feature_rights import unreadable
from engine.runtime.modeling.plan_words import plan_words
from engine.runtime.query.names import Reader

MOST_EMPTY = 0.95
TELLING = 0.98
"""How well a single feature may tell the outcome before it is thought to know it."""
MOST_ROUNDS = 3
"""Times that what the compiler refuses is taken out."""


@dataclass(frozen=True, slots=True)
class Suggested:
    """A feature that the data speak for: its text, words, the share of empty cells, and how well it alone ranks outcomes."""

    text: Data
    label: Mapping[str, str]
    says: Message
    missing: float
    strength: float | None


@dataclass(frozen=True, slots=True)
class Turned:
    """A feature that is not offered, and why."""

    name: str
    of: str
    why: Message


def suggested_joins(measured: Measured, web: Web) -> list[Data]:
    """Joins with words, match rates, and the command that takes each."""
    return [_join(measured, web, one) for one in joins(measured, web)]


def _join(measured: Measured, web: Web, one: Join) -> Data:
    made = web.anew()
    accept(measured, made, one)
    label = one.entity.label
    done = made.command(f"关联{label.text('zh')}", f"Join {label.text('en')}")
    return {
        "entity": one.entity.name,
        "own": web.entity(web.spine() or {}),
        "label": dict(label.texts),
        "many": one.many,
        "by": one.by,
        "to": one.to,
        "keyed": one.keyed,
        "there": web.source_of(one.entity.name) is not None,
        "match": one.match.body(),
        "command": done,
    }


class Tailor:
    """Cuts candidates down to what compiles, may be read, and says something of the rows there are."""

    def __init__(self, studio: Studio, texts: Texts, measured: Measured, web: Web) -> None:
        self._studio, self._texts, self._measured, self._web = studio, dict(texts), measured, web
        self.turned: list[Turned] = []

    def fitted(self) -> list[Suggested]:
        web = self._web.anew()
        settled_sources(self._measured, web)
        wanted = candidates(self._measured, web) if web.features is not None else []
        for _ in range(MOST_ROUNDS):
            if not wanted:
                return []
            text, first = _laid_out(web, wanted)
            texts = {**self._texts, web.file: text}
            found = self._studio.compile(texts).diagnostics
            wrong = _by_line(found, web.file)
            refused = {at: wrong[first + at] for at in range(len(wanted)) if first + at in wrong}
            if not refused:
                return self._judged(DraftedPipeline.of(self._studio, texts, web.file), wanted)
            for at, why in refused.items():
                self.turned.append(Turned(str(wanted[at]["name"]), _of(wanted[at]), why))
            wanted = [one for at, one in enumerate(wanted) if at not in refused]
        return []

    def _judged(self, drafted: DraftedPipeline, wanted: list[Data]) -> list[Suggested]:
        work = self._measured.work
        plan = drafted.plan(work.model)
        if plan is None:
            return []
        names = {str(one["name"]): one for one in wanted}
        closed = {one.needed_by for one in unreadable(Reader(work.model, work.context), plan)} & set(names)
        for name in sorted(closed):
            self.turned.append(Turned(name, _of(names[name]), Message("你无权读取", "Not yours to read")))
        kept = tuple(one for one in plan.features if one.name not in closed)
        table = learning_table(work, replace(plan, features=kept)).table
        says = {one.name: one.says for one in plan_words(drafted.model, plan)}
        found = []
        for feature, cells in zip(kept, table.values, strict=True):
            if feature.name in names:
                one = self._weighed(feature, cells, table, plan.outcome is not None and plan.outcome.event)
                if isinstance(one, Turned):
                    self.turned.append(one)
                else:
                    missing, strength = one
                    label = feature.column.label.texts
                    found.append(Suggested(names[feature.name], label, says[feature.name], missing, strength))
        return sorted(found, key=lambda one: -(one.strength or 0))

    def _weighed(
        self, feature: Feature, cells: Sequence[object], table: FeatureTable, event: bool
    ) -> tuple[float, float | None] | Turned:
        of, known = ", ".join(feature.lineage[:3]), [one for one in cells if one is not None]
        missing = 1 - len(known) / len(cells) if cells else 1.0
        if missing > MOST_EMPTY:
            words = Message(
                f"{missing:.0%} 的行在决策时还不知道它",
                f"Not known at the decision in {missing:.0%} of the rows",
            )
            return Turned(feature.name, of, words)
        if len(set(known)) < 2:
            return Turned(
                feature.name, of, Message("所有行都一样，说明不了什么", "The same in all rows: it tells nothing")
            )
        strength = _strength(cells, table.target) if event and table.target is not None else None
        if strength is not None and strength > TELLING:
            words = Message(
                "它几乎就是结果：多半是事后才填的", "It all but is the outcome: most likely filled in afterwards"
            )
            return Turned(feature.name, of, words)
        return missing, strength


def _strength(cells: Sequence[object], target: Sequence[float]) -> float | None:
    """How well a feature alone ranks outcomes, from 0.5 (not at all) to 1; a category by the rate of its values."""
    pairs = [(one, happened) for one, happened in zip(cells, target, strict=True) if one is not None]
    yes = sum(happened for _, happened in pairs)
    if not pairs or yes in {0, len(pairs)}:
        return None
    rates: dict[object, list[float]] = {}
    for one, happened in pairs:
        rates.setdefault(one, []).append(happened)
    texts = isinstance(pairs[0][0], str)
    place = {one: sum(all_) / len(all_) for one, all_ in rates.items()} if texts else {one: one for one in rates}
    ordered = sorted(rates, key=lambda one: float(str(place[one])))
    below, area = 0.0, 0.0
    for one in ordered:
        no = len(rates[one]) - sum(rates[one])
        area += sum(rates[one]) * (below + no / 2)
        below += no
    found = area / (yes * (len(pairs) - yes))
    return max(found, 1 - found)


def _of(feature: Data) -> str:
    return str(feature.get("from") or f"{feature.get('over')}.{feature.get('of', '')}".rstrip("."))


def _laid_out(web: Web, wanted: Sequence[Data]) -> tuple[str, int]:
    """The pipeline with the candidates, each on a line of its own, and the line of the first: JSON is YAML too."""
    data = web.data
    features = web.features
    identity = features["id"] if features is not None else None
    lines = [f"label: {json.dumps(data.get('label', {'zh': '管道', 'en': 'Pipeline'}), ensure_ascii=False)}", "nodes:"]
    first = 0
    for node in web.nodes:
        if node.get("id") != identity or features is None:
            lines.append(f"  - {json.dumps(node, ensure_ascii=False)}")
            continue
        settings = settings_of(node)
        head = {key: value for key, value in node.items() if key not in {"id", "settings"}}
        lines.append(f"  - id: {json.dumps(identity)}")
        lines += [f"    {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in head.items()]
        lines.append("    settings:")
        lines += [
            f"      {key}: {json.dumps(value, ensure_ascii=False)}"
            for key, value in settings.items()
            if key != "features"
        ]
        lines.append("      features:")
        lines += [f"        - {json.dumps(one, ensure_ascii=False)}" for one in settings.get("features", [])]
        first = len(lines) + 1
        lines += [f"        - {json.dumps(one, ensure_ascii=False)}" for one in wanted]
    lines.append("edges:")
    lines += [f"  - {json.dumps(one, ensure_ascii=False)}" for one in web.edges]
    return "\n".join(lines) + "\n", first


def _by_line(found: Sequence[Diagnostic], file: str) -> dict[int, Message]:
    """What is wrong by line. Raises BadCommand for errors elsewhere in the draft, which no candidate is to blame for."""
    errors = [one for one in found if one.severity is Severity.ERROR]
    elsewhere = next((one for one in errors if one.span.file != file), None)
    if elsewhere is not None:
        raise BadCommand(elsewhere.message, hint=elsewhere.hint, file=elsewhere.span.file, line=elsewhere.span.line)
    return {one.span.line: one.message for one in errors}


def acceptance(web: Web, chosen: Sequence[Data], measured: Measured) -> Data:
    """The command that takes features: behind those of the features node, sources saying when their rows happen."""
    made = web.anew()
    settled_sources(measured, made)
    node = made.features
    if node is None:
        return made.command("采用特征", "Take features")
    path = ["nodes", {"id": node["id"]}, "settings", "features"]
    if settings_of(node).get("features"):
        made.commands += [
            {"do": "insert", "file": web.file, "path": path, "value": one, "after": "end"} for one in chosen
        ]
    else:
        made.set_setting(node, "features", list(chosen))
    names = "、".join(str(one["name"]) for one in chosen[:3])
    return made.command(f"采用特征 {names}", f"Take features {names}")
