"""All tables of the kernel, besides those of the model and of the migration journal."""

from __future__ import annotations

from engine.runtime.attachments import ATTACHMENT_TABLE
from engine.runtime.audit import AUDIT_TABLES
from engine.runtime.bulk_runs.tables import BULK_TABLES
from engine.runtime.comments.tables import COMMENT_TABLES
from engine.runtime.design_tables import DESIGN_TABLES
from engine.runtime.design_versions import DESIGN_VERSION_TABLE
from engine.runtime.drafts import DRAFT_TABLE
from engine.runtime.events import EVENT_TABLES
from engine.runtime.facts.epoch import EPOCH_TABLE
from engine.runtime.figure_watches.watches import WATCH_TABLE
from engine.runtime.idempotency import IDEMPOTENCY_TABLE
from engine.runtime.identity.screens import SCREEN_TABLE
from engine.runtime.identity.stamp import STAMP_TABLE
from engine.runtime.identity.tables import IDENTITY_TABLES
from engine.runtime.jobs import JOB_TABLE
from engine.runtime.knowledge.tables import KNOWLEDGE_TABLES
from engine.runtime.leases import NODE_TABLE
from engine.runtime.list_views import LIST_VIEW_TABLES
from engine.runtime.live_settings import SETTING_TABLE
from engine.runtime.measuring import MEASURE_TABLE
from engine.runtime.modeling.model_tables import MODEL_TABLES
from engine.runtime.moments import MOMENT_TABLE
from engine.runtime.negotiation.decision_tables import DECISION_TABLE
from engine.runtime.notices import NOTICE_TABLE
from engine.runtime.notifying.deliveries import DELIVERY_TABLE
from engine.runtime.notifying.preferences import PREFERENCE_TABLE
from engine.runtime.openid.tables import OPENID_TABLES
from engine.runtime.organisation.tables import ORGANISATION_TABLES
from engine.runtime.records.changed_formulas import FORMULAS_TABLE
from engine.runtime.records.numbering import SEQUENCE_TABLE
from engine.runtime.release import RELEASE_TABLE
from engine.runtime.removed_packs import REMOVED_TABLE
from engine.runtime.reports.subscriptions import REPORT_TABLE
from engine.runtime.rollups.state import ROLLUP_TABLE
from engine.runtime.schema.tables import Table
from engine.runtime.search.index import INDEX_TABLE
from engine.runtime.search.likeness import LIKENESS_TABLE
from engine.runtime.sources.kept_secrets import SOURCE_SECRET_TABLE
from engine.runtime.sources.refusals import REFUSAL_TABLE
from engine.runtime.sources.seen import SEEN_TABLE
from engine.runtime.sources.standing import STANDING_TABLE
from engine.runtime.sources.tables import SOURCE_RUN_TABLE
from engine.runtime.sovereignty.counters import COUNTER_TABLES
from engine.runtime.sovereignty.ledger import EGRESS_TABLE
from engine.runtime.sovereignty.level_tables import LEVEL_TABLES
from engine.runtime.sovereignty.subjects.tables import SUBJECT_TABLES
from engine.runtime.sovereignty.switches import BREAKER_TABLE
from engine.runtime.sovereignty.tickets import TICKET_TABLE
from engine.runtime.themes.tables import THEME_TABLES
from engine.runtime.transfer.tables import IMPORT_TABLES
from engine.runtime.workflow.calendar_days import CALENDAR_TABLES
from engine.runtime.workflow.flow_tables import FLOW_TABLES
from engine.runtime.workflow.phrases import PHRASE_TABLE

KERNEL_TABLES: tuple[Table, ...] = (
    *IDENTITY_TABLES,
    *OPENID_TABLES,
    STAMP_TABLE,
    SCREEN_TABLE,
    *ORGANISATION_TABLES,
    *EVENT_TABLES,
    *AUDIT_TABLES,
    IDEMPOTENCY_TABLE,
    DRAFT_TABLE,
    *DESIGN_TABLES,
    DESIGN_VERSION_TABLE,
    SEQUENCE_TABLE,
    ATTACHMENT_TABLE,
    NODE_TABLE,
    JOB_TABLE,
    SOURCE_RUN_TABLE,
    STANDING_TABLE,
    SEEN_TABLE,
    REFUSAL_TABLE,
    SOURCE_SECRET_TABLE,
    EGRESS_TABLE,
    *LEVEL_TABLES,
    BREAKER_TABLE,
    TICKET_TABLE,
    *COUNTER_TABLES,
    INDEX_TABLE,
    FORMULAS_TABLE,
    LIKENESS_TABLE,
    ROLLUP_TABLE,
    EPOCH_TABLE,
    SETTING_TABLE,
    REMOVED_TABLE,
    RELEASE_TABLE,
    MOMENT_TABLE,
    MEASURE_TABLE,
    *FLOW_TABLES,
    NOTICE_TABLE,
    DELIVERY_TABLE,
    PREFERENCE_TABLE,
    REPORT_TABLE,
    WATCH_TABLE,
    PHRASE_TABLE,
    *COMMENT_TABLES,
    *CALENDAR_TABLES,
    *THEME_TABLES,
    *IMPORT_TABLES,
    *BULK_TABLES,
    *KNOWLEDGE_TABLES,
    *LIST_VIEW_TABLES,
    *MODEL_TABLES,
    DECISION_TABLE,
    *SUBJECT_TABLES,
)
