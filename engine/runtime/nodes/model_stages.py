"""Model stages: what comes of a data set: a model that is learnt, its card that people read, and the version that answers."""

from __future__ import annotations

from engine.extensions import Port
from engine.runtime.nodes.stage import stage
from engine.runtime.nodes.stage_settings import DAYS, NAME, TEXT, choice, map_of, said, words

_MODEL = Port("model", "model", words("模型", "Model"))
_CARD = Port("card", "card", words("模型卡", "Model card"))
_LEARNERS = {
    "auto": {"zh": "自动选优", "en": "The better one"},
    "trees": {"zh": "提升树", "en": "Boosted trees"},
    "logistic": {"zh": "逻辑回归", "en": "Logistic regression"},
}
_CALIBRATIONS = {
    "auto": {"zh": "自动", "en": "Automatic"},
    "platt": {"zh": "两参数曲线", "en": "A curve of two numbers"},
    "isotonic": {"zh": "阶梯", "en": "Steps"},
    "none": {"zh": "不校准", "en": "None"},
}

TRAIN = stage(
    "train",
    words("训练", "Train"),
    words(
        "学习、校准、求区间、回测，并与训练器逐行核对",
        "Learns, calibrates, makes intervals, tests on later rows and compares with the trainer row by row",
    ),
    (Port("dataset", "dataset", words("数据集", "Data set")),),
    (_MODEL,),
    map_of(
        {
            "model": said(NAME, "模型名", "Model", "默认与管道同名", "By default named as the pipeline"),
            "learner": said(choice(_LEARNERS), "学法", "Learner", "默认自动选优", "By default the better one"),
            "calibrate": said(
                choice(_CALIBRATIONS), "校准", "Calibrate", "怎样让概率可信", "How probabilities are made true"
            ),
            "interval": said(
                {"type": "number", "minimum": 0.5, "maximum": 0.99},
                "区间水平",
                "Level of intervals",
                "默认 0.9",
                "0.9 by default",
            ),
            "trees": said(
                {"type": "integer", "minimum": 1, "maximum": 1000},
                "最多几棵树",
                "Most trees",
                "默认 150",
                "150 by default",
            ),
            "reweigh": said(
                {"type": "boolean"},
                "加重少数",
                "Weigh the rare answer up",
                "加重后总会再校准",
                "Always calibrated back",
            ),
            "group_by": said(
                NAME,
                "区间分组",
                "Groups of intervals",
                "按哪个类别特征分组求区间",
                "The category whose values get intervals of their own",
            ),
            "heuristic": said(
                map_of(
                    {
                        "column": said(NAME, "特征", "Feature", "一个数值特征", "A feature that is a number"),
                        "above": said({"type": "number"}, "高于", "Above", "高于它的算会", "Above it means yes"),
                    },
                    "column",
                    "above",
                ),
                "经验规则",
                "Rule of thumb",
                "与模型并列比较的公开规则",
                "A public rule to stand beside the model",
            ),
        }
    ),
    "learning",
    "cpu",
)
CARD = stage(
    "card",
    words("模型卡", "Model card"),
    words(
        "准不准、与三条基线相比、适用范围、从哪里学来",
        "How true it is, beside three baselines, where it holds, and what it was learnt from",
    ),
    (_MODEL,),
    (_CARD,),
    map_of({}),
    "learning",
    "cards",
)
DEPLOY = stage(
    "deploy",
    words("上线", "Deploy"),
    words("经批准后由这一版作答，可一键退回", "Once approved this version answers; one act goes back"),
    (_CARD,),
    (Port("deployment", "deployment", words("上线版本", "Deployment")),),
    map_of(
        {
            "approve_by": said(
                {**TEXT, "x-ref": "role"},
                "由谁批准",
                "Approved by",
                "管理员之外，这个角色也可批准",
                "The role that may approve it beside administrators",
            ),
            "watch": said(
                map_of(
                    {
                        "every": said(DAYS, "每隔", "Every", "多久看一次，默认 7 天", "How often; 7 days by default"),
                        "psi": said(
                            {"type": "number", "exclusiveMinimum": 0, "maximum": 10},
                            "漂移上限",
                            "Bound of drift",
                            "PSI 超过它就提醒，默认 0.2",
                            "An alarm above this PSI; 0.2 by default",
                        ),
                        "points": said(
                            {"type": "number", "exclusiveMinimum": 0, "maximum": 100},
                            "校准误差上限",
                            "Bound of error",
                            "百分点，默认 2.5",
                            "Percentage points; 2.5 by default",
                        ),
                        "outcomes": said(
                            {"type": "integer", "minimum": 20, "maximum": 1000000},
                            "至少多少结果",
                            "Fewest outcomes",
                            "少于它不判校准，默认 500",
                            "Fewer judge no calibration; 500 by default",
                        ),
                    }
                ),
                "监控",
                "Watch",
                "上线后定期看漂移与校准，变了就提醒批准人",
                "Looks at drift and calibration, and tells who approves when they moved",
            ),
        }
    ),
    "serving",
    "check-circle",
    "database",
)
MODEL_STAGES = (TRAIN, CARD, DEPLOY)
"""The stages from a data set to a model that answers."""
