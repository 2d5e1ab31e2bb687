"""JSON over HTTP as a source: paging, secrets, limits, faults of every sort, against a real server."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import pytest
from runtime.simulator import Answer, Asked, json_answer
from runtime.source_world import NOW, SourceWorld, remote

from engine.runtime.sources.running import SourceOrder
from engine.runtime.sources.tables import Counts
from engine.runtime.sovereignty.ledger import recent_attempts

SOURCES = {
    "paged": remote("{path: /items, items: /data, page: {parameter: page, size: 2, size_parameter: size}}"),
    "from_zero": remote("{path: '/items?x=1', items: /data, page: {parameter: page, size: 2, first: 0}}"),
    "cursor": remote("{path: /items, items: /data, parameters: {sort: sku}, cursor: {parameter: after, next: /next}}"),
    "linked": remote("{path: /items, follow: link}"),
    "locked": remote("{path: /items, items: /data, authentication: {secret: erp_token}}"),
    "keyed": remote("{path: /items, items: /data, authentication: {header: X-Key, prefix: '', secret: erp_token}}"),
    "unlocked": remote("{path: /items, items: /data, authentication: {secret: nobody_set_it}}"),
    "plain": remote("{path: /items, items: /data}"),
    "skipped": remote(
        "{path: /items, items: /data, page: {parameter: $skip, size: 2, size_parameter: $top, by: rows}}"
    ),
    "told": remote("{path: /items, items: /value, next: /@odata.nextLink}"),
    "granted": remote(
        "{path: /items, items: /data, authentication: {secret: erp_token, token: {path: /token, client: us, scope: a b}}}"
    ),
    "asked": remote(
        "{path: /items, items: /data, since: {parameter: $filter, field: /at, form: 'at ge {since} and live eq true'}}"
    ),
    "both": remote("{path: /items, follow: link, cursor: {parameter: a, next: /b}}"),
}


SECRETS = {"DOUGONG_SECRET_ERP_TOKEN": "s3cret"}


def item(number: int, **more: object) -> dict[str, object]:
    return {"sku": f"A{number}", "title": f"物料 {number}", "price": {"list": number + 0.25}, **more}


def laid(world: SourceWorld, answer: Answer) -> None:
    world.simulator.lay("/items", answer)


def test_pages_are_read_until_one_is_not_full(world: SourceWorld) -> None:
    def answer(asked: Asked) -> Answer:
        page = int(asked.query["page"])
        return json_answer({"data": [item(number) for number in range(page * 2, min(page * 2 + 2, 7))]})

    world.simulator.lay("/items", answer)
    assert world.run("paged").counts == Counts(5, 5, 0, 0, 0)
    assert [one.query for one in world.simulator.asked] == [{"page": str(n), "size": "2"} for n in (1, 2, 3)]
    assert [str(row[2]) for row in world.rows()] == ["2.2500", "3.2500", "4.2500", "5.2500", "6.2500"]
    before = world.versions()
    assert world.run("paged").counts == Counts(5, 0, 0, 5, 0)
    assert world.versions() == before


def test_pages_may_count_from_zero_beside_a_written_query(world: SourceWorld) -> None:
    laid(world, json_answer({"data": [item(1)]}))
    assert world.run("from_zero").counts.created == 1
    assert world.simulator.asked[0].query == {"x": "1", "page": "0"}


def test_a_cursor_is_handed_back_until_there_is_none(world: SourceWorld) -> None:
    follow = {"": "b/2&", "b/2&": 3, "3": None}

    def answer(asked: Asked) -> Answer:
        after = asked.query.get("after", "")
        assert asked.query["sort"] == "sku"
        return json_answer({"data": [item(len(after))], "next": follow[after]})

    world.simulator.lay("/items", answer)
    assert world.run("cursor").counts == Counts(3, 3, 0, 0, 0)


def test_pages_may_be_asked_for_by_the_rows_before_them(world: SourceWorld) -> None:
    world.simulator.lay(
        "/items", lambda asked: json_answer({"data": [item(n) for n in range(5)][int(asked.query["$skip"]) :][:2]})
    )
    assert world.run("skipped").counts == Counts(5, 5, 0, 0, 0)
    assert [one.query for one in world.simulator.asked] == [{"$skip": str(n), "$top": "2"} for n in (0, 2, 4)]


def test_a_link_in_the_body_leads_on_and_nowhere_else(world: SourceWorld) -> None:
    pages = {"": "/items?p=2", "2": f"http://localhost:{world.simulator.port}/items?p=3", "3": "//127.0.0.1:1/items"}

    def answer(asked: Asked) -> Answer:
        page = asked.query.get("p", "")
        return json_answer({"value": [item(len(page) + len(pages[page]))], "@odata.nextLink": pages[page]})

    world.simulator.lay("/items", answer)
    report = world.run("told")
    assert (report.error, report.counts.created, len(world.simulator.asked)) == ("foreign_link", 3, 3)


def test_what_changed_may_be_asked_for_in_a_sentence(world: SourceWorld) -> None:
    laid(world, json_answer({"data": [item(1, at="2026-03-01T08:00:00Z")]}))
    for _ in range(2):
        assert world.run("asked").error is None
    asked = [one.query.get("$filter") for one in world.simulator.asked]
    assert asked == [None, "at ge 2026-03-01T08:00:00Z and live eq true"]


def test_a_token_is_asked_for_by_client_credentials_and_again_when_it_is_over(world: SourceWorld) -> None:
    given: list[str] = []

    def token(asked: Asked) -> Answer:
        given.append(asked.body)
        return json_answer({"access_token": f"t{len(given)}"})

    def answer(asked: Asked) -> Answer:
        return json_answer({"data": [item(1)]}) if asked.headers["authorization"] == "Bearer t2" else Answer(401)

    world.simulator.lay("/token", token)
    world.simulator.lay("/items", answer)
    assert world.run("granted").counts.created == 1
    assert given == ["grant_type=client_credentials&client_id=us&client_secret=s3cret&scope=a+b"] * 2
    assert world.run("granted").error == "not_authorised"
    world.simulator.lay("/token", json_answer({"access_token": ["no", "text"]}))
    refused = world.run("granted")
    assert refused.error == "not_authorised" and refused.fault is not None and "client" in refused.fault.message.en


def test_a_link_header_leads_on_within_the_destination(world: SourceWorld) -> None:
    def answer(asked: Asked) -> Answer:
        page = int(asked.query.get("p", "1"))
        link = f'</items?p=9>; rel="last", <http://localhost:{world.simulator.port}/items?p={page + 1}>; rel="next"'
        return json_answer([item(page)], ("Link", link)) if page < 3 else json_answer([item(page)])

    world.simulator.lay("/items", answer)
    assert world.run("linked").counts.created == 3


@pytest.mark.parametrize("target", ["http://elsewhere.example/items", "//127.0.0.1:1/items", "https://localhost/items"])
def test_a_link_header_leads_nowhere_else(world: SourceWorld, target: str) -> None:
    laid(world, json_answer([item(1)], ("Link", f"<{target}>; rel=next")))
    report = world.run("linked")
    assert (report.error, report.counts.created, len(world.simulator.asked)) == ("foreign_link", 1, 1)


def test_a_secret_comes_from_the_environment_and_stands_nowhere_else(world: SourceWorld) -> None:
    def answer(asked: Asked) -> Answer:
        known = asked.headers.get("authorization") == "Bearer s3cret" or asked.headers.get("x-key") == "s3cret"
        return json_answer({"data": [item(1)]}) if known else Answer(401)

    world.simulator.lay("/items", answer)
    assert world.run("plain").error == "not_authorised"
    assert world.run("locked").error is None
    assert world.run("keyed").error is None
    missing = world.run("unlocked")
    assert missing.error == "no_secret"
    assert missing.fault is not None
    assert "DOUGONG_SECRET_NOBODY_SET_IT" in missing.fault.message.en


@pytest.mark.parametrize("status", [429, 503])
def test_a_limit_is_waited_out_as_long_as_it_says(world: SourceWorld, status: int) -> None:
    later = format_datetime(world.clock.now() + timedelta(seconds=12), usegmt=True)
    answers = [
        Answer(status, b"", (("Retry-After", "7"),)),
        Answer(status, b"", (("Retry-After", later),)),
        Answer(status),
        json_answer({"data": [item(1)]}),
    ]
    world.simulator.lay("/items", lambda _: answers.pop(0))
    assert world.run("plain").counts.created == 1
    assert world.waits == [7.0, 5.0, 4.0]


def test_all_waits_of_a_run_together_have_an_end(world: SourceWorld) -> None:
    def answer(asked: Asked) -> Answer:
        limited = len(world.simulator.asked) % 2 == 1
        page = int(asked.query["page"])
        return (
            Answer(429, b"", (("Retry-After", "50"),))
            if limited
            else json_answer({"data": [item(page), item(page + 100)]})
        )

    world.simulator.lay("/items", answer)
    report = world.run("paged")
    assert (report.error, report.counts.created, sum(world.waits)) == ("rate_limited", 12, 300)


@pytest.mark.parametrize(
    ("answer", "tries", "error"),
    [
        (Answer(429, b"", (("Retry-After", "3600"),)), 1, "rate_limited"),
        (Answer(429, b"", (("Retry-After", "1"),)), 5, "rate_limited"),
        (Answer(503), 5, "bad_status"),
        (Answer(500), 1, "bad_status"),
        (Answer(404), 1, "bad_status"),
        (Answer(403), 1, "not_authorised"),
        (Answer(200, b"<html>", (("Content-Type", "text/html"),)), 1, "content_type"),
        (Answer(200, b"{}"), 1, "content_type"),
        (Answer(200, b'{"data": [', (("Content-Type", "application/json"),)), 1, "bad_json"),
        (Answer(200, b'{"data": NaN}', (("Content-Type", "application/json"),)), 1, "bad_json"),
        (Answer(200, "{}".encode("utf-16"), (("Content-Type", "application/json"),)), 1, "bad_json"),
        (Answer(200, b"[" * 100_000, (("Content-Type", "application/json"),)), 1, "bad_json"),
        (json_answer({"rows": []}), 1, "no_items"),
        (json_answer({"data": {"a": 1}}), 1, "no_items"),
        (Answer(302, b"", (("Location", "http://169.254.169.254/latest"),)), 1, "redirect"),
        (Answer(200, iter([b"{"]), (("Content-Length", "50"),)), 1, "broken"),
        (Answer(200, b" " * 10_000_001, (("Content-Type", "application/json"),)), 1, "too_large"),
    ],
)
def test_a_fault_of_the_other_side_has_a_name_and_leaves_no_row(
    world: SourceWorld, answer: Answer, tries: int, error: str
) -> None:
    laid(world, answer)
    report = world.run("plain")
    assert (report.error, len(world.simulator.asked)) == (error, tries)
    assert report.fault is not None
    assert report.fault.message.zh
    assert world.rows() == []
    assert [(one.error, one.ended is not None) for one in world.runs("plain")] == [(error, True)]


def test_a_fault_on_a_later_page_keeps_what_was_read_before(world: SourceWorld) -> None:
    answers = [json_answer({"data": [item(1), item(2)]}), Answer(500)]
    world.simulator.lay("/items", lambda _: answers.pop(0))
    report = world.run("paged")
    assert (report.error, report.counts) == ("bad_status", Counts(2, 2, 0, 0, 0))


def test_a_server_that_ignores_the_page_is_found_out(world: SourceWorld) -> None:
    laid(world, json_answer({"data": [item(1), item(2)]}))
    report = world.run("paged")
    assert (report.error, len(world.simulator.asked), report.counts.created) == ("page_repeats", 2, 2)


def test_items_that_are_wrong_are_named_and_keep_nobody_out(world: SourceWorld) -> None:
    items = [
        item(1, maker={"code": "M1"}),
        {"sku": ["A2"], "title": "列表"},
        "只是文字",
        item(4, made="昨天"),
        item(5, grade="fine", made="2026-01-02", maker={}),
        {"sku": 6, "title": True, "price": {"list": 12.1}},
    ]
    laid(world, json_answer({"data": items}))
    report = world.run("plain")
    assert report.counts == Counts(6, 3, 0, 0, 3)
    assert [(one.position.en, one.field) for one in report.problems if one.field != "name"] == [
        ("page 1, item 2", "code"),
        ("page 1, item 3", "code"),
        ("page 1, item 4", "made_on"),
    ]
    assert [(row[0], row[1], str(row[2]), row[5]) for row in world.rows()] == [
        ("6", "true", "12.1000", None),
        ("A1", "物料 1", "1.2500", "华东厂"),
        ("A5", "物料 5", "5.2500", None),
    ]


def test_every_request_is_in_the_egress_record_without_paths_or_secrets(world: SourceWorld) -> None:
    laid(world, json_answer({"data": [item(1)]}))
    world.run("locked")
    attempts = world.installation.database.read(lambda session: recent_attempts(session, 1))
    assert [(one.destination, one.decision, one.reason, one.status) for one in attempts] == [
        ("erp", "allowed", None, 200)
    ]
    assert attempts[0].bytes_in > 50
    assert attempts[0].at == NOW or attempts[0].at > NOW


def test_an_error_that_nobody_foresaw_is_recorded_and_goes_on_to_who_asked(world: SourceWorld) -> None:
    def broken(seconds: float) -> None:
        raise ZeroDivisionError

    laid(world, Answer(429))
    with pytest.raises(ZeroDivisionError):
        replace(world.runner, wait=broken).run(SourceOrder("plain"))
    assert [(one.error, one.ended is not None) for one in world.runs("plain")] == [("internal_error", True)]


def test_two_ways_of_paging_are_one_too_many(world: SourceWorld) -> None:
    assert world.run("both").error == "bad_settings"
