"""Codes E3xx: a name that nothing bears, and circles of names."""

from __future__ import annotations

from engine.diagnostics import Catalogue
from engine.dsl.catalogue_entry import entry

_KNOWN = ("可用：{allowed}", "known: {allowed}")

NAMES = Catalogue.of(
    entry("E301", ("没有实体「{name}」", 'there is no entity "{name}"'), _KNOWN),
    entry("E302", ("实体「{entity}」没有字段「{name}」", 'the entity "{entity}" has no field "{name}"'), _KNOWN),
    entry(
        "E303",
        ("「{path}」走不下去：「{name}」不是关系字段", 'the path "{path}" stops: "{name}" is not a relation'),
        ("只有关系、单位、用户字段后面可以加点", "only relation, unit and user fields are followed by a dot"),
    ),
    entry("E304", ("没有角色「{name}」", 'there is no role "{name}"'), _KNOWN),
    entry("E305", ("没有页面「{name}」", 'there is no page "{name}"'), _KNOWN),
    entry("E306", ("没有表单「{name}」", 'there is no form "{name}"'), _KNOWN),
    entry("E307", ("没有指标「{name}」", 'there is no metric "{name}"'), _KNOWN),
    entry("E308", ("没有流程「{name}」", 'there is no workflow "{name}"'), _KNOWN),
    entry("E309", ("流程「{workflow}」没有状态「{name}」", 'the workflow "{workflow}" has no state "{name}"'), _KNOWN),
    entry("E310", ("字段「{field}」没有选项「{name}」", 'the field "{field}" has no choice "{name}"'), _KNOWN),
    entry("E311", ("没有单位类型「{name}」", 'there is no kind of unit "{name}"'), _KNOWN),
    entry("E312", ("单位类型「{kind}」没有席位「{name}」", 'the unit kind "{kind}" has no seat "{name}"'), _KNOWN),
    entry("E313", ("没有去向「{name}」", 'there is no destination "{name}"'), _KNOWN),
    entry("E314", ("实体「{entity}」没有集合「{name}」", 'the entity "{entity}" has no collection "{name}"'), _KNOWN),
    entry("E315", ("没有安装包「{name}」", 'the pack "{name}" is not installed'), _KNOWN),
    entry("E316", ("指标「{metric}」没有维度「{name}」", 'the metric "{metric}" has no dimension "{name}"'), _KNOWN),
    entry("E317", ("没有声明{what_zh}「{name}」", 'there is no {what_en} "{name}" here'), _KNOWN),
    entry(
        "E318", ("流程「{workflow}」没有流转「{name}」", 'the workflow "{workflow}" has no transition "{name}"'), _KNOWN
    ),
    entry(
        "E319",
        ("「{path}」没有指向一个标签", '"{path}" does not lead to a label'),
        ("写成 种类.名称.键，例如 entities.customer.label", "write kind.name.key, like entities.customer.label"),
    ),
    entry("E325", ("没有管道「{name}」", 'there is no pipeline "{name}"'), _KNOWN),
    entry("E320", ("没有节点「{name}」", 'there is no node "{name}"'), _KNOWN),
    entry(
        "E321",
        ("路径太长：最多 {limit} 段", "the path is too long: {limit} names at most"),
        ("在途中的实体上放一个计算字段", "put a computed field on an entity on the way"),
    ),
    entry("E322", ("没有规则「{name}」", 'there is no rule "{name}"'), _KNOWN),
    entry("E323", ("没有决策链图「{name}」", 'there is no map "{name}"'), _KNOWN),
    entry(
        "E330",
        ("计算字段互相依赖：{circle}", "computed fields depend on each other: {circle}"),
        ("断开其中一步", "break one of the steps"),
    ),
    entry(
        "E331",
        ("part_of 绕成了圈：{circle}", "part_of runs in a circle: {circle}"),
        ("断开其中一步", "break one of the steps"),
    ),
    entry(
        "E332",
        ("包互相依赖：{circle}", "packs require each other: {circle}"),
        ("断开其中一步", "break one of the steps"),
    ),
    entry(
        "E333",
        ("指标互相依赖：{circle}", "metrics depend on each other: {circle}"),
        ("断开其中一步", "break one of the steps"),
    ),
    entry(
        "E334",
        ("单位类型的上级绕成了圈：{circle}", "the parents of unit kinds run in a circle: {circle}"),
        ("断开其中一步", "break one of the steps"),
    ),
    entry(
        "E335",
        ("管道绕成了圈：{circle}", "the pipeline runs in a circle: {circle}"),
        ("断开其中一步", "break one of the steps"),
    ),
    entry(
        "E336",
        ("part_of 超过 {limit} 层", "part_of leads through more than {limit} wholes"),
        ("改用普通关系", "use a plain relation"),
    ),
    entry("E324", ("没有每日必填「{name}」", 'there is no duty "{name}"'), _KNOWN),
    entry(
        "E326",
        ("「{target}」不能改名", '"{target}" cannot be renamed'),
        (
            "可以改名的有：实体、entity.field、roles/pages/dashboards/forms/metrics/workflows/units 等资源（种类/名称）、workflows/名称.states.标识、"
            "workflows/名称.transitions.标识。提醒、每日必填和通知渠道的名称是已发出内容的凭据，不能改",
            "what can: an entity, entity.field, resources such as roles, pages, dashboards, forms, metrics, workflows, units (kind/name), "
            "workflows/NAME.states.ID, workflows/NAME.transitions.ID. The names of alerts, duties and channels stand in what was told to people",
        ),
    ),
    entry("E327", ("{kind} 下没有「{name}」", 'there is no "{name}" in {kind}'), _KNOWN),
    entry(
        "E328",
        (
            "表单「{name}」与实体同名，是它的主表单；它还有别的表单",
            'the form "{name}" bears its entity\'s name and is its own form; there are others',
        ),
        ("先改其他表单，或改 label", "rename the others, or change its label"),
    ),
    entry(
        "E337",
        ("指标套指标超过 {limit} 层", "metrics are derived from each other over more than {limit} levels"),
        ("把中间的公式写在一起", "write the formulas between into one"),
    ),
)
