"""Publishing: texts, database, model and version change together, or nothing does."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from designer.draft.rows import text_of
from engine.installation.publishing.following import Follower
from engine.installation.publishing.plan import Order
from engine.installation.publishing.publisher import Agreement, DraftMoved, NeedsConsent, restoring_texts
from engine.installation.publishing.staging import CannotPublish
from engine.installation.publishing.swapping import folder_of
from engine.installation.served import DoesNotCompile
from engine.runtime.audit import newest
from engine.runtime.audit_chain.verifying import first_broken
from engine.runtime.design_versions import Sort, files_of
from tests.conftest import fresh_url
from tests.designer.publishing_world import ENTITY, FIELD, PLACE, opened, world


def test_what_is_published_is_text_database_model_and_version(tmp_path: Path, database_url: str) -> None:
    with world(tmp_path, database_url) as here:
        before = here.installation.models.current()
        texts = here.with_field()
        version = here.publish(texts, Agreement(note="first"))
        after = here.installation.models.current()
        assert "place" in after.entities["task"].fields
        assert "place" not in before.entities["task"].fields
        assert "place" in here.columns()
        assert here.live()[ENTITY] == texts[ENTITY]
        assert "tasks/tests/task_status.yaml" not in here.live()
        assert version.fingerprint == after.fingerprint
        assert [(one.sort, one.note) for one in here.versions()] == [(Sort.PUBLISHED, "first"), (Sort.FIRST, "")]
        assert version.words.zh.startswith("新增 1 个字段")
        session_of = here.installation.database.read
        assert session_of(lambda session: newest(session, limit=1))[0].act.action == "publish"
        assert session_of(lambda session: first_broken(session, here.installation.workplace.key)) is None
        assert not list(folder_of(here.data).iterdir())
    with world(tmp_path, database_url) as again:
        assert again.installation.models.current().fingerprint == after.fingerprint


def test_going_back_brings_every_text_of_a_version(tmp_path: Path, database_url: str) -> None:
    with world(tmp_path, database_url) as here:
        old = here.live()
        here.publish(here.with_field())
        first = here.versions()[-1]
        read = here.installation.database.read
        wanted = {
            file: str(read(lambda session, known=known: text_of(session, known)))  # type: ignore[misc]
            for file, known in read(lambda session: files_of(session, first.id)).items()
        }
        assert wanted == old
        texts = restoring_texts(here.live(), wanted)
        order = Order(texts, None, Sort.ROLLBACK, restores=first.id)
        with pytest.raises(NeedsConsent):
            here.publisher.publish(order, Agreement())
        assert here.live() != old
        here.publisher.publish(order, Agreement(consent=True))
        assert here.live() == old
        assert "place" not in here.columns()
        assert [one.sort for one in here.versions()] == [Sort.ROLLBACK, Sort.PUBLISHED, Sort.FIRST]


def test_a_plan_touches_nothing(tmp_path: Path, database_url: str) -> None:
    with world(tmp_path, database_url) as here:
        old, columns = here.live(), here.columns()
        plan = here.publisher.plan(Order(here.with_field(), None))
        assert [one.file for one in plan.texts] == [ENTITY, "tasks/roles/boss.yaml", "tasks/tests/task_status.yaml"]
        assert len(plan.schema.operations) >= 1
        assert (here.live(), here.columns(), here.versions()) == (old, columns, [])
        assert not folder_of(here.data).exists()


def test_what_does_not_compile_is_not_published(tmp_path: Path, database_url: str) -> None:
    with world(tmp_path, database_url) as here:
        old, model = here.live(), here.installation.models.current()
        with pytest.raises(DoesNotCompile):
            here.publish({ENTITY: old[ENTITY].replace("type: date", "type: dat")})
        with pytest.raises(CannotPublish):
            here.publish({ENTITY: old[ENTITY]})
        assert here.live() == old
        assert here.installation.models.current() is model
        assert here.versions() == []


def test_a_draft_that_moved_is_looked_at_again(tmp_path: Path, database_url: str) -> None:
    """The refusal comes in the last transaction, after the texts were swapped: they are swapped back."""
    with world(tmp_path, database_url) as here:
        old, columns = here.live(), here.columns()
        with pytest.raises(DraftMoved):
            here.publisher.publish(Order(here.with_field(), None, rev=7), Agreement())
        assert (here.live(), here.columns(), here.versions()) == (old, columns, [])
        assert not list(folder_of(here.data).iterdir())


def test_what_others_wrote_between_is_a_version_of_its_own(tmp_path: Path, database_url: str) -> None:
    with world(tmp_path, database_url) as here:
        here.publish(here.with_field())
        path = tmp_path / "packs" / ENTITY
        path.write_text(path.read_text("utf-8").replace("max_length: 120", "max_length: 100"), "utf-8")
        here.publish({ENTITY: path.read_text("utf-8").replace(PLACE, PLACE.replace("地点", "地址"))})
        assert [one.sort for one in here.versions()] == [Sort.PUBLISHED, Sort.OUTSIDE, Sort.PUBLISHED, Sort.FIRST]


def test_a_destructive_step_keeps_what_it_retires(tmp_path: Path, database_url: str) -> None:
    with world(tmp_path, database_url) as here:
        here.publish(here.with_field())
        gone = {ENTITY: here.live()[ENTITY].replace(PLACE, "")}
        with pytest.raises(NeedsConsent) as refused:
            here.publish(gone)
        assert "place" in refused.value.message.zh
        here.publish(gone, Agreement(consent=True))
        assert "place" not in here.columns()
        assert FIELD in here.live()[ENTITY]


def test_another_process_serves_what_was_published(tmp_path: Path, postgres_dsn: str | None) -> None:
    """Two openings of one installation; the second looks as its thread does."""
    url = fresh_url("postgres", postgres_dsn, tmp_path)
    with world(tmp_path, url) as here:
        other = opened(tmp_path, url)
        try:
            follower = Follower(other.settings, other.database, other.models)
            follower.start()
            assert not follower.look()
            told: list[str] = []
            other.models.listen(lambda: told.append("swapped"))
            here.publish(here.with_field())
            ends = time.monotonic() + 20
            while not told and time.monotonic() < ends:
                time.sleep(0.05)
            assert "place" in other.models.current().entities["task"].fields
            assert told == ["swapped"]
            follower.stop()
        finally:
            other.database.close()
