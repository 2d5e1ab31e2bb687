"""The decision on a request to leave, as a table; default deny."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.extensions import EgressRequest
from engine.model.names import NO_LABEL, Place
from engine.model.sources import Destination
from engine.runtime.sovereignty.decision import REASONS, Block, Pass, decide_egress, explained

ERP = Destination(
    "erp", NO_LABEL, Place("p", "f", 1), "https", "erp.example.com", 443, "CN", "G2", frozenset({"operation"})
)
ASKED = EgressRequest("erp", "GET", "/api?page=1", "operation")


def test_a_request_that_fits_its_destination_passes() -> None:
    assert decide_egress(ERP, ASKED) == Pass(ERP)
    assert decide_egress(ERP, replace(ASKED, level="G2")) == Pass(ERP)


@pytest.mark.parametrize(
    ("destination", "request_made", "reason"),
    [
        (None, ASKED, "undeclared"),
        (ERP, replace(ASKED, level="G3"), "level"),
        (ERP, replace(ASKED, level="secret"), "level"),
        (ERP, replace(ASKED, purpose="training"), "purpose"),
        (replace(ERP, purposes=frozenset()), ASKED, "purpose"),
        (replace(ERP, jurisdiction="US"), replace(ASKED, level="G1"), "jurisdiction"),
        (replace(ERP, scheme="http"), ASKED, "not_encrypted"),
        (replace(ERP, scheme="postgresql"), ASKED, "protocol"),
        (ERP, replace(ASKED, path="//elsewhere.example/x"), "bad_request"),
        (ERP, replace(ASKED, path="/a\r\nHost: elsewhere"), "bad_request"),
        (ERP, replace(ASKED, path="http://elsewhere/"), "bad_request"),
        (ERP, replace(ASKED, path="/名"), "bad_request"),
        (ERP, replace(ASKED, method="GET /x"), "bad_request"),
    ],
)
def test_a_request_that_does_not_fit_is_blocked_with_its_reason(
    destination: Destination | None, request_made: EgressRequest, reason: str
) -> None:
    assert decide_egress(destination, request_made) == Block(reason)


def test_data_go_where_their_request_says_they_may() -> None:
    abroad = replace(ERP, jurisdiction="US")
    assert decide_egress(abroad, replace(ASKED, level="G1", jurisdictions=frozenset({"CN", "US"}))) == Pass(abroad)
    assert decide_egress(abroad, ASKED) == Pass(abroad), "a request without data"


def test_http_without_encryption_stays_inside() -> None:
    inside = replace(ERP, scheme="http", allow_private=True)
    assert decide_egress(inside, ASKED) == Pass(inside)


def test_every_reason_is_explained_in_both_languages() -> None:
    for reason in REASONS:
        words = explained("erp", reason)
        assert "erp" in words.zh and "erp" in words.en and words.zh != words.en
