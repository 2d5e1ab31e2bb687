"""A site whose administrator designs: commands over HTTP, on a pack of the test's own beside the shipped ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.testclient import TestClient

from tests.web.site import Site

API = "/designer/api"
PAGE = "b2b_sales/pages/activity_list.yaml"


@dataclass
class Designer:
    """One person at the designer."""

    client: TestClient

    def state(self) -> dict[str, Any]:
        answer = self.client.get(f"{API}/state")
        assert answer.status_code == 200, answer.text[:500]
        return dict(answer.json())

    def file(self, file: str) -> dict[str, Any]:
        answer = self.client.get(f"{API}/files/{file}")
        assert answer.status_code == 200, answer.text[:500]
        return dict(answer.json())

    def text(self, file: str) -> str:
        return str(self.file(file)["text"])

    def tries(self, command: Mapping[str, object]) -> tuple[int, dict[str, Any]]:
        answer = self.client.post(f"{API}/commands", json={"command": command})
        return answer.status_code, dict(answer.json())

    def does(self, command: Mapping[str, object]) -> dict[str, Any]:
        status, body = self.tries(command)
        assert status == 200, body
        return body

    def undo(self) -> dict[str, Any]:
        answer = self.client.post(f"{API}/undo")
        assert answer.status_code == 200, answer.text[:500]
        return dict(answer.json())

    def redo(self) -> dict[str, Any]:
        answer = self.client.post(f"{API}/redo")
        assert answer.status_code == 200, answer.text[:500]
        return dict(answer.json())


def undo_all(one: Designer) -> None:
    while one.client.post(f"{API}/undo", json={"problems": "later"}).status_code == 200:
        pass


def designer(site: Site, person: str = "admin") -> Designer:
    return Designer(site.client(person))
