"""The words of rule sentences that are no names: by kind of token, in Chinese and English; some stand for a value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """A word as a token: its kind, and what it stands for."""

    kind: str
    value: str = ""


_PLAIN: Mapping[str, str] = {
    "IF": "如果 若 若是 如 当 凡 凡是 只要 假如 一旦 要是 遇到 发现 if|when|where|whenever|once",
    "TIME": "时 时候 的时候 的话 情况下 的情况下 之时",
    "THEN": "则 就 那么 那就 便 then|so",
    "ELSE": "否则 不然 要不然 其他情况 其他 其余 其余的 otherwise|else|in other cases",
    "UNLESS": "除非 unless|except when|except if",
    "EXCEPT": "除了 除 except for|except|other than",
    "BESIDES": "除外 以外 之外 外",
    "AND": "且 并且 而且 同时 以及 并 又 和 与 及 且需 也要 还要 还需 还须 + and|and also|as well as",
    "OR": "或 或者 或是 抑或 or",
    "NOT": "也没有 也未 也没 不 非 未 没 没有 尚未 还没 还没有 从未 仍未 一直没 一直没有 还未 无 not|no|never|hasn't|has not|have not|had no|has no|have no|without|does not|do not|did not|no new|has had no|have had no|without any",
    "DE": "的 之 's of|of the",
    "MUST": "必须 须 应 应当 应该 需 需要 要 得 务必 一定要 必需 must|shall|needs|need|has to|have to|needs to|need to|should|requires|require|must be|needs to be",
    "FORBID": "不得 不能 不可 不可以 禁止 不允许 不准 不许 严禁 别 不应 不要 cannot|can not|must not|may not|can't|shall not|should not|must never|is not allowed to|are not allowed to|must not be|may not be|cannot be|should not be",
    "IS": "是 为 等于 属于 处于 = == ＝ is|are|equals|is equal to|being|was",
    "ISNOT": "不是 不为 不等于 不属于 不处于 并非 <> != ≠ is not|are not|isn't|aren't|is other than",
    "EMPTY": "为空 是空 是空的 空着 空白 未填 未填写 没填 没有填 没有填写 没填写 未录入 没写 未写 未选 没选 不填 缺失 缺 未指定 没有指定 未登记 is empty|are empty|is missing|are missing|is blank|missing|is not set|is not filled in|is not filled|is unknown|not filled in",
    "FILLED": "已填 已填写 填了 不为空 非空 有值 已录入 已登记 已指定 is filled in|is filled|is set|is not empty|is known|are filled in",
    "HAVE": "有 存在 has|have|with|having|whose|there is|there are",
    "TRUE": "成立 holds",
    "FALSE": "不成立 does not hold",
    "WRITER": "填写人 whoever writes",
    "NEGATIVE": "为负 为负数 是负 是负数 小于零 亏损 is negative|are negative|negative",
    "CONTAINS": "包含 含有 含 里有 contains|contain|containing|includes",
    "BETWEEN": "介于 在 处于 between|from",
    "TO": "到 至 ~ － — – -",
    "MIDDLE": "之间 区间 范围内",
    "RECENT": "近 最近 过去 最近的 过往 in the last|in the past|over the last|within the last|during the last|in the previous|within the past|for the last",
    "WITHIN": "内 以内 之内 within|in the next|in|within the next",
    "NEXT": "未来 今后 接下来 往后",
    "AFTER": "后 之后 以后 after|since",
    "BEFORE": "前 之前 以前 before|ago|old",
    "FOR": "for",
    "OVERDUE": "逾期 已逾期 已到期 已经到期 过期 已过期 超期 已超期 过了 已过 已经过了 overdue|expired|past due|has expired|is overdue|is past|has passed|have passed|is past due|in arrears|late",
    "APPROVE": "审批 批准 审核 审批通过 同意 签字 复核 核准 特批 审定 把关 会审 批 审 点头 确认 approve|approval|approved|approved by|be approved by|is approved by|approval by|approval from|approval of|sign off|approves|be approved|sign-off|must approve|signed off|agree",
    "NOTIFY": "通知 告知 知会 抄送 告诉 发通知给 发消息给 推送给 抄送给 通知到 notify|tell|inform|let know|message|notified|told",
    "WARN": "提醒 提示 警告 预警 告警 弹窗提醒 给出提醒 给出警告 给出提示 弹出提示 提醒一下 报警 warn|warning|alert|remind|show a warning|give a warning|warn that|reminder",
    "REFUSE": "拒绝 拒绝保存 拦截 拦住 不予通过 不予保存 不让保存 不让提交 不让过 不能保存 不得保存 不可保存 不允许保存 禁止保存 禁止录入 不许保存 驳回 拒收 挡住 refuse|reject|block|deny|cannot be saved|must not be saved|may not be saved|is refused|are refused|is rejected|is not allowed|are not allowed|not allowed|do not allow|don't allow|can't be saved|stop|prevent",
    "REQUIRED": "必填 为必填 是必填 必须填 必须填写 必须有 不能为空 不得为空 不可为空 不能空着 不能不填 不能缺 必选 是必填项 为必填项 是必须的 需填写 要填写 须填写 is required|are required|must be filled|must be filled in|must be given|must not be empty|is mandatory|are mandatory|must be set|cannot be empty|must be stated|must be present|are needed|is needed",
    "FILL": "填写 填 写 要写 写明 注明 写清 写清楚 补充 补齐 补填 录入 提供 说明 选择 选 登记 写上 填上 指定 明确 附上 备注 fill in|state|give|provide|enter|specify|name|record|set out|explain|supply",
    "TASK": "创建任务 生成任务 建任务 新建任务 派任务 新建待办 创建待办 生成待办 建待办 建个待办 建一个待办 派个待办 生成一个待办 生成一条待办 创建一个待办 创建一条待办 建一条待办 派待办 下发待办 安排任务 create a task|create a to-do|make a task|make a to-do|add a task|create task|open a task|add a to-do",
    "ASSIGN": "分配给 分派给 指派给 派给 转给 交给 分给 归 划给 转交给 移交给 assign to|assign it to|assign them to|assigned to|goes to|hand to|give to|is assigned to|are assigned to",
    "ASSIGNS": "分配 指派 分派 assign",
    "SETTO": "设为 设置为 设成 改为 改成 标为 标记为 标成 置为 变为 调整为 更新为 调为 调到 自动设为 自动改为 转为 转成 降为 降到 升为 升级为 自动降为 set to|is set to|are set to|becomes|become|change to|is changed to|mark as|is marked as|are marked as|to be",
    "SET": "把 将 set|change|mark|move",
    "BY": "由 经 经过 需经 须经 让 请 找 报 报给 报请 上报 提交给 送 送交 交由 走 转 给 向 by|from|to",
    "ACT": "提交审批 提交 保存 下单 签订 签约 发出 创建 新建 录入 通过 发货 上线 成交 报价 发给客户 发布 save|saving|submit|submitting|create|sent|send|saved|submitted|be saved|be submitted|be sent|created",
    "MODEALL": "会签 都要 都 共同 一起 全部 双方 both|jointly|all of|together",
    "MODEANY": "或签 任一人 任一 任意一人 其中一人 任何一人 either|any of|one of",
    "THENBY": "再由 再 最后 然后 之后再 最后由 接着 再经 再报 再请 再找 然后由 then by|and then by|and then|followed by|afterwards",
    "DONE": "收到 receive|receives|gets|get",
    "EACHDAY": "每天 每日 daily|every day|each day",
    "EACHWEEK": "每周 每星期 每周一 weekly|every week",
    "EACHMONTH": "每月 每个月 monthly|every month",
    "EACHHOUR": "每小时 hourly|every hour",
    "CREATED": "新建时 创建时 新增时 录入时 新建 新增 创建 is created|are created|comes in|new",
    "CHANGED": "修改时 变更时 更新时 被修改时 改动时 is changed|changes|are changed|is updated",
    "COUNTED": "数量 次数 笔数 条数 个数 总数 单数 家数 the number of|number of|count of",
    "SUM": "合计 总额 总和 总计 累计 加起来 之和 合起来 the total of|total of|sum of|the sum of|in total",
    "AVERAGE": "平均 均值 average|the average of|average of|mean",
    "TIMES": "倍 times",
    "COMMA": "， , ； ; 。 ： : . ！ !",
    "DUN": "、",
    "OPEN": "（ (",
    "CLOSE": "） )",
    "AUTO": "自动 automatically",
    "THAN": "比 compared with|than",
    "MYSELF": "自己 本人",
    "ABOUT": "左右 上下 大约 差不多 about|around|roughly|approximately",
}
_SIGNS: Mapping[str, str] = {
    ">": "超过 超出 超 大于 高于 多于 晚于 高出 长于 突破 > ＞ 超过了 above|over|more than|greater than|higher than|exceeds|exceed|exceeding|longer than|later than|is above|is over|is more than|is greater than|is higher than|bigger than|larger than|beyond|are above|are over|is later than|older than",
    ">=": "不低于 不少于 不小于 至少 大于等于 大于或等于 不早于 达到 达 满 >= ≥ ＞＝ 起码 最少 最低 下限 下限为 达到了 已满 最早 不短于 at least|no less than|not less than|reaches|reach|not below|is at least|no fewer than|minimum|not under|no lower than|min|not lower than|are at least|is no less than",
    "<": "低于 小于 少于 不足 不到 不满 早于 未达到 未达 没到 没达到 没有达到 没满 未满 短于 < ＜ 跌破 低过 达不到 below|under|less than|fewer than|lower than|earlier than|is below|is under|is less than|is lower than|are below|smaller than|short of|are under|falls below|drops below|is earlier than",
    "<=": "不超过 不超出 不高于 不大于 不多于 至多 最多 小于等于 小于或等于 不晚于 <= ≤ ＜＝ 最高 最高为 上限 上限为 封顶 控制在 最迟 最长 不长于 未超过 没超过 没有超过 at most|no more than|not more than|up to|not above|not over|is at most|maximum|no higher than|max|not exceed|not higher than|no later than|is not above|does not exceed|limited to|is limited to|is no more than|capped at|is capped at|are capped at",
}
_SUFFIXES: Mapping[str, str] = {
    ">=": "以上 及以上 或以上 起 或更多 or more|or above|and above|or higher|or over|and over",
    "<=": "以下 及以下 或以下 或更少 or less|or below|or fewer|or lower|and below|or under",
}
_PERIODS: Mapping[str, str] = {
    "month 0": "本月 这个月 当月 本月内 this month",
    "month -1": "上月 上个月 last month|the previous month",
    "month 1": "下月 下个月 next month",
    "quarter 0": "本季度 本季 这个季度 当季 this quarter",
    "quarter -3": "上季度 上个季度 last quarter",
    "quarter 3": "下季度 下个季度 next quarter",
    "year 0": "本年 今年 本年度 当年 this year",
    "year -12": "去年 上年 last year",
    "year 12": "明年 next year",
    "week 0": "本周 这周 这个星期 this week",
    "week -7": "上周 上个星期 last week",
    "week 7": "下周 next week",
    "today 0": "今天 当天 今日 当日 today",
    "today -1": "昨天 昨日 yesterday",
    "today 1": "明天 明日 tomorrow",
}
_EDGES: Mapping[str, str] = {
    "month last": "月底 本月底 月末 本月末 the end of the month|end of month|month end|end of the month",
    "month first": "月初 本月初 the start of the month",
    "quarter last": "季末 季度末 本季度末 the end of the quarter|end of quarter|end of the quarter",
    "year last": "年底 年末 the end of the year|end of the year|year end",
    "year first": "年初",
}
_NOISE = (
    "请 一下 该 其 这 这个 那个 这些 所有 全部的 任何 均 也 才 会 进行 一律 一个 一条 一张 一份 了 过 已经 系统 我们 公司 单子 马上 立即 立刻 及时 先 还 "
    "都得 方可 方能 后方可 才能 才可 后才能 必要时 再次 部分 距今 时间 数值 直接 即可 他 她 它 个 给个 一次 同一 来自 最近一次 立刻 时间内 随时 人员 每次 每一次 使用 采用 这类 每个 每张 每条 每笔 每份 每家 单笔 单张 一笔 达成 等 仍 仍然 还是 有关 相关 相应 对应 连续 整 已 被 予 予以 只 只能 仅 凡 对 对于 针对 关于 "
    "the|a|an|any|all|please|its|their|that|which|it|they|this|these|every|each|then|also|there|been|be|will|new|system|has|have|had|to|only|does|do|for it|of them|people|for approval|at once|immediately|on|right away"
)


def entries() -> Iterator[tuple[str, Said]]:
    """Every word with what it is, in small letters; a word may be several things."""
    for kind, text in _PLAIN.items():
        yield from ((word, Said(kind)) for word in split(text))
    for table, kind in ((_SIGNS, "SIGN"), (_SUFFIXES, "ENDSIGN"), (_PERIODS, "PERIOD"), (_EDGES, "EDGE")):
        for value, text in table.items():
            yield from ((word, Said(kind, value)) for word in split(text))
    yield from ((word, Said("NOISE")) for word in split(_NOISE))


def split(text: str) -> Iterator[str]:
    """The words of a list: blanks part Chinese words and signs, bars English ones, which may have several parts."""
    for part in text.split("|"):
        listed = [one for one in part.split(" ") if one]
        latin = [one for one in listed if one[0].isascii() and one[0].isalpha()]
        yield from (one for one in listed if one not in latin)
        if latin:
            yield " ".join(latin).lower()
