"""The page of a decision in a negotiation: what was decided and why, the rows as they were, and whether it comes out the same again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from urllib.parse import quote

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import BadRequest
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.identity.users import user_by_id
from engine.runtime.modeling.model_tables import version_of
from engine.runtime.modeling.scoring import Scorer
from engine.runtime.negotiation.deals import is_offered, negotiation_of, takes_part
from engine.runtime.negotiation.decisions import TERMS, Decision, Draft, Wish, decision, draft, replay
from engine.runtime.negotiation.keeping import keep
from engine.runtime.negotiation.packages import PACKAGE_WORDS, PackageKey
from engine.runtime.negotiation.past_decisions import past_decision
from engine.runtime.negotiation.row_prints import RowPrint, row_prints
from engine.runtime.negotiation.stakes import ModelStake
from engine.runtime.query.records import get_record
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.negotiation_figures import FigureWords
from engine.web.negotiation_levers import words_of, words_of_stakes
from engine.web.negotiation_packages import package_words
from engine.web.negotiation_pages import sandbox_page
from engine.web.negotiation_views import typed_terms
from engine.web.pages import record_title
from engine.web.responses import record_url, see_other
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.formats import format_instant
from engine.widgets.negotiation_parts import DecisionView, PackageView, PrintView
from engine.widgets.override_parts import AfterView

USES: Mapping[str, Message] = {
    "terms": Message("当时的报价", "The quote of then"),
    "record": Message("商机", "The opportunity"),
    "similar": Message("相似的报价", "Similar quote"),
    "signal": Message("竞品动态", "Competitor's event"),
    "payment": Message("付款", "Payment"),
}
OUTCOMES = {"won": Message("后来成交", "won later"), "lost": Message("后来丢单", "lost later")}


def drafted(work: Work, call: Call, site: Site) -> object:
    """What the form decides, worked out before the transaction opens. Raises NotFound, BadRequest, BeyondAuthority."""
    name, record, form = call.parameters["negotiation"], decode_id(call.parameters["record"]), call.form_first()
    negotiation = negotiation_of(work, name)
    is_offered(work, negotiation, record)
    typed = typed_terms(words_of(work.model, negotiation, work.context.language), form)
    if typed.wrong:
        raise BadRequest(Message("客户的条件里有填错的数，请先改好", "A number of the offer is wrong: mend it first"))
    choice, reason, jitter = form.get("package", ""), form.get("reason", ""), form.get("jitter") == "1"
    if choice == PackageKey.OFFER:
        return draft(work, site.desk, name, record, Wish(TERMS, reason, typed.offer, typed.offer, jitter))
    return draft(work, site.desk, name, record, Wish(choice, reason, None, typed.offer, jitter))


def decide(work: Work, call: Call, site: Site) -> Response:
    """POST /negotiations/{negotiation}/{record}/decide: keep the decision, and show it."""
    made = call.prepared
    assert isinstance(made, Draft)
    kept = encode_id(keep(work, made))
    return see_other(
        f"/negotiations/{call.parameters['negotiation']}/{call.parameters['record']}/decisions/{kept}?kept=1"
    )


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    """The sandbox as it was filled in, with what is wrong."""
    return sandbox_page(work, call, site, error)


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /negotiations/{negotiation}/{record}/decisions/{decision}?replay=1"""
    name, record = call.parameters["negotiation"], decode_id(call.parameters["record"])
    found = decision(work, name, record, decode_id(call.parameters["decision"]))
    shown = _Shown(work, site, found)
    view = shown.view()
    if call.first.get("replay"):
        again = replay(work, site.models, found)
        differs = tuple(one.text(work.context.language) for one in again.differs)
        view = replace(view, same=again.same, differs=differs)
    entity = work.model.entities[found.kept.entity]
    bargains = takes_part(work, work.model.negotiations[name])
    sandbox = f"/negotiations/{name}/{call.parameters['record']}" if bargains else ""
    values = {
        "one": view,
        "title": record_title(entity, get_record(work, entity.name, record)),
        "url": sandbox,
        "record_url": record_url(entity.name, record),
        "back": sandbox or record_url(entity.name, record),
        "fresh": call.first.get("kept") == "1",
        "jitter": _drawn_words(work, found),
        "after": _looked_back(work, found),
        "overrides": f"/negotiations/{name}/overrides" if _reviews(work, name) else "",
    }
    return page_response(work, call, site, "negotiation_decision.html", values)


def _drawn_words(work: Work, found: Decision) -> str:
    """What a draw moved, with its seed; empty where nobody agreed to one."""
    jitter, stakes, language = found.given.jitter, found.given.stakes, work.context.language
    at = stakes.place("price")
    if jitter is None or at is None:
        return ""
    words = words_of_stakes(stakes.levers, language)[at]
    was, now = words.text(found.given.meant[at]), words.text(found.given.chosen[at])
    moved = (
        f"{words.label} {was} → {now}"
        if jitter.moved
        else Message("上下都没有余地，没有动", "No room either way: not moved").text(language)
    )
    seed = Message(f"抽签种子 {jitter.seed}", f"drawn by the seed {jitter.seed}").text(language)
    return f"{moved} ({seed})"


def _reviews(work: Work, name: str) -> bool:
    return bool(work.model.negotiations[name].reviewers & work.context.principal.roles)


def _looked_back(work: Work, found: Decision) -> AfterView | None:
    """What it was expected to cost; None where no chance was known, or nothing was judged."""
    negotiation = work.model.negotiations[found.kept.negotiation]
    past = past_decision(work, negotiation, found.kept.id)
    if past is None or past.judgement.best is None or past.judgement.chosen is None:
        return None
    words, judgement = FigureWords.of(work, negotiation), past.judgement
    return AfterView(
        line=words.line(past, ""),
        best=words.money(judgement.best),
        mine=words.money(judgement.chosen),
        realised=words.money(past.realised) if past.realised is not None else "",
        whole=judgement.whole,
        followed=judgement.followed,
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """One look at a decision."""

    work: Work
    site: Site
    found: Decision

    @property
    def language(self) -> str:
        return self.work.context.language

    def view(self) -> DecisionView:
        kept, stakes, said = self.found.kept, self.found.given.stakes, self.found.said
        context = self.work.context
        negotiation = self.work.model.negotiations[kept.negotiation]
        levers = words_of_stakes(stakes.levers, self.language)
        words = package_words(levers, said.advice.now, (said.chosen,), self.language)
        by = user_by_id(self.work.session, kept.by)
        printed = self._printed()
        models = [one for one in (stakes.win, stakes.late) if one is not None]
        return DecisionView(
            label=negotiation.label.text(self.language),
            by=by.name if by is not None else "—",
            on=format_instant(kept.at, self.language, context.moment, context.zone),
            reason=kept.reason,
            chosen=self._named(words.view(said.chosen)),
            terms=words.terms(said.chosen.terms, said.chosen.terms),
            models=tuple((f"{one.model} · v{one.version}", one.sha256) for one in models),
            features=tuple(pair for one in models for pair in self._features(one)),
            rows=tuple(row for of_model, row in printed if not of_model),
            model_rows=tuple(row for of_model, row in printed if of_model),
            full=f"/api/negotiations/{kept.negotiation}/{encode_id(kept.record)}/decisions/{encode_id(kept.id)}",
            outcome=OUTCOMES[self.found.outcome].text(self.language) if self.found.outcome else "",
        )

    def _named(self, chosen: PackageView) -> PackageView:
        """The chosen terms under the name of the package that they were."""
        choice = self.found.kept.choice
        if choice not in set(PackageKey):
            return chosen
        return replace(chosen, key=choice, label=PACKAGE_WORDS[PackageKey(choice)].text(self.language))

    def _features(self, stake: ModelStake) -> Sequence[tuple[str, str]]:
        """The features that a version was asked about, by name."""
        scorer, language = self._scorer(stake), self.language
        if scorer is None:
            return [
                (f"{stake.model} {at + 1}", stake.said("", cell).text(language)) for at, cell in enumerate(stake.line)
            ]
        return [
            (str(one.label.get(language) or one.name), stake.said(one.name, cell).text(language))
            for one, cell in zip(scorer.columns, stake.line, strict=False)
        ]

    def _scorer(self, stake: ModelStake) -> Scorer | None:
        try:
            return self.site.models.scorer(
                self.work.data_folder, version_of(self.work.session, stake.model, stake.version)
            )
        except DougongError:
            return None

    def _printed(self) -> list[tuple[bool, PrintView]]:
        """The rows with their hashes of then, and whether they read the same now; true for those of a model's features."""
        now = {(one.row.entity, one.row.id): one for one in self._prints()}
        then = quote(self.found.kept.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), safe="")
        found = []
        for one in self.found.evidence:
            again = now.get((one.row.entity, one.row.id))
            url = f"{record_url(one.row.entity, one.row.id)}?as_of={then}" if again is not None else ""
            view = PrintView(self._label(one), url, one.sha256, again is not None and self._same(one, again))
            found.append((one.use not in USES, view))
        return found

    def _same(self, was: RowPrint, now: RowPrint) -> bool:
        """Whether a row is as it was: by its version, and for whoever decided by what they read of it."""
        mine = self.found.kept.by == self.work.context.principal.user_id
        return was.row.version == now.row.version and (not mine or was.sha256 == now.sha256)

    def _prints(self) -> tuple[RowPrint, ...]:
        return row_prints(self.work, ((one.use, one.row) for one in self.found.evidence))

    def _label(self, one: RowPrint) -> str:
        """What a row was used for, and what it is called."""
        if one.use in USES:
            use = USES[one.use].text(self.language)
        else:
            model, _, feature = one.use.partition(".")
            use = Message(f"模型 {model} 的 {feature}", f"{feature} of {model}").text(self.language)
        entity = self.work.model.entities.get(one.row.entity)
        name = one.row.title or (entity.label.text(self.language) if entity is not None else one.row.entity)
        return f"{use} · {name}" if name != use else use
