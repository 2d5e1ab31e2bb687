"""An erasure from the request to the certificate, on both databases: nothing of the subject is found again, nothing of others
changes, and a proof without its control is void."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.diagnostics import DougongError
from engine.runtime.sovereignty.scanner.searching import Search
from engine.runtime.sovereignty.subjects.deciding import approve, open_request, withdraw
from engine.runtime.sovereignty.subjects.plan import read_plan
from engine.runtime.sovereignty.subjects.requests import RequestState
from engine.runtime.sovereignty.subjects.verify_certificate import problems_of
from tests.runtime.subjects.subject_world import CHECKED, OFFICERS, SubjectWorld, subject_world


def seen(world: SubjectWorld, texts: tuple[str, ...]) -> set[tuple[int, str, str]]:
    """Where texts stand in the installation, by a search of our own making."""
    search = Search(texts)
    search.folder(world.data, ("erasing", "model.kept"))
    if world.installation.database.dialect == "postgres":
        search.postgres(world.installation.settings.database)
    return search.hits


def test_a_subject_leaves_every_store_and_nothing_else_changes(tmp_path: Path, database_url: str) -> None:
    with subject_world(tmp_path, database_url) as world:
        gone, stays = world.canaries
        before = world.digest(stays)
        assert {hit[0] for hit in seen(world, gone.texts)} == set(range(5)), "the control: all of it is there"
        request = world.asked(gone)
        plan = read_plan(request.plan or "")
        assert request.state is RequestState.PLANNED
        assert {len(plan.rows[name]) for name in ("customer", "contact", "opportunity")} == {1}
        assert plan.rows["customer"] == (gone.record,)
        told = request.plan or ""
        assert not any(text in told for text in gone.texts), "a plan tells ids, no value"

        ended = world.approved(request)
        assert (ended.state, ended.problem) == (RequestState.DONE, None), ended.certificate
        assert seen(world, gone.texts) == set()
        assert world.digest(stays) == before
        whole = json.loads(ended.certificate or "")
        assert problems_of(whole) == []
        assert not any(text in (ended.certificate or "") for text in gone.texts)
        assert len(whole["certificate"]["proof"]["forms"]) >= 20
        assert whole["certificate"]["proof"]["control"]["planted"] > 500
        assert not list((world.data / "erasing").iterdir()), "what was looked for is gone too"
        csv = (world.data / "inbox" / f"{gone.record}.csv").read_text("utf-8")
        assert csv == "code,name\nA1,others\n"


@pytest.mark.one_database
def test_two_persons_agree_to_the_very_plan_that_is_carried_out(tmp_path: Path, database_url: str) -> None:
    with subject_world(tmp_path, database_url, plant=False) as world:
        gone = world.canaries[0]
        request = world.asked(gone)
        digest = request.digest or ""
        with pytest.raises(DougongError, match="Somebody else has to approve"):
            world.by(OFFICERS[0], lambda work: approve(work, request.id, digest))
        with pytest.raises(DougongError, match="has changed since"):
            world.by(OFFICERS[1], lambda work: approve(work, request.id, "0" * 64))
        with pytest.raises(DougongError, match="under way already"):
            world.by(OFFICERS[0], lambda work: open_request(work, ("customer", gone.record), CHECKED, world.ledger))
        world.by(OFFICERS[1], lambda work: approve(work, request.id, digest))
        with pytest.raises(DougongError, match="cannot be withdrawn"):
            world.by(OFFICERS[0], lambda work: withdraw(work, request.id))
        world.ledger.rename(world.ledger.with_suffix(".away"))
        with pytest.raises(DougongError, match="Without it nothing is erased"):
            world.carried_on(request.id)
        assert world.digest(gone)[0], "no ledger, no erasure"  # type: ignore[index]
        world.ledger.with_suffix(".away").rename(world.ledger)
        assert world.carried_on(request.id).state is RequestState.DONE
        assert [one["act"] for one in map(json.loads, world.ledger.read_text().splitlines()[1:])] == ["intent", "done"]


@pytest.mark.one_database
def test_a_store_that_nobody_declares_stops_an_erasure(tmp_path: Path, database_url: str) -> None:
    with subject_world(tmp_path, database_url, subjects=1, plant=False) as world:
        (world.data / "dump.csv").write_text("x")
        with pytest.raises(DougongError, match=r"nobody declares: dump\.csv"):
            world.asked(world.canaries[0])


@pytest.mark.one_database
def test_a_certificate_that_was_altered_does_not_hold(tmp_path: Path, database_url: str) -> None:
    with subject_world(tmp_path, database_url, subjects=1, plant=False) as world:
        whole = json.loads(world.erased(world.canaries[0]).certificate or "")
    assert problems_of(whole) == []
    assert problems_of(whole, "00" * 32) == ["another_key"]
    for path in (("buckets", "erasable"), ("proof", "bytes"), ("persons",)):
        altered = json.loads(json.dumps(whole))
        at = altered["certificate"]
        for name in path[:-1]:
            at = at[name]
        at[path[-1]] += 1
        assert problems_of(altered) == ["signature"]
    void = json.loads(json.dumps(whole))
    void["certificate"]["proof"]["valid"] = False
    assert "control_not_found" in problems_of(void)
