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
