"""Areas: the pages of administration in the order of their navigation."""

from __future__ import annotations

from dataclasses import dataclass

from engine.diagnostics import Message

START = "/admin"
BREAKERS = "/admin/egress"


@dataclass(frozen=True, slots=True)
class Area:
    """A page of administration: its address, name, icon, and what one does there."""

    url: str
    label: Message
    icon: str
    about: Message


@dataclass(frozen=True, slots=True)
class AreaGroup:
    """Areas under one heading."""

    label: Message
    areas: tuple[Area, ...]


GROUPS: tuple[AreaGroup, ...] = (
    AreaGroup(
        Message("人与权限", "People and rights"),
        (
            Area("/admin/users", Message("人员", "People"), "users", Message("账号、席位与停用", "Accounts and seats")),
            Area(
                "/admin/invitations",
                Message("邀请", "Invitations"),
                "mail",
                Message("谁还没有加入", "Who has not joined yet"),
            ),
            Area(
                "/admin/organisation",
                Message("组织", "Organisation"),
                "flow",
                Message("单元、席位与生效日期", "Units, seats, dates"),
            ),
            Area(
                "/admin/hand-over",
                Message("交接", "Hand-over"),
                "refresh",
                Message("换人或换单元，一次交清", "People or units change, all passes on"),
            ),
            Area(
                "/admin/flows",
                Message("流程", "Flows"),
                "flow",
                Message("在办、卡住、旧版本与耗时", "Running, stuck, older texts, times"),
            ),
            Area(
                "/admin/reorganisation",
                Message("组织变更试算", "Reorganisation"),
                "layers",
                Message("先试再发布", "Tried, then published"),
            ),
            Area(
                "/admin/calendar",
                Message("工作日历", "Calendar"),
                "calendar",
                Message("节假日、调休与工作时间", "Holidays, make-up days, hours"),
            ),
            Area(
                "/admin/roles",
                Message("角色与权限", "Roles and rights"),
                "shield",
                Message("谁能对什么做什么", "Who may do what to what"),
            ),
            Area(
                "/admin/sessions",
                Message("会话", "Sessions"),
                "monitor",
                Message("谁在哪里登录", "Who is signed in where"),
            ),
            Area(
                "/admin/providers",
                Message("登录服务", "Sign-in services"),
                "link",
                Message("用公司的统一身份登录", "Sign in with the company's directory"),
            ),
            Area(
                "/admin/tokens",
                Message("API 令牌", "API tokens"),
                "key",
                Message("程序用来访问的令牌", "What programs sign in with"),
            ),
            Area(
                "/admin/screens",
                Message("大屏链接", "Screen links"),
                "monitor",
                Message("墙上的屏幕看哪个看板", "Which dashboards stand on walls"),
            ),
        ),
    ),
    AreaGroup(
        Message("运行", "Operation"),
        (
            Area(
                "/admin/health",
                Message("健康", "Health"),
                "gauge",
                Message("数据库、磁盘、时钟、备份", "Database, disk, clock, backups"),
            ),
            Area(
                "/admin/jobs",
                Message("作业", "Jobs"),
                "refresh",
                Message("等待与进行中的后台工作", "Work that waits or runs"),
            ),
            Area(
                "/admin/dead-letters",
                Message("死信", "Dead letters"),
                "warning",
                Message("多次失败后停下的作业", "Jobs that stopped after many tries"),
            ),
            Area(
                "/admin/sources",
                Message("数据源", "Sources"),
                "download",
                Message("从别处读取的数据", "What is read from elsewhere"),
            ),
            Area(
                BREAKERS,
                Message("外发断路器", "Egress breakers"),
                "shield",
                Message("数据去向、断开与整改", "Where data goes, what is cut off"),
            ),
            Area(
                "/admin/lineage",
                Message("数据血缘", "Lineage"),
                "flow",
                Message("每个值从哪来、到哪去", "From where each value comes and where it goes"),
            ),
            Area(
                "/admin/channels",
                Message("通知渠道", "Channels"),
                "bell",
                Message("邮件、企业微信、钉钉、飞书", "Mail, WeCom, DingTalk, Feishu"),
            ),
            Area(
                "/admin/levels",
                Message("数据分级", "Levels of fields"),
                "shield",
                Message("敏感字段、证据与确认", "Sensitive fields, evidence, decisions"),
            ),
            Area(
                "/admin/storage",
                Message("存储", "Storage"),
                "boxes",
                Message("表、文件与保留期限", "Tables, files, retention"),
            ),
            Area(
                "/admin/demonstration",
                Message("演示数据", "Demonstration"),
                "store",
                Message("一键生成，一键清除", "Made and taken away with a click"),
            ),
            Area(
                "/admin/settings",
                Message("设置", "Settings"),
                "settings",
                Message("每项设置的值与来源", "Every setting and where it comes from"),
            ),
            Area(
                "/admin/audit",
                Message("审计", "Audit log"),
                "clipboard",
                Message("谁在何时做了什么", "Who did what, when"),
            ),
        ),
    ),
)


def under_administration(path: str) -> bool:
    """Whether an address is one of administration."""
    return path == START or path.startswith(f"{START}/")


def is_current(area: Area, path: str) -> bool:
    """Whether an address belongs to an area."""
    return path == area.url or path.startswith(f"{area.url}/")
