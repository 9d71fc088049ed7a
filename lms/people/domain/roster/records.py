"""What the records say, as plain objects that a plan may change before anything is written."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from lms.core.text import search_key
from lms.people.enums import PostingKind

# 部長 課長 所長 and the like head their unit: the word for a unit or a house, then 長. 係長 and
# 主査 do not, nor does 次長, who stands in for the head.
HEADS = (
    "部長",
    "課長",
    "所長",
    "館長",
    "園長",
    "室長",
    "局長",
    "場長",
    "署長",
    "校長",
    "院長",
    "支所長",
    "センター長",
    "事務長",
    "会計管理者",
)
NO_HEADS = ("次長", "補佐", "代理", "係長", "副", "主幹", "参事", "担当")
# Lists show lower ranks first. The longest word that the name ends with decides.
POSITION_RANKS = {
    "市長": 1,
    "町長": 1,
    "村長": 1,
    "区長": 1,
    "副市長": 2,
    "教育長": 3,
    "局長": 10,
    "部長": 10,
    "会計管理者": 10,
    "部次長": 15,
    "次長": 15,
    "参事": 18,
    "所長": 20,
    "館長": 20,
    "園長": 20,
    "場長": 20,
    "署長": 20,
    "室長": 20,
    "課長": 20,
    "課長補佐": 30,
    "補佐": 30,
    "主幹": 35,
    "係長": 40,
    "主査": 50,
    "主任": 60,
    "主事": 70,
    "技師": 70,
    "主事補": 80,
    "一般": 90,
}
EMPLOYMENT_RANKS = {
    "正規職員": 10,
    "常勤職員": 10,
    "再任用職員": 20,
    "暫定再任用職員": 20,
    "定年前再任用短時間勤務職員": 25,
    "任期付職員": 30,
    "臨時的任用職員": 40,
    "会計年度任用職員": 50,
}
DEFAULT_RANK = 100
ONE_DAY = dt.timedelta(days=1)


def heads_unit(name: str) -> bool:
    """Whether holders of a position of this name head their unit, unless HR says otherwise."""
    return name.endswith(HEADS) and not any(word in name for word in NO_HEADS)


def position_rank(name: str) -> int:
    endings = [ending for ending in POSITION_RANKS if name.endswith(ending)]
    return POSITION_RANKS[max(endings, key=len)] if endings else DEFAULT_RANK


def employment_rank(name: str) -> int:
    return EMPLOYMENT_RANKS.get(name, DEFAULT_RANK)


@dataclass(slots=True, eq=False)
class Label:
    """A position or an employment type."""

    name: str
    pk: int | None = None


class Labels:
    def __init__(self, stored: Iterable[Label] = ()) -> None:
        self._by_key = {search_key(label.name): label for label in stored}
        self.new: list[Label] = []

    def get(self, name: str) -> Label | None:
        """The label of that name, a new one if need be; none for an empty name."""
        if not name:
            return None
        key = search_key(name)
        if key not in self._by_key:
            self._by_key[key] = Label(name)
            self.new.append(self._by_key[key])
        return self._by_key[key]


@dataclass(slots=True, eq=False)
class UnitNode:
    name: str
    starts_on: dt.date
    ends_on: dt.date | None
    parent: "UnitNode | None"
    pk: int | None = None
    children: "dict[str, list[UnitNode]]" = field(default_factory=dict)
    path_key: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        above = self.parent.path_key if self.parent else ()
        self.path_key = (*above, search_key(self.name))

    def ends_by(self, day: dt.date) -> bool:
        return self.ends_on is not None and self.ends_on < day

    @property
    def shown(self) -> str:
        return f"{self.parent.shown}/{self.name}" if self.parent else self.name


class UnitTree:
    def __init__(self) -> None:
        self.roots: dict[str, list[UnitNode]] = {}
        self.new: list[UnitNode] = []
        self.extended: dict[int, UnitNode] = {}
        self.closed: dict[int, UnitNode] = {}

    def attach(self, node: UnitNode) -> None:
        siblings = node.parent.children if node.parent else self.roots
        siblings.setdefault(node.path_key[-1], []).append(node)

    def resolve(self, path: tuple[str, ...], *, on: dt.date, since: dt.date) -> UnitNode:
        """The unit of that path in force on a day, made if need be, and reaching back to since."""
        node: UnitNode | None = None
        for name in path:
            node = self._child(node, name, on=on, since=since)
        if node is None:
            raise ValueError("a unit needs a name")
        return node

    def _child(
        self, parent: UnitNode | None, name: str, *, on: dt.date, since: dt.date
    ) -> UnitNode:
        siblings = (parent.children if parent else self.roots).get(search_key(name), [])
        alive = [node for node in siblings if not node.ends_by(on)]
        node = min(alive, key=lambda node: node.starts_on, default=None)
        if node is None:
            earlier = [node.ends_on for node in siblings if node.ends_on and node.ends_on >= since]
            starts_on = max(earlier) + ONE_DAY if earlier else since
            node = UnitNode(name, starts_on, None, parent)
            self.attach(node)
            self.new.append(node)
        elif node.starts_on > since and not any(
            other is not node and not other.ends_by(since) for other in siblings
        ):
            node.starts_on = since
            if node.pk:
                self.extended[node.pk] = node
        return node

    def close(self, node: UnitNode, *, on: dt.date) -> None:
        node.ends_on = on
        if node.pk:
            self.closed[node.pk] = node


@dataclass(slots=True, eq=False)
class Post:
    unit: UnitNode
    position: Label | None
    employment_type: Label | None
    kind: str
    starts_on: dt.date
    ends_on: dt.date | None
    pk: int | None = None
    # Something remembers this posting, so it may be shortened but not deleted.
    is_used: bool = False

    def covers(self, day: dt.date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or self.ends_on >= day)

    @property
    def is_primary(self) -> bool:
        return self.kind == PostingKind.PRIMARY

    @property
    def window(self) -> str:
        return f"{self.starts_on.isoformat()}–{self.ends_on.isoformat() if self.ends_on else ''}"

    @property
    def shown(self) -> str:
        """総務部/総務課 係長（正規職員）."""
        words = f"{self.unit.shown} {self.position.name}" if self.position else self.unit.shown
        if self.employment_type:
            words += f"（{self.employment_type.name}）"
        return words

    def as_json(self) -> dict[str, str | None]:
        return {
            "unit": self.unit.shown,
            "position": self.position.name if self.position else None,
            "employment_type": self.employment_type.name if self.employment_type else None,
            "kind": str(self.kind),
            "starts_on": self.starts_on.isoformat(),
            "ends_on": self.ends_on.isoformat() if self.ends_on else None,
        }


@dataclass(slots=True, eq=False)
class Staff:
    """A person with every posting, past and to come."""

    employee_number: str
    name: str
    name_kana: str = ""
    email: str = ""
    pk: int | None = None
    is_administrator: bool = False
    posts: list[Post] = field(default_factory=list)

    def in_force(self, day: dt.date) -> list[Post]:
        return [post for post in self.posts if post.covers(day)]

    def primary(self, day: dt.date) -> Post | None:
        return next((post for post in self.posts if post.is_primary and post.covers(day)), None)

    def present(self, day: dt.date) -> Post | None:
        """What to show as the post of a day: the primary one, else any."""
        return self.primary(day) or next(iter(self.in_force(day)), None)


@dataclass(slots=True)
class Records:
    people: dict[str, Staff]
    units: UnitTree
    positions: Labels
    employment_types: Labels
