"""Wrong machines: each a fault that such a machine could have, planted where the right one decides, to be found by the trial."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import ModuleType
from typing import Any

from engine.model.flows import Mode, Own
from engine.runtime.workflow import flow_asking, flow_codec, flow_machine, flow_slots, slots
from engine.runtime.workflow.flow_machine import _Run
from engine.runtime.workflow.flow_state import Finished, Phase, SlotStatus, TokenStatus

Wrong = Callable[[Callable[..., Any]], Callable[..., Any]]


def anybody_answers(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda run, token, slot, actor: right(run, token, slot, token.slot(slot).user if token.slot(slot) else actor)


def answers_twice(right: Callable[..., Any]) -> Callable[..., Any]:
    def mine(run: _Run, token: Any, slot: int, actor: int) -> Any:
        found = token.slot(slot)
        return found if found is not None and found.user == actor else right(run, token, slot, actor)

    return mine


def old_visits_count(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda run, identity, visit=None: right(run, identity)


def children_stay(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda run, identity: run.change(tokens=tuple(one for one in run.state.tokens if one.id != identity))


def first_branch_joins(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda run, parent, part: run.finish(run.token(parent)) if parent else right(run, parent, part)


def join_is_lost(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda run, parent, part: None if parent else right(run, parent, part)


def comes_back_by_the_text(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda run, token: right(run, replace(token, resume=""))


def visits_are_not_counted(right: Callable[..., Any]) -> Callable[..., Any]:
    def enter(run: _Run, *where: Any) -> None:
        visits = run.state.visits
        right(run, *where)
        run.change(visits={**run.state.visits, **visits})

    return enter


def nothing_is_forgotten(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda run: None


def nothing_is_remembered(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda run, actor, before: None


def undone_in_order(right: Callable[..., Any]) -> Callable[..., Any]:
    def undo(run: _Run) -> None:
        run.change(finished=tuple(reversed(run.state.finished)))
        right(run)

    return undo


def nothing_is_undone(right: Callable[..., Any]) -> Callable[..., Any]:
    def undo(run: _Run) -> None:
        run.change(finished=())
        right(run)

    return undo


def skipped_steps_are_done(right: Callable[..., Any]) -> Callable[..., Any]:
    def entered(run: _Run, event: Any) -> None:
        if not event.holds:
            token = run.token(event.token)
            run.change(finished=(*run.state.finished, Finished(token.step, token.visit + 1)))
        right(run, event)

    return entered


def entered_twice(right: Callable[..., Any]) -> Callable[..., Any]:
    def entered(run: _Run, event: Any) -> None:
        token = run.token(event.token)
        run.put(replace(token, status=TokenStatus.NEW))
        right(run, event)

    return entered


def failed_twice(right: Callable[..., Any]) -> Callable[..., Any]:
    def failed(run: _Run, event: Any) -> None:
        error = run.shape[run.token(event.token, event.visit).step].step.error
        if error:
            run.enter(error[0].id, event.token, "error")
        else:
            right(run, event)

    return failed


def picks_before_they_are_wanted(right: Callable[..., Any]) -> Callable[..., Any]:
    def picked(run: _Run, event: Any) -> None:
        run.put(replace(run.token(event.token), status=TokenStatus.NEW, problem=""))

    return picked


def unpicked_is_an_error(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda run, event: right(run, replace(event, problem="unreachable"))


def anybody_takes_back(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda run, event: right(run, replace(event, actor=run.state.before_by))


def always_withdrawable(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda flow, state: state.phase is Phase.STEPS


def one_is_enough(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda found, approval: right(found, replace(approval, mode=Mode.ANY))


def rejection_waits(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda found, approval: right(found, approval) or None


def no_veto(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda found, approval: right(tuple(replace(one, veto=False) for one in found), approval)


def half_is_a_majority(right: Callable[..., Any]) -> Callable[..., Any]:
    def verdict(found: slots.Slots, approval: Any) -> Any:
        vote = replace(approval.vote, majority=False, percent=50) if approval.vote.majority else approval.vote
        return right(found, replace(approval, vote=vote))

    return verdict


def added_ones_do_not_count(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda found, slot: {SlotStatus.APPROVED: True, SlotStatus.SKIPPED: True, SlotStatus.REJECTED: False}.get(
        slot.status
    )


def all_at_once(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda found, mode: right(found, Mode.ALL)


def turns_are_not_given(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda found, mode: found


def asked_twice(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda found: frozenset()


def approves_their_own(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda own, initiator, event, people: right(Own.ALLOW, initiator, event, people)


def own_by_a_detour(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda action, state, people: None


def skipped_by_what_was_sent_back(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda repeat, state, earlier: right(repeat, state, {one.step for one in state.finished})


def anybody_takes_out(right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda token, slot, actor: right(token, slot, token.slot(slot).added_by if token.slot(slot) else actor)


def log_forgets_delegates(right: Callable[..., Any]) -> Callable[..., Any]:
    def encode(event: Any) -> Any:
        plain = right(event)
        return {**plain, "instead": {}} if "instead" in plain else plain

    return encode


FAULTS: Mapping[str, tuple[object, str, Wrong]] = {
    "anybody answers": (_Run, "mine", anybody_answers),
    "somebody answers twice": (_Run, "mine", answers_twice),
    "events of older visits count": (_Run, "token", old_visits_count),
    "what is below a token stays": (_Run, "drop", children_stay),
    "the first branch to end joins": (_Run, "part_ended", first_branch_joins),
    "the last branch to end does not join": (_Run, "part_ended", join_is_lost),
    "what was sent back does not come straight back": (_Run, "go_on", comes_back_by_the_text),
    "visits are not counted": (_Run, "enter", visits_are_not_counted),
    "a decision is taken back after effects": (_Run, "forget", nothing_is_forgotten),
    "a decision is never taken back": (_Run, "remember", nothing_is_remembered),
    "undone in the order of doing": (_Run, "undo_next", undone_in_order),
    "nothing is undone": (_Run, "undo_next", nothing_is_undone),
    "skipped steps are undone": (flow_machine, "_entered", skipped_steps_are_done),
    "a step is entered twice": (flow_machine, "_entered", entered_twice),
    "a failure counts twice": (flow_machine, "_failed", failed_twice),
    "people are picked for any step": (flow_machine, "_picked", picks_before_they_are_wanted),
    "a step without its people is taken for broken": (flow_machine, "_failed", unpicked_is_an_error),
    "anybody takes back": (flow_machine, "_taken_back", anybody_takes_back),
    "withdrawn after the decision": (flow_machine, "withdrawable", always_withdrawable),
    "one is enough": (flow_asking, "verdict", one_is_enough),
    "a rejection is not heard": (flow_asking, "verdict", rejection_waits),
    "a veto is not heard": (flow_asking, "verdict", no_veto),
    "half is a majority": (flow_asking, "verdict", half_is_a_majority),
    "those added do not count": (slots, "answer_of", added_ones_do_not_count),
    "all at once instead of in order": (flow_asking, "with_turns", all_at_once),
    "turns are not given": (flow_asking, "with_turns", turns_are_not_given),
    "somebody is asked twice": (flow_slots, "holders", asked_twice),
    "the initiator approves": (flow_asking, "_listed", approves_their_own),
    "the initiator approves by a detour": (flow_machine, "check_own", own_by_a_detour),
    "what was sent back is not asked again": (flow_asking, "_agreed_before", skipped_by_what_was_sent_back),
    "anybody takes out": (flow_machine, "removed", anybody_takes_out),
    "the log forgets delegates": (flow_codec, "encode_event", log_forgets_delegates),
}


@contextmanager
def planted(name: str) -> Iterator[None]:
    """A machine with a fault, as long as it lasts."""
    place, attribute, wrong = FAULTS[name]
    right = getattr(place, attribute)
    acts = dict(flow_machine._ACTS)
    _set(place, attribute, wrong(right))
    flow_machine._ACTS = {kind: wrong(act) if act is right else act for kind, act in acts.items()}
    try:
        yield
    finally:
        _set(place, attribute, right)
        flow_machine._ACTS = acts


def _set(place: object, attribute: str, value: object) -> None:
    assert isinstance(place, type | ModuleType)
    setattr(place, attribute, value)
