"""A table to bargain at: decided quotes of two customers, and a deal of li's that is under negotiation."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal

from engine.application import make_school
from engine.model.context import Context
from engine.model.trained import Learner, TrainingSettings
from engine.runtime.identity.users import user_by_account
from engine.runtime.modeling.feature_reading import learning_table
from engine.runtime.modeling.model_registry import deploy
from engine.runtime.modeling.model_tables import run_of, version_of
from engine.runtime.modeling.trainings import TrainingWish, begin_training
from engine.runtime.organisation.contexts import Circumstances, context_for
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.work import Work
from engine.runtime.workers import Workers
from tests.web.site import Site

TODAY = date(2026, 3, 2)
DECIDED = 264
ENTITIES = ("product", "opportunity", "quote", "quote_line", "contract", "competitor_event", "receivable", "activity")


def lay_table(site: Site, decided: int = DECIDED, seed: int = 7) -> None:
    """Decided quotes for acme and bravo, contracts of won ones, a signal, sums that were due, and the open deal `talk`."""
    site.inside(lambda work: _Table(work, site.ids, random.Random(seed)).lay(decided))


class _Table:
    def __init__(self, work: Work, ids: dict[str, int], chance: random.Random) -> None:
        self.work, self.ids, self.chance = work, ids, chance
        self.rows: dict[str, list[tuple[int, dict[str, object]]]] = {name: [] for name in ENTITIES}

    def lay(self, decided: int) -> None:
        self._add("press", "product", name="压装机", code="PR-1", list_price=Decimal(100000), cost=Decimal(60000))
        for at in range(decided):
            self._decided(at)
        self._open()
        self._beside()
        for entity, rows in self.rows.items():
            load_rows(self.work, self.work.model.entities[entity], rows)
        finish_loading(self.work, set(ENTITIES))

    def _add(self, row: str, entity: str, **values: object) -> int:
        self.ids[row] = self.work.ids.next()
        self.rows[entity].append((self.ids[row], dict(values)))
        return self.ids[row]

    def _decided(self, at: int) -> None:
        mine = at % 3 != 0
        customer, owner = (self.ids["acme"], self.ids["li"]) if mine else (self.ids["bravo"], self.ids["wang"])
        discount = round(self.chance.uniform(0.01, 0.2), 2)
        days = self.chance.choice([30, 45, 60, 90])
        won = self.chance.random() < 0.05 + discount + days / 120
        opened = TODAY - timedelta(days=700 - at * 640 // DECIDED)
        deal = self._add(
            f"deal{at}",
            "opportunity",
            name=f"项目 {at}",
            customer=customer,
            owner=owner,
            kind=self.chance.choice(["new_business", "expansion"]),
            source=self.chance.choice(["web", "expo"]),
            stage="won" if won else "lost",
            opened_on=opened,
            won_on=opened + timedelta(days=40) if won else None,
            lost_on=None if won else opened + timedelta(days=40),
        )
        prepaid = self.chance.choice(["0", "0.2", "0.3"])
        quote = self._quote(
            f"quote{at}", deal, customer, owner, opened + timedelta(days=20), discount,
            state="accepted" if won else "rejected", payment_days=days, prepayment=Decimal(prepaid),
            decided_on=opened + timedelta(days=40),
        )  # fmt: skip
        if won:
            self._add(
                f"contract{at}",
                "contract",
                name=f"合同 {at}",
                customer=customer,
                opportunity=deal,
                quote=quote,
                owner=owner,
                amount=Decimal(90000),
                payment_days=days,
                prepayment=Decimal(prepaid),
                signed_on=opened + timedelta(days=40),
                state="active",
            )

    def _quote(
        self, name: str, deal: int, customer: int, owner: int, on: date, discount: float, **terms: object
    ) -> int:
        quote = self._add(
            name,
            "quote",
            customer=customer,
            opportunity=deal,
            owner=owner,
            quoted_on=on,
            valid_until=on + timedelta(days=30),
            delivery_weeks=self.chance.choice([4, 6, 8, 10]),
            warranty_months=self.chance.choice([12, 24]),
            revision=1,
            **terms,
        )
        self._add(
            f"{name}_line",
            "quote_line",
            quote=quote,
            product=self.ids["press"],
            quantity=Decimal(self.chance.randint(1, 4)),
            list_price=Decimal(100000),
            discount=Decimal(str(discount)),
            tax_rate=Decimal("0.13"),
            unit_cost=Decimal(60000),
        )
        return quote

    def _open(self) -> None:
        for name, customer, owner in (("talk", "acme", "li"), ("their_talk", "bravo", "wang")):
            deal = self._add(
                name,
                "opportunity",
                name=f"在谈 {customer}",
                customer=self.ids[customer],
                owner=self.ids[owner],
                kind="expansion",
                source="web",
                stage="negotiation",
                opened_on=TODAY - timedelta(days=20),
                competitor="huayi",
            )
            self._quote(
                f"{name}_quote", deal, self.ids[customer], self.ids[owner], TODAY - timedelta(days=3), 0.02,
                state="sent", payment_days=30, prepayment=Decimal("0.3"),
            )  # fmt: skip

    def _beside(self) -> None:
        self._add(
            "signal",
            "competitor_event",
            title="华屹三周交付",
            competitor="huayi",
            kind="delivery",
            happened_on=TODAY - timedelta(days=4),
            source_kind="customer",
            confidence="high",
        )
        self._add(
            "other_signal",
            "competitor_event",
            title="科锐五周交付",
            competitor="kerui",
            kind="delivery",
            happened_on=TODAY - timedelta(days=9),
            source_kind="news",
            confidence="low",
        )
        signed = next(name for name in self.ids if name.startswith("contract") and int(name[8:]) % 3 != 0)
        self._add(
            "due",
            "receivable",
            customer=self.ids["acme"],
            contract=self.ids[signed],
            amount=Decimal(50000),
            due_on=TODAY - timedelta(days=60),
            milestone="acceptance",
            owner=self.ids["li"],
        )


def put_live(site: Site, person: str, model: str) -> None:
    """Train a model from the pipeline of its name with the rights of a person, and deploy it."""
    installation = site.installation
    plan = installation.models.current().pipelines[model].plan
    assert plan is not None
    context = site.inside(lambda work: _context_of(work, person))
    workplace, worker = installation.workplace, Workers()
    wish = TrainingWish(model, TrainingSettings(learner=Learner.LOGISTIC))
    run = workplace.write(context, lambda work: begin_training(work, wish))
    table = workplace.read(context, lambda work: learning_table(work, plan).table)
    make_school(installation, worker).carry_out(workplace, run, lambda: table)
    worker.close()
    done = workplace.read(context, lambda work: run_of(work.session, run))
    assert done.problem is None, done.problem
    boss = site.inside(lambda work: _context_of(work, "admin"))
    workplace.write(boss, lambda work: deploy(work, version_of(work.session, model, 1), "first", despite=True))


def _context_of(work: Work, person: str) -> Context:
    user = user_by_account(work.session, person)
    assert user is not None
    return context_for(work.session, work.model, user, Circumstances(work.context.now, "zh-CN", "Asia/Shanghai"))
