"""Drafted pipelines: a pipeline of the draft that compiles, so that it can be run on the rows there are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from designer.commands.sheets import Texts
from designer.file_names import file_name
from designer.refusals import bad
from designer.studio import Studio
from engine.diagnostics import Severity
from engine.model.app import AppModel
from engine.model.feature_plans import FeaturePlan
from engine.model.names import BUILT_IN_FIELDS
from engine.model.pipelines import Pipeline


@dataclass(frozen=True, slots=True)
class DraftedPipeline:
    """A pipeline of the draft with the draft's model."""

    model: AppModel
    pipeline: Pipeline

    @classmethod
    def of(cls, studio: Studio, texts: Texts, file: str) -> DraftedPipeline:
        """The pipeline of a file. Raises BadCommand where the draft does not compile, or has no such pipeline."""
        name = file_name(file)
        if name is None or name.kind != "pipelines":
            raise bad(f"{file[:80]} 不是管道文件", f"{file[:80]} is no file of a pipeline")
        compilation = studio.compile(texts)
        if compilation.model is None:
            errors = [one for one in compilation.diagnostics if one.severity is Severity.ERROR]
            first = min(errors, key=lambda one: one.span.file != file)
            raise bad(
                f"改好这一处才能看数据：{first.message.zh}",
                f"Mend this first, then there are rows to see: {first.message.en}",
                first.hint,
                file=first.span.file,
                line=first.span.line,
            )
        found = compilation.model.pipelines.get(name.name)
        if found is None:
            raise bad(f"草稿里没有 {file}", f"There is no {file} in the draft", file=file)
        return cls(compilation.model, found)

    def plan(self, live: AppModel) -> FeaturePlan | None:
        """The plan as it can be run now: under a name of its own, so that what is prepared for it is of these words.

        Raises BadCommand where it reads what is not published yet.
        """
        plan = self.pipeline.plan
        if plan is None:
            return None
        lacking = next(_unpublished(live, plan), None)
        if lacking is not None:
            raise bad(
                f"{lacking} 还没有发布，发布后才有数据",
                f"{lacking} is not published yet: there are rows of it once it is",
            )
        words = repr((plan.rows, plan.as_of, plan.clock, plan.features, plan.outcome, sorted(plan.lives.items())))
        digest = hashlib.sha256(words.encode()).hexdigest()[:16]
        return replace(plan, pipeline=f"{plan.pipeline} {digest}")


def _unpublished(live: AppModel, plan: FeaturePlan) -> Iterator[str]:
    """What a plan reads that the served definitions do not have."""
    for entity, _, formula in plan.formulas():
        known = live.entities.get(entity)
        if known is None:
            yield entity
            continue
        for reference in sorted(formula.references):
            first = reference.split(".", 1)[0]
            if first not in known.fields and first not in BUILT_IN_FIELDS:
                yield f"{entity}.{first}"
