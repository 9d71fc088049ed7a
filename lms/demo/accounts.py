"""The demo's published accounts: one for each kind of user."""

from dataclasses import dataclass

from lms.demo.outline import REGULAR, YEARLY
from lms.people.enums import Role

# Published on the sign-in page and on the terminal; the accounts exist in demo mode only.
PASSWORD = "hinata-demo-2026"  # noqa: S105


@dataclass(frozen=True, slots=True)
class DemoAccount:
    key: str
    label: str
    employee_number: str
    name: str
    name_kana: str
    unit: str = ""
    position: str = ""
    employment_type: str = REGULAR
    roles: tuple[Role, ...] = ()
    is_superuser: bool = False
    leads: str = ""


DEMO_ACCOUNTS: tuple[DemoAccount, ...] = (
    DemoAccount(
        "employee",
        "職員",
        "100001",
        "髙橋　美咲",
        "タカハシ　ミサキ",
        "総務部/市民税課/個人市民税係",
        "主事",
    ),
    DemoAccount(
        "section_head",
        "所属長（市民税課長）",
        "100002",
        "渡邉　健一",
        "ワタナベ　ケンイチ",
        "総務部/市民税課",
        "課長",
    ),
    DemoAccount(
        "training_admin",
        "人財課（研修担当）",
        "100003",
        "山﨑　陽子",
        "ヤマザキ　ヨウコ",
        "総務部/人財課/研修係",
        "主査",
        roles=(Role.TRAINING_ADMIN,),
    ),
    DemoAccount(
        "dx_office",
        "デジタル戦略課",
        "100004",
        "田中　翔太",
        "タナカ　ショウタ",
        "政策部/デジタル戦略課/企画係",
        "主任",
        roles=(Role.DX_OFFICE,),
    ),
    DemoAccount(
        "author",
        "研修作成者",
        "100005",
        "小林　彩",
        "コバヤシ　アヤ",
        "政策部/デジタル戦略課/企画係",
        "主査",
        roles=(Role.AUTHOR,),
    ),
    DemoAccount(
        "network_leader",
        "ネットワークリーダー",
        "100006",
        "德田　直樹",
        "トクダ　ナオキ",
        "総務部/市民税課/法人市民税係",
        "主任",
        leads="総務部/市民税課",
    ),
    DemoAccount(
        "advisor",
        "アドバイザー（外部）",
        "100007",
        "大和田　誠",
        "オオワダ　マコト",
        roles=(Role.ADVISOR,),
    ),
    DemoAccount(
        "auditor",
        "監査",
        "100008",
        "濵田　典子",
        "ハマダ　ノリコ",
        "会計・行政委員会/監査事務局",
        "主査",
        roles=(Role.AUDITOR,),
    ),
    DemoAccount(
        "committee",
        "デジタル推進委員会（政策部長）",
        "100009",
        "中村　隆",
        "ナカムラ　タカシ",
        "政策部",
        "部長",
        roles=(Role.COMMITTEE,),
    ),
    DemoAccount(
        "administrator",
        "システム管理者",
        "100010",
        "\U00020bb7田　大輔",
        "ヨシダ　ダイスケ",
        "政策部/デジタル戦略課/基盤係",
        "係長",
        is_superuser=True,
    ),
    DemoAccount(
        "yearly_staff",
        "会計年度任用職員（メールなし）",
        "100011",
        "佐々木　幸子",
        "ササキ　サチコ",
        "こども部/中央保育園",
        "保育補助員",
        YEARLY,
    ),
)
