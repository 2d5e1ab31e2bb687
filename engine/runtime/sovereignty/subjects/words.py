"""Words of subject operations for people: states, buckets, acts, grounds, what is left."""

from __future__ import annotations

from collections.abc import Mapping

from engine.diagnostics import Message
from engine.runtime.sovereignty.subjects.buckets import Bucket
from engine.runtime.sovereignty.subjects.requests import RequestState

STATE_WORDS: Mapping[RequestState, Message] = {
    RequestState.PLANNING: Message("正在预演", "Dry run under way"),
    RequestState.PLANNED: Message("等待第二人批准", "Waits for a second person"),
    RequestState.HELD: Message("法律保全中", "Under a legal hold"),
    RequestState.APPROVED: Message("已批准，主体已冻结", "Approved, the subject is frozen"),
    RequestState.RUNNING: Message("正在清除", "Being erased"),
    RequestState.DONE: Message("已清除并证明", "Erased and proved"),
    RequestState.UNPROVED: Message("未能证明清除干净", "Absence not proved"),
    RequestState.WITHDRAWN: Message("已撤回", "Withdrawn"),
}
BUCKET_WORDS: Mapping[Bucket, Message] = {
    Bucket.ERASABLE: Message("清除", "Erased"),
    Bucket.PSEUDONYMISE: Message("保留但去掉主体", "Kept without the subject"),
    Bucket.PROTECTED: Message("依据保留", "Kept on a ground"),
}
ACT_WORDS: Mapping[str, Message] = {
    "delete": Message("删除", "deleted"),
    "drop": Message("整表删除", "dropped whole"),
    "remove": Message("覆写并删除文件", "files written over and removed"),
    "rewrite": Message("去掉提到主体的行", "lines about the subject taken out"),
    "remake": Message("由留下的重新生成", "made anew from what stays"),
    "recopy": Message("由留下的重新生成", "made anew from what stays"),
    "block": Message("模型停用并删除文件", "model blocked, its files removed"),
    "part": Message("清空个人字段，断开关联", "personal fields emptied, link cleared"),
    "unlink": Message("断开关联", "link cleared"),
    "blot": Message("涂去标识", "identifiers blotted out"),
    "keep": Message("保留", "kept"),
    "hold": Message("保全", "held"),
}
GROUND_WORDS: Mapping[str, Message] = {
    "belongs_to_others_too": Message("同时属于企业的账", "also part of the company's own books"),
    "row_of_others": Message("他人的记录，只断开指向", "a row of others, only its pointer goes"),
    "said_elsewhere": Message("他人的文字里提到", "mentioned in what others wrote"),
    "names_others_too": Message("文件里还有别人", "the file names others too"),
    "nobody_reads_it": Message("已停用，无人读取", "retired, read by nobody"),
    "learnt_from_subject": Message("训练用到了该主体", "trained with the subject"),
    "proof_of_processing": Message("处理记录须可核验，只有代码与编号", "the record of processing; codes and ids only"),
    "erased_again_on_restore": Message("恢复时先重放清除台账", "a restore repeats the erasure before it opens"),
}
BASIS_WORDS: Mapping[str, Message] = {
    "withdrawn_consent": Message("撤回同意", "Consent withdrawn"),
    "purpose_fulfilled": Message("处理目的已实现或不再必要", "Purpose fulfilled, or no longer needed"),
    "unlawful": Message("处理违法或违反约定", "Processed against the law or an agreement"),
    "contract_ended": Message("停止提供服务或保存期已满", "Service ended, or the time of keeping is over"),
    "other_law": Message("法律、行政法规规定的其他情形", "Another case that the law names"),
}
IDENTITY_WORDS: Mapping[str, Message] = {
    "document": Message("核对证件", "Document checked"),
    "known_channel": Message("经已登记的联系方式确认", "Confirmed over a channel on record"),
    "signed_letter": Message("书面签章", "Signed letter"),
    "in_person": Message("当面核实", "In person"),
}
AUTHORITY_WORDS: Mapping[str, Message] = {
    "self": Message("本人", "The person"),
    "guardian": Message("监护人", "Guardian"),
    "representative": Message("受托代理人", "Authorised representative"),
    "company_mandate": Message("单位授权", "Mandate of the company"),
}
PROBLEM_WORDS: Mapping[str, Message] = {
    "changed_since": Message(
        "批准之后数据变了：请看新的预演", "The data changed after it was approved: look at the new dry run"
    ),
    "found_again": Message("证明时仍找到了标识", "The proof still found an identifier"),
    "control_not_found": Message(
        "对照没有全部找到，证明无效", "Not all of the control was found, so the proof is void"
    ),
}
LEFT_WORDS: Mapping[str, Message] = {
    "disk_blocks": Message(
        "磁盘旧块与虚拟机快照：程序无法覆写",
        "Old blocks of disks and snapshots of machines: no program overwrites them",
    ),
    "copies_that_left": Message("已经导出、打印、发出的副本", "Copies that were exported, printed or sent"),
    "phones_not_seen_since": Message("此后没有再连接的手机上的页面", "Pages on phones that have not come back since"),
    "backups": Message("此前的备份：恢复时按台账再清除", "Backups from before: a restore erases again by the ledger"),
    "log_archive_replicas": Message("数据库服务器的日志归档与副本", "The database server's log archive and replicas"),
    "log_not_emptied": Message("数据库日志仍被占用，未能清空", "The database's log was in use and not emptied"),
    "statistics_not_rewritten": Message(
        "数据库统计表未能重写（需服务器管理员）", "Statistics not rewritten (the server's administrator may)"
    ),
    "log_not_switched": Message(
        "数据库日志未能切换（需服务器管理员）", "The server's log not switched (its administrator may)"
    ),
    "no_checkpoint": Message("未能做检查点（需服务器管理员）", "No checkpoint (the server's administrator may)"),
    "not_rewritten": Message("表未能重写", "A table was not rewritten"),
}
"""What is left, by the word of the certificate."""
BESIDE_WORDS: Mapping[str, Message] = {
    "version": Message("历史版本", "versions"),
    "search": Message("搜索词", "search words"),
    "rollup": Message("汇总", "roll-up"),
    "delta": Message("汇总变更", "changes of the roll-up"),
}
"""What is kept beside the rows of an entity, by how its table is called."""
STORE_WORDS: Mapping[str, Message] = {
    "dougong_attachment": Message("附件", "Attachments"),
    "dougong_audit": Message("审计日志", "Audit log"),
    "dougong_bulk": Message("批量操作", "Acts on many rows"),
    "dougong_bulk_row": Message("批量操作的结果", "Results of acts on many rows"),
    "dougong_comment": Message("评论", "Comments"),
    "dougong_comment_trace": Message("评论的旧稿", "Former comments"),
    "dougong_delivery": Message("待送达的消息", "Messages to be brought"),
    "dougong_draft": Message("未提交的表单", "Forms half filled in"),
    "dougong_event": Message("事件", "Events"),
    "dougong_flow": Message("流程", "Flows"),
    "dougong_flow_event": Message("流程记录", "Log of flows"),
    "dougong_flow_task": Message("流程任务", "Tasks of flows"),
    "dougong_flow_waiting": Message("流程等待", "Waits of flows"),
    "dougong_idempotency": Message("请求键", "Keys of requests"),
    "dougong_import_problem": Message("导入被拒的行", "Refused lines of imports"),
    "dougong_likeness": Message("查重标记", "Marks of likeness"),
    "dougong_list_view": Message("列表视图", "Views of lists"),
    "dougong_model_version": Message("模型版本", "Versions of models"),
    "dougong_negotiation_decision": Message("谈判决策", "Decisions of negotiations"),
    "dougong_notice": Message("通知", "Notices"),
    "dougong_ownership": Message("归属变更", "Changes of owner"),
    "dougong_source_refusal": Message("数据源被拒的行", "Refused rows of sources"),
    "backups": Message("备份", "Backups"),
    "facts": Message("列式副本", "Columnar copy"),
    "files": Message("附件文件", "Files of attachments"),
    "imports": Message("导入的表格", "Sheets of imports"),
    "inbox": Message("数据源收件箱", "Inbox of sources"),
    "models": Message("模型文件", "Files of models"),
}
"""Stores by their name; others are told by it."""
