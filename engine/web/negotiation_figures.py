"""Figures of decisions in words: shares with their interval and number, money, what was moved, names of units and people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from engine.diagnostics import Message
from engine.model.negotiations import Negotiation
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.users import user_by_id
from engine.runtime.negotiation.override_analysis import Regret, Tally
from engine.runtime.negotiation.packages import PACKAGE_WORDS, PackageKey
from engine.runtime.negotiation.past_decisions import PastDecision
from engine.runtime.negotiation.shares import Share
from engine.runtime.organisation.units import unit_tree
from engine.runtime.work import Work
from engine.web.negotiation_levers import LeverWords, words_of
from engine.widgets.formats import compact_money, format_instant, format_money, format_percent
from engine.widgets.override_parts import DecisionLine, GroupLine, TallyLine

OWN_TERMS = Message("自定条件", "Terms of one's own")
OUTCOMES = {"won": Message("成交", "Won"), "lost": Message("丢单", "Lost"), None: Message("未定", "Open")}
FEW = Message("样本不足", "Too few cases")
WAYS = {"+": Message("比建议让得多", "gave more than advised"), "-": Message("比建议让得少", "gave less than advised")}


@dataclass(frozen=True, slots=True)
class FigureWords:
    """How figures of a negotiation are told to one reader."""

    work: Work
    negotiation: Negotiation
    levers: tuple[LeverWords, ...]
    units: dict[int, str]

    @classmethod
    def of(cls, work: Work, negotiation: Negotiation) -> FigureWords:
        language = work.context.language
        tree = unit_tree(work.session, work.context.today)
        units = {one.id: one.label(language) for one in tree.units.values()}
        return cls(work, negotiation, words_of(work.model, negotiation, language), units)

    @property
    def language(self) -> str:
        return self.work.context.language

    def say(self, zh: str, en: str) -> str:
        return Message(zh, en).text(self.language)

    def percent(self, value: float) -> str:
        return format_percent(Decimal(str(round(value, 3))), self.language, 0)

    def share(self, share: Share) -> str:
        """A share with its interval; of few cases that they are few."""
        if not share.n:
            return "—"
        if not share.enough:
            return f"{FEW.text(self.language)} (n={share.n})"
        low, high = share.interval
        reach = self.say(f"{self.percent(low)} 至 {self.percent(high)}", f"{self.percent(low)} to {self.percent(high)}")
        return f"{self.percent(share.value or 0.0)} ({reach}, n={share.n})"

    def money(self, fen: int | None, exact: bool = False) -> str:
        """An amount, short or to the fen."""
        if fen is None:
            return "—"
        amount = Decimal(fen) / 100
        return format_money(amount, self.language) if exact else compact_money(amount, self.language)

    def regret(self, regret: Regret) -> str:
        if not regret.n:
            return "—"
        return f"{self.money(regret.total)} (n={regret.n})"

    def realised(self, regret: Regret) -> str:
        """What the best was expected to leave of decisions that have ended, and what they left."""
        if not regret.ended:
            return "—"
        hoped, left = self.money(regret.hoped), self.money(regret.realised)
        return self.say(
            f"最优期望 {hoped} → 实得 {left} (n={regret.ended})",
            f"best expected {hoped} → left {left} (n={regret.ended})",
        )

    def tally(self, label: str, tally: Tally) -> TallyLine:
        return TallyLine(label, tally.n, tally.won, tally.lost, tally.pending, self.share(tally.wins))

    def group(self, label: str, url: str, overridden: Share, regret: Regret, before_cost: Regret) -> GroupLine:
        return GroupLine(
            label,
            url,
            overridden.n,
            self.share(overridden),
            self.regret(regret),
            self.realised(regret),
            self.regret(before_cost),
        )

    def unit(self, unit: object) -> str:
        return self.units.get(unit if isinstance(unit, int) else 0, self.say("无单元", "No unit"))

    def person(self, person: object) -> str:
        found = user_by_id(self.work.session, person) if isinstance(person, int) else None
        return found.called(self.language) if found is not None else "—"

    def move(self, move: str) -> str:
        """A lever and which way it was moved."""
        label = next((one.label for one in self.levers if one.key == move[:-1]), move[:-1])
        return f"{label} · {WAYS[move[-1:]].text(self.language)}" if move[-1:] in WAYS else label

    def package(self, key: str) -> str:
        return (PACKAGE_WORDS[PackageKey(key)] if key in set(PackageKey) else OWN_TERMS).text(self.language)

    def apart(self, one: PastDecision) -> str:
        """From where to where the regret may lie, and what the figures leave out."""
        judgement = one.judgement
        if judgement.low is None or judgement.high is None:
            return ""
        low, high = self.money(judgement.low), self.money(judgement.high)
        reach = self.say(f"{low} 至 {high}", f"{low} to {high}")
        return reach if judgement.whole else f"{reach} · {self.say('未扣成本', 'before our cost')}"

    def lines(self, decisions: Iterable[PastDecision], named: frozenset[int]) -> tuple[DecisionLine, ...]:
        """Decisions in a table; who took one is told of the people in `named` alone."""
        return tuple(
            self.line(one, self.person(one.judgement.by) if one.judgement.by in named else "") for one in decisions
        )

    def line(self, one: PastDecision, who: str) -> DecisionLine:
        judgement, context = one.judgement, self.work.context
        moved = [self.move(move) for move in judgement.moved.split(",") if move]
        url = f"/negotiations/{judgement.negotiation}/{encode_id(judgement.record)}/decisions/{encode_id(judgement.id)}"
        return DecisionLine(
            url=url,
            on=format_instant(judgement.at, self.language, context.moment, context.zone),
            unit=self.unit(judgement.unit),
            who=who,
            advised=self.package(judgement.advised) if judgement.advised else "—",
            chosen=self.package(one.choice),
            moved=("；" if self.language == "zh" else "; ").join(moved),
            regret=self.money(judgement.regret),
            apart=self.apart(one),
            outcome=OUTCOMES[one.outcome].text(self.language),
            reason=one.reason,
        )
