"""What the demo city is made of: 13 部 with 80 課 and facilities, and who works in which trade."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    name: str
    weight: int = 3
    trade: str = "office"
    teams: tuple[str, ...] = ()
    # What it was called until a reorganisation on 1 April of the year before this one.
    formerly: str = ""

    @property
    def head(self) -> str:
        for ending, position in HEADS:
            if self.name.endswith(ending):
                return position
        return "課長"


@dataclass(frozen=True, slots=True)
class Department:
    name: str
    sections: tuple[Section, ...]
    head: str = "部長"


@dataclass(frozen=True, slots=True)
class Trade:
    """Who works in a unit of this kind: who leads a team, then position and how many of 100."""

    lead: str
    staff: tuple[tuple[str, int], ...]


HEADS = (
    ("保育園", "園長"),
    ("図書館", "館長"),
    ("児童館", "館長"),
    ("消防署", "署長"),
    ("センター", "所長"),
    ("調理場", "所長"),
    ("研究所", "所長"),
    ("分室", "室長"),
    ("室", "室長"),
    ("事務局", "事務局長"),
)

TRADES = {
    "office": Trade(
        "係長", (("主査", 20), ("主任", 20), ("主事", 38), ("主事補", 6), ("事務補助員", 16))
    ),
    "technical": Trade(
        "係長", (("主査", 20), ("主任", 18), ("技師", 40), ("主事", 10), ("作業員", 12))
    ),
    "nursery": Trade("主任保育士", (("保育士", 60), ("保育補助員", 28), ("調理員", 12))),
    "library": Trade("係長", (("司書", 45), ("主事", 25), ("図書館補助員", 30))),
    "health": Trade("係長", (("保健師", 45), ("主任", 15), ("主事", 25), ("事務補助員", 15))),
    "fire": Trade("消防司令補", (("消防士長", 35), ("消防副士長", 25), ("消防士", 40))),
    "kitchen": Trade("栄養士", (("調理員", 65), ("調理補助員", 35))),
}

# Name, rank (lists show the lower first), heads its unit.
POSITIONS: tuple[tuple[str, int, bool], ...] = (
    ("部長", 10, True),
    ("消防長", 10, True),
    ("会計管理者", 10, True),
    ("室長", 12, True),
    ("事務局長", 14, True),
    ("課長", 20, True),
    ("署長", 20, True),
    ("館長", 22, True),
    ("所長", 22, True),
    ("園長", 22, True),
    ("主幹", 25, False),
    ("係長", 30, False),
    ("主任保育士", 32, False),
    ("消防司令補", 32, False),
    ("主査", 40, False),
    ("主任", 45, False),
    ("消防士長", 45, False),
    ("主事", 50, False),
    ("技師", 50, False),
    ("保育士", 50, False),
    ("保健師", 50, False),
    ("司書", 50, False),
    ("栄養士", 50, False),
    ("消防副士長", 50, False),
    ("主事補", 55, False),
    ("消防士", 55, False),
    ("調理員", 60, False),
    ("作業員", 60, False),
    ("事務補助員", 70, False),
    ("保育補助員", 70, False),
    ("図書館補助員", 70, False),
    ("調理補助員", 70, False),
)

REGULAR = "正規職員"
REHIRED = "再任用職員"
FIXED_TERM = "任期付職員"
YEARLY = "会計年度任用職員"
EMPLOYMENT_TYPES: tuple[tuple[str, int], ...] = (
    (REGULAR, 10),
    (REHIRED, 20),
    (FIXED_TERM, 30),
    (YEARLY, 40),
)
YEARLY_POSITIONS = ("事務補助員", "保育補助員", "図書館補助員", "調理補助員")
# Whoever has one of these often works without an office PC and an e-mail address of their own.
WITHOUT_MAIL = (*YEARLY_POSITIONS, "調理員", "作業員")

DEPARTMENTS: tuple[Department, ...] = (
    Department(
        "市長室",
        (
            Section("秘書課", 2),
            Section("広報課", 3),
            Section("国際・男女共同参画課", 2),
            Section("危機管理課", 3),
        ),
        head="室長",
    ),
    Department(
        "政策部",
        (
            Section("総合政策課", 3),
            Section("財政課", 3),
            Section("デジタル戦略課", 5, teams=("企画係", "基盤係"), formerly="情報政策課"),
            Section("行政改革課", 2),
            Section("公共資産マネジメント課", 3, "technical"),
        ),
    ),
    Department(
        "総務部",
        (
            Section("総務課", 4),
            Section("人財課", 5, teams=("人事係", "研修係", "県派遣", "広域連合派遣")),
            Section("契約検査課", 3),
            Section("管財課", 3, "technical"),
            Section("市民税課", 8, teams=("個人市民税係", "法人市民税係")),
            Section("資産税課", 5),
            Section("収納課", 5),
        ),
    ),
    Department(
        "市民部",
        (
            Section("市民課", 9, teams=("窓口係", "記録係")),
            Section("市民活動課", 3),
            Section("市民相談課", 2),
            Section("保険年金課", 7, teams=("国保係", "年金係")),
            Section("北分室", 2),
            Section("南分室", 2),
        ),
    ),
    Department(
        "環境経済部",
        (
            Section("産業活性課", 3),
            Section("農政課", 2),
            Section("環境総務課", 3),
            Section("生活環境保全課", 3, "technical"),
            Section("廃棄物対策課", 5, "technical"),
            Section("環境管理センター", 4, "technical"),
        ),
    ),
    Department(
        "健康福祉部",
        (
            Section("健康福祉総務課", 4),
            Section("生活援護課", 6),
            Section("障がい福祉課", 6, teams=("障がい福祉係", "給付係")),
            Section("高齢福祉課", 4),
            Section("介護保険課", 6),
            Section("健康づくり推進課", 5, "health"),
            Section("医療健診課", 4, "health"),
            Section("保健福祉センター", 4, "health"),
        ),
    ),
    Department(
        "こども部",
        (
            Section("こども総務課", 3),
            Section("ほいく課", 6, teams=("入所係", "給付係"), formerly="保育課"),
            Section("子育て支援課", 4),
            Section("こども青少年課", 3),
            Section("北保育園", 6, "nursery"),
            Section("中央保育園", 7, "nursery"),
            Section("南保育園", 6, "nursery"),
            Section("中央児童館", 2),
        ),
    ),
    Department(
        "文化スポーツ部",
        (
            Section("文化振興課", 3),
            Section("スポーツ課", 3),
            Section("図書・学び交流課", 3),
            Section("中央図書館", 5, "library"),
            Section("南図書館", 3, "library"),
            Section("中央学習センター", 3),
            Section("北学習センター", 2),
        ),
    ),
    Department(
        "街づくり部",
        (
            Section("街づくり総務課", 3),
            Section("街づくり計画課", 3, "technical"),
            Section("街づくり推進課", 3, "technical"),
            Section("建築指導課", 4, "technical"),
            Section("住宅課", 2),
        ),
    ),
    Department(
        "都市施設部",
        (
            Section("道路管理課", 4, "technical"),
            Section("道路整備課", 4, "technical"),
            Section("みどり公園課", 3, "technical"),
            Section("下水道経営課", 3),
            Section("河川・下水道整備課", 4, "technical"),
            Section("浄化センター", 3, "technical"),
        ),
    ),
    Department(
        "消防本部",
        (
            Section("消防総務課", 3),
            Section("予防課", 3, "fire"),
            Section("警防課", 3, "fire"),
            Section("救急救命課", 5, "fire"),
            Section("指令課", 4, "fire"),
            Section("北消防署", 8, "fire"),
            Section("南消防署", 8, "fire"),
        ),
        head="消防長",
    ),
    Department(
        "教育部",
        (
            Section("教育総務課", 3),
            Section("学校教育課", 4),
            Section("指導室", 3),
            Section("保健給食課", 3),
            Section("北部学校給食共同調理場", 6, "kitchen"),
            Section("南部学校給食共同調理場", 6, "kitchen"),
            Section("教育研究所", 2),
        ),
    ),
    Department(
        "会計・行政委員会",
        (
            Section("会計課", 3),
            Section("議会事務局", 3),
            Section("選挙管理委員会事務局", 2),
            Section("監査事務局", 2),
        ),
        head="会計管理者",
    ),
)

# Teams that hold only people lent to other bodies; nobody has the primary post there.
LENT_TO = ("総務部/人財課/県派遣", "総務部/人財課/広域連合派遣")
