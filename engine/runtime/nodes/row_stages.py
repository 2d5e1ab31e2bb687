"""Row stages: where rows come from, what they are joined to, and what is known and foretold of them."""

from __future__ import annotations

from collections.abc import Mapping

from engine.extensions import Port
from engine.runtime.nodes.stage import stage
from engine.runtime.nodes.stage_settings import DAYS, NAME, TEXT, Schema, choice, map_of, said, words

_ROWS = Port("rows", "rows", words("行", "Rows"))
_FEATURES = Port("features", "features", words("特征", "Features"))


_FORMULA: Schema = {"type": "string", "minLength": 1, "x-formula": "kind"}
_PATHS: Schema = {"type": ["string", "array"], "items": {"type": "string"}, "maxItems": 4}
_LABEL: Schema = {"type": ["string", "object"], "additionalProperties": {"type": "string"}, "x-type": "label"}
_FOLDS = {
    "count": {"zh": "笔数", "en": "How many"},
    "sum": {"zh": "合计", "en": "Sum"},
    "mean": {"zh": "平均", "en": "Mean"},
    "min": {"zh": "最小", "en": "Least"},
    "max": {"zh": "最大", "en": "Most"},
    "share": {"zh": "占比", "en": "Share"},
    "distinct": {"zh": "种数", "en": "How many different"},
    "last": {"zh": "最近一笔", "en": "The last"},
    "days_since": {"zh": "距上一笔的天数", "en": "Days since the last"},
    "trend": {"zh": "走势", "en": "Trend"},
}
_FOLD: Mapping[str, Schema] = {
    "agg": said(choice(_FOLDS), "汇总", "Fold", "怎样汇总其他行", "How other rows are folded"),
    "of": said(_FORMULA, "值", "Value", "汇总哪个值", "The value that is folded"),
    "over": said(NAME, "行", "Rows", "汇总哪种行", "The rows that are folded"),
    "by": said(_PATHS, "归属", "Belongs by", "事实行的哪个字段与本行相同", "The field by which they belong to the row"),
    "to": said(_PATHS, "本行字段", "Row's field", "与它相同的本行字段", "The row's field that is the same"),
    "where": said(_FORMULA, "条件", "Condition", "只算符合的行", "Only such rows count"),
    "known_at": said(_FORMULA, "何时已知", "Known at", "从哪一天起知道", "The date from which it is known"),
}
_SHAPES = {
    "number": {"zh": "数", "en": "Number"},
    "category": {"zh": "类别", "en": "Category"},
    "days": {"zh": "距决策的天数", "en": "Days from the decision"},
    "month": {"zh": "月份", "en": "Month"},
    "weekday": {"zh": "星期", "en": "Weekday"},
    "quarter": {"zh": "季度", "en": "Quarter"},
    "length": {"zh": "字数", "en": "Length"},
}
_FEATURE = map_of(
    {
        "name": said(NAME, "名称", "Name", "在管道内唯一", "Unique in the pipeline"),
        "label": said(_LABEL, "显示名", "Label", "给人看的名字", "What people read"),
        "from": said(
            _FORMULA,
            "取自",
            "From",
            "本行或关联行的一列，或公式",
            "A column of the row or along relations, or a formula",
        ),
        "as": said(choice(_SHAPES), "写成", "As", "变成什么", "What it becomes"),
        **_FOLD,
        "window": said(DAYS, "时间窗", "Window", "只算最近多少天", "Only the last days count"),
        "group": said(TEXT, "分组", "Group", "说明理由时归在哪一组", "The group its reasons are told under"),
        "monotone": said(
            {"enum": [-1, 0, 1]},
            "方向",
            "Direction",
            "结果只随它升或降",
            "Whether the answer only rises or falls with it",
        ),
    },
    "name",
)
_BEYOND = {
    "censored": {"zh": "算未知", "en": "Unknown"},
    "no": {"zh": "算没发生", "en": "A no"},
    "yes": {"zh": "算发生", "en": "A yes"},
}

SOURCE = stage(
    "source",
    words("数据源", "Source"),
    words("读取一种实体的行，以及各列何时已知", "The rows of an entity, and when their columns are known"),
    (),
    (_ROWS,),
    map_of(
        {
            "entity": said({**NAME, "x-ref": "entity"}, "实体", "Entity", "哪种行", "Which rows"),
            "at": said(
                _FORMULA,
                "发生时间",
                "Happens at",
                "行发生的日期，默认是创建时间",
                "When a row happens; by default when it was created",
            ),
            "known_at": said(
                {"type": "object", "additionalProperties": {"type": "string"}, "x-ref-keys": "field"},
                "各列何时已知",
                "Columns known at",
                "列名配日期字段；at 指发生时间",
                "Columns with the date from which they are known; at means when the row happens",
            ),
        },
        "entity",
    ),
    "sources",
    "table",
)
JOIN = stage(
    "join",
    words("关联", "Join"),
    words("沿关系把另一种行接到每一行上", "Joins other rows to each row along a relation"),
    (
        Port("left", "rows", words("行", "Rows")),
        Port("right", "rows", words("被关联的行", "Joined rows")),
    ),
    (_ROWS,),
    map_of(
        {
            "by": said(
                {**TEXT, "x-ref": "path"}, "关系", "Relation", "左边行的关系字段", "The relation of the left rows"
            ),
            "keep": said(
                choice(
                    {
                        "all": {"zh": "全部", "en": "All"},
                        "matched": {"zh": "只留关联到的", "en": "Matched ones"},
                    }
                ),
                "保留",
                "Keep",
                "没有关联到的行留不留",
                "Whether rows without a match stay",
            ),
        },
        "by",
    ),
    "shaping",
    "link",
)
FILTER = stage(
    "filter",
    words("筛选", "Filter"),
    words("留下符合条件的行，条件按当时所知判断", "Keeps rows by a condition, judged by what was known then"),
    (_ROWS,),
    (_ROWS,),
    map_of({"where": said(_FORMULA, "条件", "Condition", "留下符合的行", "Such rows stay")}, "where"),
    "shaping",
    "filter",
)
FEATURES = stage(
    "features",
    words("特征", "Features"),
    words("每行在决策之前已知的情况", "What was known of each row strictly before its decision"),
    (_ROWS, Port("facts", "rows", words("可汇总的行", "Rows to fold"), many=True, required=False)),
    (_FEATURES,),
    map_of(
        {
            "as_of": said(
                _FORMULA, "决策时间", "Decided at", "只用在它之前已知的", "Only what was known before counts"
            ),
            "features": said(
                {"type": "array", "items": _FEATURE, "minItems": 1, "maxItems": 200},
                "特征",
                "Features",
                "逐条列出",
                "Each of them",
            ),
        },
        "features",
    ),
    "shaping",
    "columns",
)
LABEL = stage(
    "label",
    words("标签", "Label"),
    words("要预测的结果，以及它何时已知", "What is foretold, and when it is known"),
    (_FEATURES,),
    (_FEATURES,),
    map_of(
        {
            "event": said(_FORMULA, "事件", "Event", "是否发生", "Whether it comes true"),
            "value": said(_FORMULA, "数值", "Number", "要预测的数", "The number that is foretold"),
            **_FOLD,
            "none": said(
                {"type": "boolean"},
                "一笔也没有才算",
                "Where there is none",
                "配合 count：期限内一笔也没有就算发生",
                "Of a count: a yes where there is not one in the horizon",
            ),
            "horizon": said(DAYS, "期限", "Horizon", "决策后多少天内", "So many days after the decision"),
            "beyond": said(
                choice(_BEYOND),
                "期限外",
                "Beyond it",
                "期限过后才知道的算什么",
                "What becomes known later counts as",
            ),
        }
    ),
    "learning",
    "target",
)
SPLIT = stage(
    "split",
    words("按时间切分", "Split by time"),
    words("最近的行留作检验", "Holds out the latest rows to judge by"),
    (_FEATURES,),
    (Port("dataset", "dataset", words("数据集", "Data set")),),
    map_of(
        {
            "holdout": said(
                {"type": "number", "exclusiveMinimum": 0, "maximum": 0.9},
                "留出",
                "Held out",
                "最近的一部分不参加训练",
                "The latest part, which is not learnt from",
            ),
            "gap": said(
                map_of({"days": {"type": "integer", "minimum": 0, "maximum": 3660}}, "days"),
                "间隔",
                "Gap",
                "留出部分之前空出多少天",
                "Days left out before it",
            ),
        }
    ),
    "learning",
    "calendar",
)
ROW_STAGES = (SOURCE, JOIN, FILTER, FEATURES, LABEL, SPLIT)
"""The stages from rows to a data set."""
