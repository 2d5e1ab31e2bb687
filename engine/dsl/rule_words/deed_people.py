"""Actions that people are asked for: who approves, is told, gets something to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lark import Token, Tree

from engine.diagnostics import Message
from engine.dsl.rule_words.amounts import Span
from engine.dsl.rule_words.clauses import Clauses
from engine.dsl.rule_words.doubts import Choice, Misfit, Question
from engine.dsl.rule_words.meaning import (
    Action,
    Approval,
    Condition,
    Notify,
    Person,
    Task,
)
from engine.dsl.rule_words.names import Named
from engine.dsl.rule_words.tokens import Piece
from engine.dsl.rule_words.trees import leaves, part, parts, piece_of, place_of, token, tokens, words_of
from engine.model.entities import FieldKind


@dataclass(frozen=True, slots=True)
class Deed:
    """An action, and what its own words say of whose records it is about."""

    action: Action
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class DeedPeople:
    """Reads people and what is asked of them."""

    clauses: Clauses

    @property
    def pieces(self) -> list[Piece]:
        return self.clauses.pieces

    def _approval(self, tree: Tree[Token]) -> Deed:
        when: list[Condition] = []
        people: list[Person] = []
        runs = parts(tree, "people")
        for run in runs:
            people += self._people(run, when)
        mode = part(tree, "mode")
        if mode is not None:
            return Deed(Approval(tuple(people), "all" if token(mode, "MODEALL") else "any"), tuple(when))
        joined = {one.type for run in runs for one in tokens(run, "AND", "OR", "COMMA", "DUN")}
        if len(people) > 1 and "OR" in joined:
            return Deed(Approval(tuple(people), "any"), tuple(when))
        if len(people) > 1 and "AND" in joined and not tokens(tree, "THENBY"):
            return Deed(Approval(tuple(people), "all"), tuple(when))
        return Deed(Approval(tuple(people)), tuple(when))

    def _nobody(self, tree: Tree[Token]) -> Deed:
        roles = self.clauses.names.vocabulary.roles()
        offered = tuple(
            Choice(one.name, Message(one.label.text("zh"), one.label.text("en")), one.label.text("zh")) for one in roles
        )
        head = Choice("head", Message("单元负责人", "head of the unit"), "单元负责人")
        raise Question("role", Message("由谁审批？", "Who approves it?"), place_of(tree, self.pieces), (head, *offered))

    def _notify(self, tree: Tree[Token]) -> Deed:
        when: list[Condition] = []
        run = part(tree, "people")
        assert run is not None
        people = tuple(self._people(run, when))
        told = self._text(tree) or "".join(self.clauses.heard.words)
        self.clauses.heard.words.clear()
        return Deed(Notify(people, told), tuple(when))

    def _task(self, tree: Tree[Token]) -> Deed:
        when: list[Condition] = []
        run = part(tree, "people")
        people = self._people(run, when) if run is not None else self._owner(tree)
        due = part(tree, "due")
        within = ""
        if due is not None:
            span = piece_of(next(one for one in leaves(due) if one.type == "SPAN"), self.pieces).value
            assert isinstance(span, Span)
            within = (
                f"{span.count}h" if span.unit == "hour" else f"{span.days if not span.months else span.months * 30}d"
            )
        return Deed(Task(tuple(people), self._text(tree), within), tuple(when))

    def _owner(self, tree: Tree[Token]) -> list[Person]:
        field = self._owner_field()
        if field is None:
            raise Question("role", Message("由谁来做？", "Who does it?"), place_of(tree, self.pieces))
        return [Person("member", path=(field,))]

    def _owner_field(self) -> str | None:
        entity = self.clauses.names.model.entities[self.clauses.names.entity]
        users = [one.name for one in entity.fields.values() if one.kind is FieldKind.USER and not one.read_only]
        return next((name for name in ("owner", "assignee", "manager") if name in users), next(iter(users), None))

    def _people(self, tree: Tree[Token], when: list[Condition]) -> list[Person]:
        return [self._person(one, when) for one in parts(tree, "person")]

    def _person(self, tree: Tree[Token], when: list[Condition]) -> Person:
        """Somebody: names before them may say whose records are meant."""
        words = words_of(tree, self.pieces)
        last = words[-1]
        special = next((one for one in last.meanings if one.sort in {"head", "above", "manager", "initiator"}), None)
        if special is not None and special.sort != "head":
            return self._special(special.sort, words[:-1], when)
        if special is not None:
            self._whose(words[:-1], when)
            return Person("head")
        return self._member_or_role(tree, words, when)

    def _special(self, sort: str, before: Sequence[Piece], when: list[Condition]) -> Person:
        if sort == "manager" and before:
            found = self._user_path(before)
            if found is not None:
                when += found.conditions
                self.clauses.heard.score += found.score
                return Person("manager", path=found.path)
        self._whose(before, when)
        if sort == "above":
            return Person("head", above=1)
        return Person("manager" if sort == "manager" else "initiator")

    def _member_or_role(self, tree: Tree[Token], words: list[Piece], when: list[Condition]) -> Person:
        member = self._user_path(words)
        role = max((one for one in words[-1].meanings if one.sort == "role"), key=lambda one: one.score, default=None)
        own = member is not None and len(member.path) == 1 and member.score >= 0.9 and not member.conditions
        if role is not None and not own and (member is None or role.score >= member.score):
            self._whose(words[:-1], when)
            self.clauses.heard.score += role.score
            return Person("role", role=role.name)
        if member is not None:
            when += member.conditions
            self.clauses.heard.score += member.score
            return Person("member", path=member.path)
        if words[-1].kind == "MYSELF":
            return Person("initiator")
        if any(one.sort == "field" and one.field == "owner" for one in words[-1].meanings):
            return Person("head")
        if len(words) > 1:
            return self._shorter(tree, words, when)
        text = "".join(one.text for one in words)
        roles = self.clauses.names.vocabulary.roles()
        offered = tuple(
            Choice(one.name, Message(one.label.text("zh"), one.label.text("en")), one.label.text("zh")) for one in roles
        )
        raise Question("role", Message(f"「{text}」是谁？", f"Who is “{text}”?"), place_of(tree, self.pieces), offered)

    def _shorter(self, tree: Tree[Token], words: list[Piece], when: list[Condition]) -> Person:
        """Somebody, and what they shall do, which is told them: 提醒负责人更新下一步."""
        rest = "".join(one.text for one in words[1:])
        self.clauses.heard.words.append(rest)
        return self._member_or_role(tree, words[:1], when)

    def _user_path(self, words: Sequence[Piece]) -> Named | None:
        for found in self.clauses.names.readings(words):
            last = self.clauses.names.field(found)
            if last is not None and last.kind is FieldKind.USER and not found.collection:
                return found
        return None

    def _whose(self, words: Sequence[Piece], when: list[Condition]) -> None:
        """Names before a person: whose records it is about."""
        if not words:
            return
        found = self.clauses.names.best(words)
        if found is None:
            raise Misfit(
                Message("不知道指哪些记录", "It is not clear which records are meant"), words[0].start, words[-1].end
            )
        self.clauses.heard.score += found.score
        self.clauses.heard.subjects += found.subject
        when += found.conditions

    def _text(self, tree: Tree[Token]) -> str:
        found = token(tree, "TEXT")
        return str(piece_of(found, self.pieces).value) if found is not None else ""
