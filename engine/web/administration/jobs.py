"""Jobs and dead letters: background work that waits, runs, is tried again or has stopped; taken up again or given up."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import BadRequest, NotFound
from engine.runtime.demo.ordering import MAKE, TAKE_AWAY, TEACH
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.jobs import MOST_ATTEMPTS, Job, JobState, discard, hasten, jobs_page, retry, state_of
from engine.runtime.modeling.model_watches import WATCH
from engine.runtime.modeling.trainings import TRAIN
from engine.runtime.notifying.deliveries import DELIVER, DROPPED, close_deliveries, deliveries_of
from engine.runtime.notifying.reasons import reason_words
from engine.runtime.records.postponing import RECOMPUTE
from engine.runtime.records.starting_rows import TAKE_OVER
from engine.runtime.retention import PRUNE
from engine.runtime.rollups.keeping import BUILD, FOLD
from engine.runtime.sovereignty.level_scanning import SCAN
from engine.runtime.sovereignty.rewriting import RENEW
from engine.runtime.sovereignty.subjects.running import SUBJECT_JOB
from engine.runtime.themes.learning import LEARN
from engine.runtime.transfer.runs import IMPORT_JOB
from engine.runtime.work import Work
from engine.runtime.workflow.flow_driver import CALL, TIMER
from engine.web.bulk_runs import BULK_JOB
from engine.web.calls import Call
from engine.web.form_values import required_text
from engine.web.responses import see_other
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.formats import format_instant

JOBS, DEAD_LETTERS = "/admin/jobs", "/admin/dead-letters"
PAGE = 50
STATES = {
    JobState.WAITING: (Message("等待", "Waiting"), "neutral"),
    JobState.RUNNING: (Message("进行中", "Running"), "info"),
    JobState.RETRYING: (Message("将重试", "Will retry"), "warning"),
    JobState.DEAD: (Message("已停止", "Stopped"), "danger"),
}
KINDS = {
    PRUNE: (
        Message("按期清理并测量", "Prune by age and measure"),
        Message("今天不再清理，明天照常。", "Nothing is pruned today; tomorrow it is."),
    ),
    RENEW: (
        Message("用新密钥重新加密", "Seal under new keys"),
        Message("明天再做;旧密钥一直可读。", "It is done tomorrow; former keys are read all the same."),
    ),
    FOLD: (
        Message("汇总变更", "Fold changes into roll-ups"),
        Message("汇总会再次排队，数字始终正确。", "It is queued again; figures stay right."),
    ),
    BUILD: (
        Message("建立汇总", "Build a roll-up"),
        Message("汇总会再次排队，数字始终正确。", "It is queued again; figures stay right."),
    ),
    DELIVER: (
        Message("送达通知", "Bring notices"),
        Message("这条消息不再送出；站内通知仍在。", "The message is not sent any more; in the app the notice stays."),
    ),
    IMPORT_JOB: (
        Message("导入", "Import"),
        Message(
            "导入停在当前的行；已写入的保留，可在导入页面撤销。",
            "The import stays where it is; what it wrote stays and can be undone on its page.",
        ),
    ),
    BULK_JOB: (
        Message("批量操作", "Act on many rows"),
        Message(
            "停在当前的记录；已写入的保留，可在这次操作的页面撤销。",
            "It stays where it is; what it wrote stays and can be undone on its page.",
        ),
    ),
    TRAIN: (
        Message("训练模型", "Train a model"),
        Message("这次训练不再进行；已有的版本不变。", "This training goes on no more; versions that exist stay."),
    ),
    RECOMPUTE: (
        Message("重新计算", "Recompute"),
        Message(
            "这些公式的值会停在旧值，直到下次修改相关数据。",
            "These formulas keep their old values until related data changes.",
        ),
    ),
    TAKE_OVER: (
        Message("把原来的选项换成记录", "Turn former choices into records"),
        Message("还没有换完的记录保留原来的选项。", "Records that were not reached keep their former choice."),
    ),
    TIMER: (
        Message("流程到点处理", "What a flow does at its hour"),
        Message(
            "这个流程停在等待的一步，到「流程」页面处理。",
            "The flow stays at the step that waits; the page of flows takes it on.",
        ),
    ),
    CALL: (
        Message("流程调用外部系统", "A call of a flow to the outside"),
        Message(
            "这个流程停在调用的一步，到「流程」页面处理。",
            "The flow stays at the step that calls; the page of flows takes it on.",
        ),
    ),
    MAKE: (
        Message("生成演示数据", "Make the demonstration"),
        Message("没有写入任何东西，可以再次生成。", "Nothing was written; it can be made again."),
    ),
    TAKE_AWAY: (
        Message("清除演示数据", "Take the demonstration away"),
        Message("演示数据原样保留，可以再次清除。", "It stays as it is; it can be taken away again."),
    ),
    TEACH: (
        Message("训练演示的模型", "Train the models of the demonstration"),
        Message(
            "谈判沙盘没有概率；可以在管道里自己训练。",
            "The negotiation sandbox has no probabilities; a pipeline can be trained by hand.",
        ),
    ),
    SUBJECT_JOB: (
        Message("数据主体请求", "Request of a data subject"),
        Message(
            "请求停在当前一步，到「主体请求台」处理。",
            "The request stays at its step; the subject desk takes it on.",
        ),
    ),
    WATCH: (
        Message("检查模型是否漂移", "Watch a model for drift"),
        Message("这次不检查；下次照常。", "It is not watched this time; it is the next."),
    ),
    SCAN: (
        Message("识别敏感字段", "Look for sensitive fields"),
        Message("分级建议停在上一次；今晚再扫描。", "Suggested levels stay as they were; it is scanned again tonight."),
    ),
    LEARN: (
        Message("学习归类主题", "Learn the themes of sentences"),
        Message(
            "主题仍按上一次学到的归类，明晚再学。",
            "Sentences are still proposed by what was learnt before; it is learnt again the next night.",
        ),
    ),
}
OTHER = Message("其他作业", "Another job")
UNKNOWN = Message("放弃后这项工作不会再做。", "Given up, this work is not done any more.")
DONE = {
    "retry": Message("已重新排队", "Queued again"),
    "discard": Message("已放弃", "Given up"),
}


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job as it is read; `lost` is what giving it up means."""

    id: str
    kind: str
    about: str
    since: str
    next: str
    tries: str
    state: str
    tone: str
    problem: str
    lost: str
    may_retry: bool


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /admin/jobs?state=…&after=…: all that is not a dead letter."""
    return _page(work, call, site, dead=False)


def show_dead(work: Work, call: Call, site: Site) -> Response:
    """GET /admin/dead-letters?after=…"""
    return _page(work, call, site, dead=True)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, call.path == DEAD_LETTERS, error.message.text(work.context.language), error.status)


def change(work: Work, call: Call, site: Site) -> Response:
    """Take a job up again now, or give it up. Raises NotFound, BadRequest."""
    form, act = call.form_first(), call.form_first().get("act", "")
    job = decode_id(required_text(form, "job"))
    if act == "retry":
        if not (retry(work.session, job, work.context.now) or hasten(work.session, job, work.context.now)):
            raise NotFound
    elif act == "discard":
        if discard(work.session, job) is None:
            raise NotFound
        close_deliveries(work.session, deliveries_of(work.session, job), DROPPED, work.context.now)
    else:
        raise BadRequest(Message("不认识的操作", "There is no such act"))
    return see_other(f"{call.path}?done={act}")


def _page(work: Work, call: Call, site: Site, dead: bool, message: str = "", status: int = 200) -> Response:
    language, asked = work.context.language, call.first
    after = decode_id(asked["after"]) if asked.get("after") else 0
    found = jobs_page(work.session, dead, after, PAGE + 1)
    wanted = asked.get("state", "") if not dead else ""
    shown = [one for one in found[:PAGE] if not wanted or state_of(one, work.context.now) == wanted]
    done = DONE.get(asked.get("done", "")) if call.method == "GET" else None
    title = Message("死信", "Dead letters") if dead else Message("作业", "Jobs")
    values = {
        "title": title.text(language),
        "jobs": [_line(work, one) for one in shown],
        "dead": dead,
        "here": DEAD_LETTERS if dead else JOBS,
        "more": encode_id(found[PAGE - 1].id) if len(found) > PAGE else "",
        "message": message,
        "done": done.text(language) if done else "",
        "state": wanted,
        "states": [(name.value, STATES[name][0].text(language)) for name in JobState if name is not JobState.DEAD],
        "most": MOST_ATTEMPTS,
    }
    return page_response(work, call, site, "administration/jobs.html", values, status=status)


def _line(work: Work, job: Job) -> JobLine:
    context = work.context
    state = state_of(job, context.now)
    words, tone = STATES[state]
    kind, lost = KINDS.get(job.kind, (OTHER, UNKNOWN))
    about = work.model.channels.get(job.about) if job.kind == DELIVER else work.model.entities.get(job.about)
    problem = reason_words(job.problem or "")
    due = job.due_at if state is JobState.RETRYING else None
    return JobLine(
        id=encode_id(job.id),
        kind=kind.text(context.language),
        about=about.label.text(context.language) if about else job.about,
        since=format_instant(job.created_at, context.language, context.now, context.zone),
        next=format_instant(due, context.language, context.now, context.zone) if due else "",
        tries=f"{job.attempts} / {MOST_ATTEMPTS}" if job.attempts else "",
        state=words.text(context.language),
        tone=tone,
        problem=problem.text(context.language) if problem else job.problem or "",
        lost=lost.text(context.language),
        may_retry=state in {JobState.DEAD, JobState.RETRYING},
    )
