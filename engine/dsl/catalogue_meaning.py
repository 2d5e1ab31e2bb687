"""Codes E4xx, W4xx, I4xx: definitions that are well formed and yet cannot be meant."""

from __future__ import annotations

from engine.diagnostics import Catalogue
from engine.dsl.catalogue_entry import entry

MEANING = Catalogue.of(
    entry(
        "E401",
        ("「{name}」是每个实体自带的字段", '"{name}" is a field that every entity has'),
        ("换一个名称", "choose another name"),
    ),
    entry(
        "W402",
        ("标签缺少语言：{languages}", "the label lacks the languages: {languages}"),
        ("补上译文", "add the text"),
    ),
    entry(
        "E403",
        ("实体没有可作标题的文字字段", "the entity has no text field to serve as title"),
        ("加一个文字字段，或写 title:", "add a text field or write title:"),
    ),
    entry("W404", ("「{name}」没有标签", '"{name}" has no label'), ("写上 label:", "add label:")),
    entry(
        "E404",
        ("owned_by 的「{path}」不止于单位字段", 'owned_by "{path}" does not end at a unit field'),
        ("指向一个 type: unit 的字段，例如 customer.unit", "lead it to a field of type unit, like customer.unit"),
    ),
    entry(
        "E429",
        ("hand_over 的「{name}」不是人员字段", 'hand_over "{name}" is not a user field'),
        ("只列出 type: user、不是公式的字段", "list fields of type user that are no formula"),
    ),
    entry(
        "E484",
        ("copied 的「{name}」用不上", 'copied cannot use "{name}"'),
        (
            "origin 是指向本实体的关系，counts 是可填写的整数字段，parts 是以本实体为整体的明细(part_of)",
            "origin is a relation to the same entity, counts an integer field that is entered, parts are collections of parts (part_of)",
        ),
    ),
    entry(
        "E434",
        ("inbox 的 for「{name}」不是人员字段", 'inbox: for "{name}" is not a user field'),
        ("指向一个 type: user 的字段", "name a field of type user"),
    ),
    entry(
        "E435",
        ("inbox 的 due「{name}」不是日期或时刻", 'inbox: due "{name}" is neither a date nor an instant'),
        ("指向一个 type: date 或 instant 的字段", "name a field of type date or instant"),
    ),
    entry(
        "E436",
        ("inbox 的 amount「{name}」不是金额", 'inbox: amount "{name}" is not money'),
        ("指向一个 type: money 的字段", "name a field of type money"),
    ),
    entry(
        "E437",
        ("order 给不出日期或时刻", "order gives neither a date nor an instant"),
        (
            "写一个结果是日期或时刻的公式，例如 add_days(due_on, -3)",
            "write a formula that gives a date or an instant, like add_days(due_on, -3)",
        ),
    ),
    entry(
        "E438",
        ("待办动作「{name}」须写 transition 或 set 之一", 'the inbox act "{name}" needs either transition or set'),
        ("留下一个，去掉另一个", "keep one of them"),
    ),
    entry(
        "E440",
        ("由引擎写入的字段「{name}」须是 {type}", 'the field "{name}", which the engine fills, must be of type {type}'),
        (
            "改成 type: {type}，不写公式；或换个名字自用",
            "make it type: {type} without a formula, or name yours otherwise",
        ),
    ),
    entry(
        "E441",
        (
            "由引擎写入的行填不了必填字段「{name}」",
            'rows that the engine writes cannot fill the required field "{name}"',
        ),
        ("去掉 required，或给出默认值", "drop required, or give it a default"),
    ),
    entry(
        "E442",
        (
            "由引擎写入的行不能再有 {key}：一旦不符，审批人的答复就会被拦下",
            "rows that the engine writes take no {key}: where one does not hold, an answer would be stopped",
        ),
        ("去掉它，或把它写在另一个实体上", "drop it, or write it on another entity"),
    ),
    entry(
        "E405",
        ("subject 的「{path}」不是关系字段", 'subject "{path}" is not a relation'),
        ("指向一个关系字段", "name a relation field"),
    ),
    entry(
        "W405",
        (
            "「{entity}」有 {level} 级字段「{field}」，却到不了任何数据主体：没有人的清除、导出会带上它",
            '"{entity}" has the field "{field}" of level {level} and reaches no data subject: nobody\'s erasure or export takes it along',
        ),
        (
            "写 subject: 指向数据主体的关系；本身就是主体写 data_subject: true；与任何人无关写 about_nobody: true",
            "write subject: with the relation to the data subject; data_subject: true where rows are subjects themselves; about_nobody: true where they are about none",
        ),
    ),
    entry(
        "W407",
        (
            "字段「{field}」写的是 {level}，而它的名称说的是{zh}（{higher}）",
            'the field "{field}" says {level}, and its name says that it holds this: {kind} ({higher})',
        ),
        (
            "写 level: {higher}；名称说的不是它，就去掉 level，由扫描建议、由人否决",
            "write level: {higher}; where the name means something else, leave level out: the scan suggests and a person refuses",
        ),
    ),
    entry(
        "E406",
        (
            "part_of 的「{name}」须是必填且 on_delete: cascade 的关系",
            'part_of "{name}" must be a required relation with on_delete: cascade',
        ),
        (
            "写成 {{type: relation, required: true, on_delete: cascade}}",
            "write {{type: relation, required: true, on_delete: cascade}}",
        ),
    ),
    entry("E407", ("默认值「{value}」不适合类型 {type}", 'the default "{value}" does not fit the type {type}')),
    entry(
        "E408",
        ("字段有 {count} 个，上限是 {limit}", "{count} fields; the limit is {limit}"),
        ("拆成几个实体", "split the entity"),
    ),
    entry(
        "E409",
        ("一个实体只能有一个状态字段", "an entity has at most one state field"),
        ("其余改为 choice", "make the others choices"),
    ),
    entry(
        "E410",
        ("「{first}」与「{second}」不能同时写", '"{first}" and "{second}" exclude each other'),
        ("删去一个", "remove one"),
    ),
    entry(
        "E411",
        ("下限 {low} 大于上限 {high}", "the minimum {low} is above the maximum {high}"),
        ("对调两者", "exchange them"),
    ),
    entry(
        "E412",
        (
            "集合名「{name}」在实体「{entity}」上已被占用",
            'the collection "{name}" collides with a name of the entity "{entity}"',
        ),
        ("换一个 inverse", "choose another inverse"),
    ),
    entry("E413", ("{type} 类型的字段「{name}」不能用在这里", 'the field "{name}" of type {type} cannot be used here')),
    entry(
        "E414",
        ("编号格式「{pattern}」里的 {part} 无效", 'the part {part} of the pattern "{pattern}" is not known'),
        (
            "可用 {{yyyy}} {{yy}} {{mm}} {{dd}} {{unit}} {{seq:n}}，且必须有 {{seq:n}}",
            "parts: {{yyyy}} {{yy}} {{mm}} {{dd}} {{unit}} {{seq:n}}; {{seq:n}} is required",
        ),
    ),
    entry(
        "E415",
        (
            "流程「{workflow}」属于 {entity}.{field}，不是这个字段",
            'the workflow "{workflow}" moves {entity}.{field}, not this field',
        ),
        ("两边写同一个字段", "name the same field on both sides"),
    ),
    entry(
        "E416",
        ("小数位 {scale} 大于总位数 {precision}", "the scale {scale} is above the precision {precision}"),
        ("总位数最多 18", "the precision is at most 18"),
    ),
    entry(
        "E417",
        (
            "正则表达式「{pattern}」无效、太大，或用了前后查找、反向引用",
            'the regular expression "{pattern}" is not valid, too large, or uses look-around or back references',
        ),
        ("检查括号与反斜杠", "look at brackets and backslashes"),
    ),
    entry(
        "E418",
        ("renamed_from 写的「{name}」仍然存在", 'renamed_from names "{name}", which still exists'),
        ("删去 renamed_from，或删去旧的那个", "remove renamed_from or the old one"),
    ),
    entry(
        "E419",
        (
            "编号格式「{pattern}」按 {per} 重新计数，却没有写出 {part}，编号会重复",
            'the pattern "{pattern}" counts anew per {per} and does not show {part}: numbers would repeat',
        ),
        ("在 pattern 里写上 {part}，或从 per 里删去 {per}", "write {part} in the pattern, or remove {per} from per"),
    ),
    entry(
        "W421",
        ("没有流转能到达状态「{state}」", 'no transition reaches the state "{state}"'),
        ("加一条流转或删去它", "add a transition to it or remove it"),
    ),
    entry(
        "W422",
        ("状态「{state}」没有出路，又不是终态", 'the state "{state}" has no way out and is not final'),
        ("加一条流转，或写 final: true", "add a transition or write final: true"),
    ),
    entry(
        "E423",
        ("终态「{state}」不能再流转", 'the final state "{state}" cannot be left'),
        ("去掉 final: true，或删去流转", "remove final: true or the transition"),
    ),
    entry(
        "W424",
        ("没有角色可以做流转「{name}」", 'no role may take the transition "{name}"'),
        ("写上 roles:", "add roles:"),
    ),
    entry(
        "E425",
        ("字段「{name}」不能由流转写入", 'a transition cannot write the field "{name}"'),
        ("只能写普通字段", "name a plain field"),
    ),
    entry(
        "E426",
        ("状态字段只能由流转写入", "state fields are written by transitions alone"),
        ("删去 {key}", "remove {key}"),
    ),
    entry(
        "W440",
        ("没有人有权使用实体「{entity}」", 'nobody has a right to the entity "{entity}"'),
        ("写 access/{entity}.yaml", "write access/{entity}.yaml"),
    ),
    entry(
        "W441",
        ("实体「{entity}」没有记录页", 'the entity "{entity}" has no record page'),
        ("加一个 kind: record 的页面", "add a page of kind record"),
    ),
    entry(
        "W442", ("没有角色可以打开页面「{page}」", 'no role may open the page "{page}"'), ("写上 roles:", "add roles:")
    ),
    entry(
        "I443",
        ("字段「{field}」受保护，而没有角色可以写它", 'the field "{field}" is guarded and no role may write it'),
        ("加一条 right: write 的规则", "add a rule with right: write"),
    ),
    entry(
        "E444",
        ("部件「{entity}」的权限来自「{whole}」", 'rights on the part "{entity}" come from "{whole}"'),
        ("删去 grants", "remove the grants"),
    ),
    entry(
        "W445",
        ("角色「{role}」打不开页面「{page}」", 'the role "{role}" may not open the page "{page}"'),
        ("在页面的 roles 里加上它", "add the role to roles of the page"),
    ),
    entry(
        "E446",
        (
            "表单「{form}」属于实体「{other}」，不是「{entity}」",
            'the form "{form}" is for the entity "{other}", not "{entity}"',
        ),
        ("换一个表单", "name another form"),
    ),
    entry(
        "I447",
        ("字段「{field}」没有任何地方用到", 'nothing uses the field "{field}"'),
        ("放到表单或页面上，或者去掉", "put it on a form or a page, or remove it"),
    ),
    entry(
        "I451",
        ("按「{path}」排序没有索引", 'no index serves the sort by "{path}"'),
        ("大表请在实体里加 indexes", "for large tables add it to indexes of the entity"),
    ),
    entry(
        "E452", ("记录页和列表页必须写 entity", "list and record pages need an entity"), ("加上 entity:", "add entity:")
    ),
    entry(
        "I453",
        (
            "指标「{metric}」没有时间字段，期间筛选对它无效",
            'the metric "{metric}" has no time, so periods do not select',
        ),
        ("写上 time:", "add time:"),
    ),
    entry(
        "E460",
        ("measure 须是一个聚合，例如 sum(amount)", "a measure is one aggregate, like sum(amount)"),
        ("可用 sum、count、avg、min、max、count_distinct", "one of sum, count, avg, min, max, count_distinct"),
    ),
    entry(
        "W461",
        (
            "「{metric}」的单位「{second}」与同一坐标轴上的「{first}」不同，数值小的会贴在轴上",
            '"{metric}" is in "{second}" on one axis with "{first}": the smaller figures would lie flat on it',
        ),
        (
            "改用 chart: combo（柱与线各用一轴）或 chart: scatter",
            "use chart: combo (bars and lines by axes of their own) or chart: scatter",
        ),
    ),
    entry(
        "E462",
        (
            "计算字段「{field}」读了当前时间或用户，保存后会过时",
            'the computed field "{field}" reads the time or the user: stored, it would go stale',
        ),
        ("放到指标、视图条件或 visible_when 里", "put it into a metric, a view's where, or visible_when"),
    ),
    entry(
        "E463",
        (
            "这个包的公式合计超过 {limit} 字节，其余未读",
            "the formulas of this pack have more than {limit} bytes in all; the rest is not read",
        ),
        ("删去重复的公式，或拆成几个包", "remove formulas that say the same, or split the pack"),
    ),
    entry(
        "E465",
        (
            "「{metric}」没有维度「{dimension}」，无法按它汇总",
            '"{metric}" has no dimension "{dimension}" to be folded by',
        ),
        ("可用：{offered}", "one of: {offered}"),
    ),
    entry(
        "E466",
        ("「{metric}」不能预先汇总", '"{metric}" cannot be kept folded'),
        ("去掉 rollup", "remove rollup"),
    ),
    entry(
        "E455",
        (
            "「{first}」与「{second}」单位不同，不能相加或比较",
            '"{first}" and "{second}" are unlike units: no sum, no comparison',
        ),
        (
            "换成同一单位的指标，或先相除、相乘",
            "use figures of one unit, or divide or multiply first",
        ),
    ),
    entry(
        "E456",
        (
            "写的单位是「{declared}」，算出来的是「{found}」",
            'the unit is given as "{declared}", the value has "{found}"',
        ),
        ("改成算出来的单位，或改公式", "write the unit that the value has, or change the formula"),
    ),
    entry(
        "E457",
        ("「{unit}」不是计量单位", '"{unit}" is no unit of measure'),
        (
            "用符号写乘积与商，例如 CNY/m2；可用货币、实体名和 {known}",
            "write products and quotients of symbols, like CNY/m2: currencies, entities, {known}",
        ),
    ),
    entry(
        "E458",
        ("单位是「{unit}」，不能显示为百分比", 'a figure in "{unit}" cannot be shown as a percentage'),
        (
            "百分比只用于同单位之比；改 display 或公式",
            "percentages are ratios of like units: change display or the formula",
        ),
    ),
    entry(
        "E459",
        (
            "目标「{target}」的单位「{second}」与「{first}」不同",
            'the target "{target}" is in "{second}", not in "{first}"',
        ),
        ("选同一单位的目标", "choose a target of the same unit"),
    ),
    entry(
        "E470",
        (
            "在 {pack} 里用到了 {other} 的「{name}」，却没有依赖它",
            '"{name}" belongs to {other}, which {pack} does not require',
        ),
        ("在 pack.yaml 的 requires 里加上 {other}", "add {other} to requires of pack.yaml"),
    ),
    entry(
        "E480",
        ("按时间触发的流程须写 when：对哪些记录启动", "a flow on a schedule needs when: for which records it starts"),
    ),
    entry(
        "E481",
        ("步骤「{step}」在结束之后，走不到", 'the step "{step}" stands after the end and is never reached'),
        ("删去它，或移到 end 之前", "remove it, or move it before the end"),
    ),
    entry(
        "E471",
        (
            "「{name}」不是指向独立实体的关联字段，没有可以就地新建的记录",
            '"{name}" is no relation to rows of their own: nothing is made in its place',
        ),
        ("去掉 create:", "leave out create:"),
    ),
    entry(
        "E472",
        (
            "「{begins}」与「{ends}」不能成为一段起止：须是两个同类型的字段",
            '"{begins}" and "{ends}" are no range: it takes two fields of one type',
        ),
        ("用两个 date 字段，或两个 instant 字段", "use two date fields, or two instant fields"),
    ),
    entry(
        "E473",
        (
            "分步的表单，最外层须全是 step，且不少于两步",
            "a form in steps is made of steps alone at its top, two or more",
        ),
        ("把这一项放进某一步里，或不用 step", "put this item into a step, or leave the steps out"),
    ),
    entry(
        "E479",
        ("表单「{name}」填写的不是 {entity}", 'the form "{name}" is not one of {entity}'),
        ("写一个该实体的表单", "name a form of that entity"),
    ),
    entry("E482", ("步骤标识「{id}」与第 {line} 行重复", 'the step id "{id}" stands in line {line} already')),
    entry(
        "E483",
        ("流程未能善终之后不能再审批", "there are no approvals after a flow has not ended well"),
        ("改为通知、更新或待办", "notify, update or ask for a task instead"),
    ),
    entry(
        "W484",
        ("这里的条件永远不成立，走不到", "this can never hold and is never reached"),
        ("删去，或改条件", "remove it or mend it"),
    ),
    entry(
        "I485",
        ("没有分支成立时直接往下走", "where no branch holds the flow just goes on"),
        ("需要时加一个不带 when 的分支", "add a branch without when if that is not meant"),
    ),
    entry("E486", ("empty: named 须写 named：由谁处理", "empty: named needs named: who is asked then")),
    entry(
        "E487",
        ("「{name}」不能由人填写", '"{name}" is not a field that people write'),
        ("公式字段与状态字段由系统写入", "formulas and states are written by the system"),
    ),
    entry("E488", ("超时处理的时间须依次变长", "the times of a ladder must rise")),
    entry(
        "E489",
        ("没有单元设席位「{name}」", 'no kind of unit has a seat "{name}"'),
        ("可用：{allowed}", "one of: {allowed}"),
    ),
    entry(
        "E490",
        ("角色「{role}」看不到 {entity}，不能审批", 'the role "{role}" cannot read {entity} and so cannot decide'),
        ("在 access/{entity}.yaml 里给它 read", "grant it read in access/{entity}.yaml"),
    ),
    entry("E491", ("等待须写 for、until 或 holds", "a wait needs for, until or holds")),
    entry("E492", ("until 须得到日期或时刻", "until must give a date or an instant")),
    entry(
        "E493",
        (
            "「{name}」是记录的状态与流转，不是可以启动的流程",
            '"{name}" is the life of a record, no flow that can be started',
        ),
        ("写一个带 steps 的流程", "name one that has steps"),
    ),
    entry(
        "E494",
        (
            "流程「{name}」是关于 {other} 的，不能对 {entity} 启动",
            'the flow "{name}" is about {other} and cannot be started for {entity}',
        ),
    ),
    entry(
        "E497",
        ("调用须写 node 或 destination 之一", "a call names a node or a destination, one of them"),
        ("node 是本机的节点，destination 是声明过的去向", "node runs here, destination is a declared place outside"),
    ),
    entry(
        "E498",
        ("节点不签名，sign 只用于 destination", "a node is not signed for; sign is for a destination"),
        ("删去 sign", "take sign out"),
    ),
    entry("E495", ("流程互相启动，没有尽头：{circle}", "flows start each other without an end: {circle}")),
    entry(
        "E496",
        (
            "流程走到这里时记录处于 {states}，不能走「{name}」",
            'the record stands in {states} here, so "{name}" cannot be taken',
        ),
        ("这个流转只能从 {allowed} 出发", "that transition leads from {allowed}"),
    ),
    entry(
        "E499",
        (
            "{entity} 不能这样交接：它没有写 hand_over，或不是直接归单元所有",
            "{entity} is not handed over like this: it has no hand_over, or no unit owns it by itself",
        ),
        (
            "在实体里写 hand_over: {{fields: […]}}，owned_by 写它自己的单元字段",
            "give the entity hand_over: {{fields: […]}} and an owned_by that is its own unit field",
        ),
    ),
    entry(
        "E420",
        (
            "起始记录按自然键写出：实体要有且只有一个文字类的自然键",
            "starting rows are written by their natural key: the entity has exactly one, of type text",
        ),
        ("写 natural_key: [code]，并声明文字字段 code", "write natural_key: [code] and declare a text field code"),
    ),
    entry(
        "W478",
        (
            "流转「{name}」已启动流程「{flow}」的审批，两边会同时找人审批",
            'the transition "{name}" starts the approvals of "{flow}" too; both would ask at once',
        ),
        ("只留一个流程，或给两边的触发都写 when", "keep one of the flows, or give both triggers a when"),
    ),
    entry(
        "W497",
        ("流程的写入会再次触发它自己：{circle}", "what these flows write starts them again: {circle}"),
        ("给触发条件写 when，或写明 fields", "give the trigger a when, or name its fields"),
    ),
    entry(
        "I498",
        ("可能找不到人；那时交给管理员", "it may find nobody and then goes to the administrators"),
        ("用 empty 写明找不到人时怎么办", "say with empty what happens then"),
    ),
)
