"""Actions of a sentence: who approves, is told or does, what is refused, required, limited, written, moved on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lark import Token, Tree

from engine.diagnostics import Message
from engine.dsl.rule_words.deed_people import Deed, DeedPeople
from engine.dsl.rule_words.doubts import Misfit, Question
from engine.dsl.rule_words.meaning import (
    Action,
    Cell,
    Condition,
    Limit,
    Move,
    OneOf,
    Put,
    Refuse,
    Require,
    Sign,
    Start,
    Term,
    Warn,
    Words,
)
from engine.dsl.rule_words.moves import move_named, move_to
from engine.dsl.rule_words.names import Named
from engine.dsl.rule_words.predicates import Predicates, Said
from engine.dsl.rule_words.tokens import Piece
from engine.dsl.rule_words.trees import leaves, part, parts, place_of, sign_of, token, words_of
from engine.model.entities import FieldKind


@dataclass(frozen=True)
class Deeds(DeedPeople):
    """Reads actions on the records that the clauses are about."""

    def all_of(self, tree: Tree[Token]) -> list[Deed]:
        """Every action. Raises Doubt."""
        read: dict[str, Callable[[Tree[Token]], Deed]] = {
            "approval": self._approval, "approval_bare": self._nobody, "notify": self._notify, "warn": self._warn,
            "refuse": self._refuse, "require": self._require, "limit": self._limit, "task": self._task,
            "assign": self._assign, "put": self._put, "auto": self._auto,
        }  # fmt: skip
        return _with_messages([read[one.data](one) for one in tree.children if isinstance(one, Tree)])

    def stopped(self, tree: Tree[Token]) -> Deed:
        """What stands before the records that it is about: refused, or warned of."""
        return self._warn(tree) if token(tree, "WARN") else self._refuse(tree)

    # ---- saying no

    def _warn(self, tree: Tree[Token]) -> Deed:
        return Deed(Warn(self._text(tree)))

    def _refuse(self, tree: Tree[Token]) -> Deed:
        act = token(tree, "ACT", "APPROVE")
        when: list[Condition] = []
        for run in parts(tree, "np"):
            self._forbidden(words_of(run, self.pieces))
        if act is not None:
            word = "通过" if act.type == "APPROVE" else str(act)
            move = move_named(self.clauses.names.model, self.clauses.names.entity, word)
            if move:
                self.clauses.heard.start = Start("move", move)
        return Deed(Refuse(self._text(tree)), tuple(when))

    def _forbidden(self, words: Sequence[Piece]) -> None:
        """What must not be done: a move of the state, by its own name or by the state that it leads to; or any change."""
        names = self.clauses.names
        for word in words:
            for meaning in sorted(word.meanings, key=lambda one: -one.score):
                if meaning.sort in {"move", "option"} and meaning.entity == names.entity:
                    move = meaning.name if meaning.sort == "move" else move_to(names.model, names.entity, meaning.name)
                    if move is not None:
                        self.clauses.heard.start = Start("move", move)
                        self.clauses.heard.score += meaning.score
                        return
            move = move_named(names.model, names.entity, word.text)
            if move is not None:
                self.clauses.heard.start = Start("move", move)
                return
        if not any(one.sort == "stamp" for word in words for one in word.meanings):
            raise Misfit(Message("不能做什么？", "What must not be done?"), words[0].start, words[-1].end)

    def _require(self, tree: Tree[Token]) -> Deed:
        when: list[Condition] = []
        for run in parts(tree, "np"):
            self._whose(words_of(run, self.pieces), when)
        fields: list[str] = []
        for listed in parts(tree, "names"):
            for run in parts(listed, "np"):
                named = self._own_field(run)
                when += named.conditions
                fields.append(named.path[0])
        return Deed(Require(tuple(fields)), tuple(when))

    def _own_field(self, run: Tree[Token]) -> Named:
        for found in self.clauses.names.readings(words_of(run, self.pieces)):
            if len(found.path) == 1 and not found.collection:
                self.clauses.heard.score += found.score
                self.clauses.heard.subjects += found.subject
                return found
        text = "".join(one.text for one in words_of(run, self.pieces))
        raise Misfit(
            Message(f"「{text}」不是可填写的字段", f"“{text}” is no field to fill in"), *place_of(run, self.pieces)
        )

    def _limit(self, tree: Tree[Token]) -> Deed:
        being = part(tree, "being")
        if being is not None:
            return self._never(tree, being)
        said, when = self._limited(tree)
        forbidden = token(tree, "FORBID") is not None
        between = part(tree, "between")
        if between is not None:
            low, high = (
                Predicates(self.clauses.names, self.pieces).limit_term(said, "=", one)[1]
                for one in parts(between, "operand")
            )
            assert isinstance(said.term, Cell)
            return Deed(Limit(said.term.path, most=high, least=low), when)
        operand = part(tree, "operand")
        written = sign_of(next(one for one in leaves(tree) if one.type in {"SIGN", "ENDSIGN"}), self.pieces)
        assert operand is not None and isinstance(said.term, Cell)
        sign, term = Predicates(self.clauses.names, self.pieces).limit_term(said, written, operand)
        return Deed(limit_of(said.term.path, sign, term, forbidden=forbidden), when)

    def _never(self, tree: Tree[Token], being: Tree[Token]) -> Deed:
        """不能是: refused where it is."""
        said, when = self._limited(tree)
        return Deed(Refuse(), (*when, Predicates(self.clauses.names, self.pieces).condition(said, being)))

    def _limited(self, tree: Tree[Token]) -> tuple[Said, tuple[Condition, ...]]:
        """The field that a limit is set to; without one that which was spoken of last."""
        run = part(tree, "np")
        if run is None:
            last = self.clauses.heard.last
            if last is None or not isinstance(last.term, Cell):
                raise Misfit(Message("限制哪个字段？", "Which field is limited?"), *place_of(tree, self.pieces))
            return last, ()
        for found in self.clauses.names.readings(words_of(run, self.pieces)):
            if found.path and not found.collection:
                self.clauses.heard.score += found.score
                self.clauses.heard.subjects += found.subject
                said = self.clauses.term(found, run)
                self.clauses.heard.last = said
                return said, found.conditions
        raise Misfit(Message("限制哪个字段？", "Which field is limited?"), *place_of(run, self.pieces))

    # ---- writing

    def _assign(self, tree: Tree[Token]) -> Deed:
        when: list[Condition] = []
        people = part(tree, "people")
        assert people is not None
        run = part(tree, "np")
        field = self._owner_field()
        if run is not None:
            found = self.clauses.names.best(words_of(run, self.pieces))
            if found is not None and found.path:
                field = found.path[0]
            elif found is not None:
                when += found.conditions
                self.clauses.heard.subjects += found.subject
        (person,) = self._people(people, when)[:1]
        if field is None or person.sort != "member":
            raise Question(
                "role",
                Message("只能分配给记录里写着的人，例如客户的销售；要由角色来定人，请改为给他们建待办",
                        "It can be assigned to a person that stands in a record, such as the customer's salesperson; for a role, make a to-do instead"),
                place_of(people, self.pieces),
            )  # fmt: skip
        return Deed(Put(field, Cell(person.path)), tuple(when))

    def _put(self, tree: Tree[Token]) -> Deed:
        run, operand = part(tree, "np"), part(tree, "operand")
        assert operand is not None
        option = self._option_alone(run, operand)
        if option is not None:
            return option
        if run is None:
            raise Misfit(Message("把哪个字段设为它？", "Which field is set to it?"), *place_of(operand, self.pieces))
        named = self._own_field(run)
        said = Said(Cell(named.path), self.clauses.names.field(named), place_of(run, self.pieces))
        assert said.field is not None
        if said.field.kind is FieldKind.BOOLEAN:
            text = "".join(one.text for one in words_of(operand, self.pieces))
            return Deed(Put(named.path[0], text not in {"否", "no", "false"}), named.conditions)
        if said.field.kind is FieldKind.USER:
            found = self._user_path(words_of(operand, self.pieces))
            if found is None:
                raise Misfit(Message("设为哪个人？", "Set to whom?"), *place_of(operand, self.pieces))
            return Deed(Put(named.path[0], Cell(found.path)), named.conditions)
        _, term = Predicates(self.clauses.names, self.pieces).limit_term(said, "=", operand)
        return Deed(Put(named.path[0], Words(term.text) if isinstance(term, Words) else term), named.conditions)

    def _option_alone(self, run: Tree[Token] | None, operand: Tree[Token]) -> Deed | None:
        """标为无效: an option of a field says which field; of a state it is the move that leads there."""
        words = words_of(operand, self.pieces)
        before = self.clauses.names.best(words_of(run, self.pieces)) if run is not None else None
        wanted = before.path[-1] if before is not None and before.path else ""
        when = before.conditions if before is not None else ()
        if before is not None:
            self.clauses.heard.subjects += before.subject
        for found in self.clauses.names.readings(words):
            option = next((one for one in found.conditions if isinstance(one, OneOf)), None)
            if (
                option is None
                or len(option.path) != 1
                or found.path
                or found.collection
                or (wanted and option.path[0] != wanted)
            ):
                continue
            self.clauses.heard.score += found.score
            return Deed(self._chosen(option), when)
        return None

    def _chosen(self, option: OneOf) -> Action:
        names = self.clauses.names
        field = names.model.entities[names.entity].fields[option.path[0]]
        if field.kind is not FieldKind.STATE:
            return Put(field.name, option.options[0])
        move = move_to(names.model, names.entity, option.options[0])
        if move is None:
            raise Misfit(Message("没有到这个状态的流转", "No move leads to this state"))
        return Move(move)

    def _auto(self, tree: Tree[Token]) -> Deed:
        names = self.clauses.names
        if token(tree, "APPROVE"):
            move = move_named(names.model, names.entity, "通过")
            if move is None:
                raise Misfit(
                    Message("这种记录没有批准这一步", "These records have no approval to take"),
                    *place_of(tree, self.pieces),
                )
            return Deed(Move(move))
        words = words_of(parts(tree, "np")[0], self.pieces)
        for word in reversed(words):
            for meaning in word.meanings:
                if meaning.sort == "move" and meaning.entity == names.entity:
                    self.clauses.heard.score += meaning.score
                    return Deed(Move(meaning.name))
        done = self._option_alone(None, parts(tree, "np")[0])
        if done is None:
            raise Misfit(Message("自动做什么？", "What is done automatically?"), *place_of(tree, self.pieces))
        return done


def _with_messages(deeds: list[Deed]) -> list[Deed]:
    """拒绝保存，提示「…」 is one action: what the refusal says."""
    found: list[Deed] = []
    for one in deeds:
        last = found[-1] if found else None
        if last is not None and last.action == Refuse() and isinstance(one.action, Warn) and one.action.message:
            found[-1] = Deed(Refuse(one.action.message), last.when)
        else:
            found.append(one)
    return found


def limit_of(path: tuple[str, ...], sign: Sign, term: Term, *, forbidden: bool) -> Limit:
    """A limit from a sign: what is forbidden above is allowed up to there."""
    upper = sign in {">", ">="} if forbidden else sign in {"<", "<="}
    return Limit(path, most=term) if upper else Limit(path, least=term)
