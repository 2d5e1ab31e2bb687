"""A negotiation as its page shows it: packages, levers, grounds, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.diagnostics import Message
from engine.model.names import empty_map
from engine.runtime.negotiation.bodies import dropped_body
from engine.runtime.negotiation.packages import Package
from engine.runtime.negotiation.sandbox import Sandbox
from engine.runtime.work import Work
from engine.web.negotiation_grounds import payment_view, price_view, signals_view, similar_views, similar_words
from engine.web.negotiation_levers import LeverState, LeverWords, NotANumber, lever_view, words_of
from engine.web.negotiation_packages import headline, package_words, told
from engine.widgets.negotiation_parts import LeverView, NegotiationView, PackageView

PREFIX = "t."
"""What the names of levers begin with in a form."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form says of the levers: the text of each as it was typed, those that are no number, and the values of the
    others; None where it names no lever."""

    texts: Mapping[str, str] = field(default_factory=empty_map)
    wrong: frozenset[str] = frozenset()
    offer: Mapping[str, float] | None = None


def typed_terms(levers: Sequence[LeverWords], form: Mapping[str, str]) -> Typed:
    """The terms that a form asks for; a lever left empty, or that is no number, stays as it is."""
    texts = {one.key: form[PREFIX + one.key][:40] for one in levers if PREFIX + one.key in form}
    if not texts:
        return Typed()
    wrong, offer = set(), {}
    for words in levers:
        text = texts.get(words.key, "").strip()
        try:
            if text:
                offer[words.key] = words.value(text)
        except NotANumber:
            wrong.add(words.key)
    return Typed(texts, frozenset(wrong), offer)


def negotiation_view(work: Work, found: Sandbox, typed: Typed) -> NegotiationView:
    """The whole page."""
    return _View(work, found, typed, words_of(work.model, found.deal.negotiation, work.context.language)).whole()


@dataclass(frozen=True, slots=True)
class _View:
    """One look at a sandbox."""

    work: Work
    found: Sandbox
    typed: Typed
    levers: tuple[LeverWords, ...]

    @property
    def language(self) -> str:
        return self.work.context.language

    def whole(self) -> NegotiationView:
        deal, offer = self.found.deal, self.found.offer
        negotiation, today = deal.negotiation, self.work.context.today
        others = (*self.found.packages, *((offer,) if offer is not None else ()))
        words = package_words(self.levers, self.found.now, others, self.language)
        now, packages = words.view(self.found.now), tuple(words.view(one) for one in self.found.packages)
        offered, beyond = words.view(offer) if offer is not None else None, self._breaches(offer)
        nearest = similar_words(self.found.similar, self.language)
        badge = self.found.now.badge
        return NegotiationView(
            label=negotiation.label.text(self.language),
            headline=headline(now, packages, self.language),
            terms=words.terms(deal.now, deal.now),
            now=now,
            packages=packages,
            levers=tuple(self._levers()),
            offer=offered,
            told=self._told(offered, len(beyond)),
            breaches=beyond,
            notes=tuple(one.text(self.language) for one in self.found.notes),
            remarks=self._remarks(),
            similar=similar_views(negotiation, self.found.similar, self.levers, self.language),
            similar_words=nearest,
            signals=signals_view(negotiation.signals.entity, self.found.signals, today, self.language)
            if negotiation.signals is not None and self.found.signals is not None
            else None,
            payment=payment_view(negotiation, self.found.payments, badge, today, self.language),
            price=price_view(self.found.effect, self.language) if negotiation.effect is not None else None,
        )

    def _told(self, offered: PackageView | None, beyond: int) -> str:
        return told(offered, beyond, self.language) if offered is not None else ""

    def _breaches(self, offer: Package | None) -> tuple[str, ...]:
        """What of the offer goes beyond the reader's authority, and whose it is to grant."""
        return tuple(self._breach(at, offer.terms[at]) for at in self.found.breaches) if offer is not None else ()

    def _breach(self, at: int, value: float) -> str:
        words, reach = self.levers[at], self.found.deal.reaches[at]
        names = [
            self.work.model.roles[role].label for role in reach.who_may(self.found.deal.negotiation.levers[at], value)
        ]
        ends = reach.why.text(self.language) if reach.locked else words.text(reach.limit)
        zh, en = f"{words.label} {words.text(value)}", f"{words.label} {words.text(value)}"
        if not reach.locked:
            zh, en = f"{zh}，你的限度是 {ends}", f"{en}: your limit is {ends}"
        else:
            zh, en = f"{zh}：{ends}", f"{en}: {ends}"
        if names:
            zh = f"{zh}；{'、'.join(one.text('zh') for one in names)}可以批准"
            en = f"{en}; {', '.join(one.text('en') for one in names)} may grant it"
        else:
            zh, en = f"{zh}；没有人可以批准", f"{en}; nobody may grant it"
        return Message(zh, en).text(self.language)

    def _levers(self) -> list[LeverView]:
        deal, typed = self.found.deal, self.typed
        return [
            lever_view(
                self.work.model,
                words,
                LeverState(
                    now=now,
                    reach=reach,
                    corridor=corridor,
                    typed=typed.texts.get(words.key, words.entered(now)),
                    problem=self._problem(words, now),
                ),
            )
            for words, now, reach, corridor in zip(
                self.levers, deal.now, deal.reaches, self.found.corridors, strict=True
            )
        ]

    def _problem(self, words: LeverWords, now: float) -> str:
        if words.key not in self.typed.wrong:
            return ""
        example = words.entered(now)
        return Message(f"请填一个数，例如 {example}", f"Enter a number, such as {example}").text(self.language)

    def _remarks(self) -> tuple[str, ...]:
        """What was left out, and why."""
        return (str(dropped_body(self.found.dropped, self.language)["words"]),) if self.found.dropped.of else ()
