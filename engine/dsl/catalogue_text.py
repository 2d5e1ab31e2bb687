"""Codes E1xx: what is wrong with files, folders and the YAML in them."""

from __future__ import annotations

from engine.diagnostics import Catalogue
from engine.dsl.catalogue_entry import entry

TEXT = Catalogue.of(
    entry(
        "E101",
        ("文件不是 UTF-8 编码，看起来是 {encoding}", "the file is not UTF-8; it looks like {encoding}"),
        ("用编辑器另存为 UTF-8", "save the file as UTF-8 in your editor"),
    ),
    entry(
        "E102",
        ("文件含有控制字符 {character}", "the file holds the control character {character}"),
        ("删去这个字符", "remove the character"),
    ),
    entry(
        "E103",
        ("文件超过 {limit} 字节", "the file has more than {limit} bytes"),
        ("一个文件只写一个资源，数据请用导入", "one resource a file; bring in rows by import"),
    ),
    entry(
        "E104",
        ("文件里有制表符", "the file holds a tab"),
        ("缩进请用空格，文字里请写 \\t", "indent with spaces; write \\t inside double quotes"),
    ),
    entry(
        "E105",
        ("{zh}", "{en}"),
        (
            "检查这一行和上一行的缩进、引号与括号",
            "look at the indentation, quotes and brackets of this line and the one above",
        ),
    ),
    entry(
        "E106",
        ("键「{key}」重复，第一次在第 {line} 行", 'the key "{key}" stands twice; first on line {line}'),
        ("合并或删去其中一个", "merge the two or remove one"),
    ),
    entry(
        "E107",
        ("不能用锚点和引用({name})", "anchors and aliases are not allowed ({name})"),
        (
            "把内容写出来；以 * 或 & 开头的文字加引号",
            "write the content out; put quotes around text that starts with * or &",
        ),
    ),
    entry(
        "E108",
        ("不能用 YAML 标签({tag})", "YAML tags are not allowed ({tag})"),
        ("文字请用引号", "put quotes around text"),
    ),
    entry(
        "E109",
        ("不能用合并键「<<」", 'the merge key "<<" is not allowed'),
        ("把内容写出来", "write the content out"),
    ),
    entry(
        "E110",
        ("一个文件只能有一个文档", "a file holds one document"),
        ("把「---」之后的内容放进另一个文件", "put what follows '---' into a file of its own"),
    ),
    entry(
        "E111",
        ("「{word}」有歧义：有的工具当成真假值", '"{word}" is ambiguous: some tools read it as true or false'),
        ("真假请写 true 或 false；文字请加引号", "write true or false; put quotes around text"),
    ),
    entry(
        "E112",
        ("嵌套超过 {limit} 层", "nested deeper than {limit} levels"),
        ("把内容拆开", "take the content apart"),
    ),
    entry(
        "E113",
        ("文件里的值超过 {limit} 个", "the file holds more than {limit} values"),
        ("拆成几个资源；数据请用导入", "split it into several resources; bring in rows by import"),
    ),
    entry(
        "E114",
        ("键必须是文字", "a key must be a text"),
        ("写成「名称: 值」", "write 'name: value'"),
    ),
    entry(
        "E115",
        ("数字「{number}」太长，无法精确保存", 'the number "{number}" is too long to be kept exactly'),
        ("给数字加引号", "put quotes around the number"),
    ),
    entry(
        "E116",
        ("文件是空的", "the file is empty"),
        ("写上 label 等内容，或删去文件", "write its label and content, or remove the file"),
    ),
    entry(
        "E117",
        ("文件最外层必须是「名称: 值」", "the outermost level of a file must be 'name: value'"),
        ("从 label: 开始写", "start with label:"),
    ),
    entry(
        "E118",
        (
            "这个文件的问题超过 {limit} 个，其余未列出",
            "the file has more than {limit} problems; the rest is not listed",
        ),
        ("先改掉列出的问题", "mend the listed ones first"),
    ),
    entry(
        "E119",
        ("包太大：超过 {what_zh}", "the pack is too large: more than {what_en}"),
        ("拆成几个包；数据请用导入", "split it into several packs; bring in rows by import"),
    ),
    entry(
        "E120",
        ("不认识文件夹「{name}」", 'unknown folder "{name}"'),
        ("可用的文件夹：{allowed}", "folders: {allowed}"),
    ),
    entry(
        "E121",
        ("这里不应有文件「{name}」", 'the file "{name}" does not belong here'),
        (
            "资源文件以 .yaml 结尾，放在类型文件夹里",
            "resource files end in .yaml and stand in the folder of their kind",
        ),
    ),
    entry(
        "E122",
        ("文件名「{name}」不能作为名称", 'the file name "{name}" is not a name'),
        (
            "名称以小写字母开头，只含小写字母、数字和下划线，最多 48 个；中文写在 label 里",
            "names start with a lower-case letter, then letters, digits and _ (at most 48); Chinese goes into label",
        ),
    ),
    entry(
        "E123",
        ("「{name}」是符号链接", '"{name}" is a symbolic link'),
        ("放入真正的文件", "put the real file here"),
    ),
    entry(
        "E124",
        ("「{name}」与「{other}」只差大小写", '"{name}" and "{other}" differ in case alone'),
        ("改掉其中一个的名称", "rename one of them"),
    ),
    entry(
        "E125",
        ("文件夹「{name}」里没有 pack.yaml", 'the folder "{name}" has no pack.yaml'),
        ("在包的根目录写一个 pack.yaml", "write a pack.yaml at the root of the pack"),
    ),
    entry(
        "E126",
        ("「{name}」是保留名称", '"{name}" is a reserved name'),
        ("换一个名称", "choose another name"),
    ),
    entry("E127", ("找不到「{name}」，或无权读取", '"{name}" does not exist or may not be read')),
    entry(
        "E128",
        ("{kind} 下的「{name}」已由 {other} 声明", '{kind} "{name}" is already declared in {other}'),
        (
            "改掉其中一个的名称，或在 pack.yaml 里用 extends 声明覆盖",
            "rename one of them, or declare the layer with `extends` in pack.yaml",
        ),
    ),
    entry(
        "E129",
        ("有两个包都叫「{name}」", 'two packs are called "{name}"'),
        ("改掉其中一个文件夹的名称", "rename one of the folders"),
    ),
    entry(
        "E130",
        ("这个包要用 {needs} 以上的斗拱，这里是 {have}", "this pack takes Dougong {needs} or newer, this is {have}"),
        ("先升级斗拱，或用这个包的旧版本", "upgrade Dougong first, or use an older edition of the pack"),
    ),
)
