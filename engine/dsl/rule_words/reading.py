"""From a sentence to a typed rule: which entity it is about is the one whose names fit best."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lark import Token, Tree
from rapidfuzz import fuzz, process

from engine.diagnostics import Message
from engine.dsl.rule_words.clause_names import Heard
from engine.dsl.rule_words.clauses import Clauses
from engine.dsl.rule_words.deed_people import Deed
from engine.dsl.rule_words.deeds import Deeds
from engine.dsl.rule_words.doubts import Choice, Doubt, Question, Unknown
from engine.dsl.rule_words.formulas import condition_text
from engine.dsl.rule_words.meaning import (
    WRITTEN,
    Approval,
    Branch,
    Cell,
    Compare,
    Condition,
    Day,
    Every,
    Fold,
    Limit,
    Move,
    OneOf,
    Require,
    Some,
    Start,
    StartSort,
    TypedRule,
)
from engine.dsl.rule_words.moves import move_named
from engine.dsl.rule_words.names import Names
from engine.dsl.rule_words.parsing import parse
from engine.dsl.rule_words.predicates import negate, whole
from engine.dsl.rule_words.tokens import LONGEST, UNKNOWN, Piece, normalised, pieces_of
from engine.dsl.rule_words.trees import part, parts
from engine.dsl.rule_words.vocabulary import Vocabulary

_STARTS: Mapping[str, StartSort] = {
    "EACHDAY": "daily",
    "EACHWEEK": "weekly",
    "EACHMONTH": "monthly",
    "EACHHOUR": "hourly",
}
_SPOKEN = re.compile(
    r"((?:提示|提醒|警告|拒绝|告警|预警|通知|warn|refuse|reject)[^，。；:：「“\"]{0,12}?)\s*[:：]\s*([^「“\"].*)$", re.I
)
NEAR = 0.12
"""Readings of two entities that are as likely as this are asked about."""


@dataclass(frozen=True, slots=True)
class Read:
    """A sentence that was read: the rule, its pieces, and what else it may be about, the likeliest first."""

    rule: TypedRule
    pieces: tuple[Piece, ...]
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Way:
    rule: TypedRule
    score: float


def read_sentence(sentence: str, vocabulary: Vocabulary, entity: str = "") -> Read:
    """The rule that a sentence means; `entity` says whose records where it does not. Raises Doubt."""
    text = _spoken(normalised(sentence))
    if not text or len(text) > LONGEST:
        raise Doubt(Message(f"写 1 到 {LONGEST} 个字的一句话", f"Write a sentence of 1 to {LONGEST} characters"))
    pieces, start = _started(pieces_of(text, vocabulary))
    pieces = _told(pieces)
    unknown = next((at for at, one in enumerate(pieces) if one.kind == UNKNOWN and not _contained(pieces, at)), None)
    if unknown is not None:
        raise _unknown(pieces, unknown, vocabulary)
    tree = parse(pieces)
    if isinstance(tree, int):
        raise _unparsed(tree, pieces)
    return _likeliest(tree, pieces, vocabulary, _Wanted(entity, start))


@dataclass(frozen=True, slots=True)
class _Wanted:
    entity: str
    start: Start | None


def _likeliest(tree: Tree[Token], pieces: list[Piece], vocabulary: Vocabulary, wanted: _Wanted) -> Read:
    ways: list[_Way] = []
    doubts: list[tuple[float, Doubt]] = []
    for name in _candidates(pieces, vocabulary, wanted.entity):
        heard = Heard(score=_mentioned(name, pieces))
        try:
            rule = _Sentence(Clauses(Names(vocabulary, name), pieces, heard), wanted.start).rule(tree)
            ways.append(_Way(rule, heard.score + 0.3 * min(heard.subjects, 1) + _fits(rule, vocabulary)))
        except Doubt as doubt:
            doubt.entity = name
            doubts.append((heard.score + 0.3 * min(heard.subjects, 1) - _is_part(name, vocabulary), doubt))
    ways.sort(key=lambda one: -one.score)
    questions = [(score, one) for score, one in doubts if isinstance(one, Question)]
    asked = max(questions, key=lambda one: one[0], default=None)
    if asked is not None and asked[1].about in {"role", "action"} and not wanted.entity and not ways:
        _refuse_tie(asked[0], doubts, vocabulary)
    if asked is not None and (
        not ways or (asked[0] > ways[0].score + 0.3 and asked[1].about in {"value", "boundary", "role"})
    ):
        raise asked[1]
    if not ways:
        raise _no_reading(doubts, pieces)
    tied = [one.rule.entity for one in ways if ways[0].score - one.score < NEAR]
    if len(tied) > 1 and not wanted.entity:
        raise _which_entity(tied, vocabulary)
    return Read(ways[0].rule, tuple(pieces), tuple(one.rule.entity for one in ways[1:4]))


def _refuse_tie(best: float, doubts: list[tuple[float, Doubt]], vocabulary: Vocabulary) -> None:
    """Raises Question where it is not clear whose records are meant, before anything else is asked."""
    tied = [one.entity for score, one in doubts if isinstance(one, Question) and best - score < NEAR]
    if len(tied) > 1:
        raise _which_entity(tied, vocabulary)


def _fits(rule: TypedRule, vocabulary: Vocabulary) -> float:
    """Records that go their own way are approved; lines of a document rather by their whole."""
    approved = rule.start.sort == "move" and any(isinstance(one, Approval) for one in rule.actions)
    return (0.2 if approved else 0.0) - _is_part(rule.entity, vocabulary)


def _is_part(entity: str, vocabulary: Vocabulary) -> float:
    return 0.15 if vocabulary.model.entities[entity].part_of else 0.0


def _candidates(pieces: Sequence[Piece], vocabulary: Vocabulary, wanted: str) -> list[str]:
    if wanted:
        return [wanted]
    named = {one.entity for piece in pieces for one in piece.meanings if one.entity in vocabulary.entities}
    holding = {
        name
        for name in vocabulary.entities - named
        if any(one.entity in named for one in vocabulary.model.entities[name].collections.values())
    }
    return sorted(named | holding)


def _mentioned(entity: str, pieces: Sequence[Piece]) -> float:
    """How much the sentence speaks of an entity by its own name."""
    found = [
        max((one.score for one in piece.meanings if one.sort == "entity" and one.entity == entity), default=0.0)
        for piece in pieces
    ]
    return 0.3 if any(found) else 0.0


def _spoken(text: str) -> str:
    """What stands behind 提示： without quotes is a message."""
    return _SPOKEN.sub(lambda found: f"{found[1]}「{found[2].rstrip('。.!！')}」", text)


def _started(pieces: list[Piece]) -> tuple[list[Piece], Start | None]:
    """The pieces without those that say how often, or that a record is new."""
    start: Start | None = None
    kept: list[Piece] = []
    for at, one in enumerate(pieces):
        if one.kind in _STARTS:
            start = Start(_STARTS[one.kind])
        elif one.kind in {"CREATED", "CHANGED"}:
            near = [other.kind for other in pieces[max(0, at - 1) : at + 3]]
            if "TIME" in near or "IF" in [other.kind for other in pieces[:at]] or one.text.endswith("时"):
                start = Start("created" if one.kind == "CREATED" else "updated")
            elif one.meanings:
                kept.append(replace(one, kind="NAME"))
        else:
            kept.append(one)
    while kept and kept[0].kind == "COMMA":
        kept.pop(0)
    return kept, start


@dataclass(frozen=True)
class _Sentence:
    """One sentence read about the records of one entity."""

    clauses: Clauses
    start: Start | None

    def rule(self, tree: Tree[Token]) -> TypedRule:
        sentence = part(tree, "sentence")
        assert sentence is not None
        limited = part(sentence, "limited")
        branches = [self._bare(limited)] if limited is not None else self._branches(sentence)
        exception = part(sentence, "exception")
        if exception is not None:
            branches = [replace(one, when=_but(one.when, self._condition(exception))) for one in branches]
        entity = self.clauses.names.entity
        start = self._starting(branches)
        if start.sort == "move" and all(isinstance(action, Require) for one in branches for action in one.actions):
            branches = [replace(one, when=self._arrived(start.move, one.when)) for one in branches]
            start = Start()
        return TypedRule(entity, start, tuple(branches))

    def _arrived(self, move: str, when: Condition | None) -> Condition:
        """What is asked for at a move is asked of the state that it leads to."""
        life = self.clauses.names.model.workflow_of(self.clauses.names.entity)
        there = life.transition(move) if life else None
        assert life is not None and there is not None
        state = OneOf((life.field,), (there.target,))
        return state if when is None else whole((state, when))

    def _branches(self, sentence: Tree[Token]) -> list[Branch]:
        found: list[Branch] = []
        for one in parts(sentence, "if_then", "then_if", "always", "otherwise", "also"):
            if one.data == "otherwise":
                found += self._otherwise(one, found)
            else:
                inner = part(one, "if_then") or one
                found.append(self._branch(inner))
        return found

    def _branch(self, tree: Tree[Token]) -> Branch:
        soon = part(tree, "soon")
        when = self.clauses.alone(soon) if soon is not None else self._condition(tree)
        actions = part(tree, "actions")
        if actions is None:
            named = [self.clauses.named(one) for one in parts(tree, "np")]
            both = tuple(one for one in (*named, when) if one is not None)
            return _branch(whole(both) if both else None, [Deeds(self.clauses).stopped(parts(tree, "stop")[0])])
        return _branch(when, Deeds(self.clauses).all_of(actions))

    def _otherwise(self, tree: Tree[Token], before: list[Branch]) -> Iterator[Branch]:
        inner = part(tree, "if_then")
        actions = part(tree, "actions")
        others = [negate(one.when) for one in before if one.when is not None]
        if inner is not None:
            branch = self._branch(inner)
        else:
            assert actions is not None
            branch = _branch(None, Deeds(self.clauses).all_of(actions))
        own = [branch.when] if branch.when is not None else []
        yield replace(branch, when=whole((*others, *own)) if others or own else None)

    def _condition(self, tree: Tree[Token]) -> Condition | None:
        found = part(tree, "condition")
        return self.clauses.condition(found) if found is not None else None

    def _bare(self, tree: Tree[Token]) -> Branch:
        """A sentence without an action: its last part is a limit where it says up to where."""
        condition = self._condition(tree)
        listed = list(condition.parts) if isinstance(condition, Every) else [condition]
        last = listed[-1]
        if isinstance(last, Compare) and last.sign in {"<=", ">="} and isinstance(last.left, Cell):
            rest = tuple(one for one in listed[:-1] if one is not None)
            first = rest[-1] if rest else None
            if isinstance(first, Compare) and first.left == last.left and first.sign == ">=" and last.sign == "<=":
                kept = rest[:-1]
                return Branch(whole(kept) if kept else None, (Limit(last.left.path, last.right, first.right),))
            limit = Limit(last.left.path, **{"most" if last.sign == "<=" else "least": last.right})
            return Branch(whole(rest) if rest else None, (limit,))
        raise Question(
            "action",
            Message("这时要做什么？例如提醒、拒绝、审批、通知", "What is done then? Warn, refuse, approve, tell?"),
            (0, 0),
            (
                Choice("warn", Message("给出提醒", "warn"), "给出提醒"),
                Choice("refuse", Message("拒绝保存", "refuse"), "拒绝保存"),
                Choice("approval", Message("由单元负责人审批", "approval by the head of the unit"), "由单元负责人审批"),
                Choice("notify", Message("通知负责人", "tell the owner"), "通知负责人"),
            ),
        )

    def _starting(self, branches: Sequence[Branch]) -> Start:
        heard = self.start or self.clauses.heard.start
        if heard is not None:
            return heard
        actions = [action for branch in branches for action in branch.actions]
        if all(isinstance(one, WRITTEN) for one in actions):
            return Start()
        if any(branch.when is not None and _runs_out(branch.when) for branch in branches):
            return Start(
                "hourly" if "hours(" in str([condition_text(one.when) for one in branches if one.when]) else "daily"
            )
        if any(isinstance(one, Approval) or one == Move("approve") for one in actions):
            move = move_named(self.clauses.names.model, self.clauses.names.entity, "提交")
            return Start("move", move) if move else Start()
        return Start()


def _branch(when: Condition | None, deeds: list[Deed]) -> Branch:
    own = tuple(condition for deed in deeds for condition in deed.when)
    kept = (*([when] if when is not None else ()), *own)
    return Branch(whole(tuple(kept)) if kept else None, tuple(deed.action for deed in deeds))


def _but(when: Condition | None, exception: Condition | None) -> Condition | None:
    if exception is None:
        return when
    without = negate(exception)
    return without if when is None else whole((when, without))


def _runs_out(condition: Condition) -> bool:
    """Whether it comes to hold by time alone."""
    match condition:
        case Compare(left=left, right=right):
            return _is_today(right) or (isinstance(left, Fold) and left.where is not None and _runs_out(left.where))
        case Every(parts=listed) | Some(parts=listed):
            return any(_runs_out(one) for one in listed)
        case _:
            return False


def _is_today(term: object) -> bool:
    return isinstance(term, Day) and term.on is None


def nearest_names(word: str, vocabulary: Vocabulary) -> tuple[Choice, ...]:
    """The names nearest to a word that nobody knows."""
    found = process.extract(word.lower(), vocabulary.words.keys(), scorer=fuzz.ratio, limit=6, score_cutoff=45)
    return tuple(Choice(vocabulary.name_of(text), Message(text, text), text) for text, _, _ in found)


def _told(pieces: list[Piece]) -> list[Piece]:
    """What nobody knows behind 提醒某人 is what they are told."""
    found: list[Piece] = []
    for at, one in enumerate(pieces):
        before = [other.kind for other in pieces[max(0, at - 3) : at]]
        told = (
            one.kind == UNKNOWN
            and len(before) > 1
            and before[-1] in {"NAME", "PEOPLE"}
            and {*before} & {"WARN", "NOTIFY"}
        )
        found.append(replace(one, kind="NAME") if told else one)
    return found


def _contained(pieces: Sequence[Piece], at: int) -> bool:
    return at > 0 and pieces[at - 1].kind == "CONTAINS"


def _unknown(pieces: Sequence[Piece], at: int, vocabulary: Vocabulary) -> Unknown:
    """The word that nobody knows, with the names that touch it, if together they are nearly a name."""
    first, last = at, at
    while first and pieces[first - 1].kind in {"NAME", UNKNOWN} and pieces[first - 1].end == pieces[first].start:
        first -= 1
    while (
        last + 1 < len(pieces)
        and pieces[last + 1].kind in {"NAME", UNKNOWN}
        and pieces[last + 1].start == pieces[last].end
    ):
        last += 1
    for begin, end in ((first, at), (at, last), (at, at)):
        word = "".join(one.text for one in pieces[begin : end + 1])
        near = nearest_names(word, vocabulary)
        if near or (begin, end) == (at, at):
            return Unknown(word, (pieces[begin].start, pieces[end].end), near)
    raise AssertionError(word)


def _unparsed(at: int, pieces: Sequence[Piece]) -> Doubt:
    if at >= len(pieces):
        where = pieces[-1] if pieces else None
        zh, en = "这句话没有说完：条件之后要说做什么", "The sentence stops too early: say what is done"
        return Question("action", Message(zh, en), (where.start, where.end) if where else (0, 0))
    one = pieces[at]
    return Doubt(
        Message(
            f"读到「{one.text}」读不下去了，请换一种说法",
            f"It cannot be read on at “{one.text}”; please say it another way",
        ),
        one.start,
        one.end,
    )


def _no_reading(doubts: list[tuple[float, Doubt]], pieces: Sequence[Piece]) -> Doubt:
    if doubts:
        return max(doubts, key=lambda one: one[0])[1]
    return Question(
        "entity",
        Message("这条规则是关于什么的？", "What is this rule about?"),
        (pieces[0].start, pieces[0].end) if pieces else (0, 0),
    )


def _which_entity(names: Sequence[str], vocabulary: Vocabulary) -> Question:
    labels = [vocabulary.model.entities[name].label for name in names]
    choices = tuple(
        Choice(name, Message(label.text("zh"), label.text("en")), label.text("zh"))
        for name, label in zip(names, labels, strict=True)
    )
    return Question("entity", Message("说的是哪一种记录？", "Which records does it mean?"), (0, 0), choices)
