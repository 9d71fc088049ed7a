"""What is found on this database, and what is not. Run with DATABASE_URL for the other one."""

import pytest
from django.core.management import call_command
from modelsearch.index import insert_or_update_object
from modelsearch.query import MATCH_ALL, Phrase, PlainText
from wagtail.models import Page
from wagtail.search.backends import get_search_backend

from lms.core.search.passages import excerpt, marked
from lms.core.search.words import MAX_QUERY, fold_with_origins, indexed, phrase, words
from tests.factories.courses import make_course, make_lesson


class TestWords:
    @pytest.mark.parametrize(
        ("text", "held"),
        [
            ("情報共有", "情報 報共 共有 有"),
            ("山", "山"),
            ("ＰＣの設定", "pc の設 設定 定"),
            ("ｾｷｭﾘﾃｨ", "セキ キュ ュリ リテ ティ ィ"),
            ("ﾊﾟｿｺﾝ", "パソ ソコ コン ン"),
            ("髙﨑𠮷", "髙﨑 﨑𠮷 𠮷"),
            ("神\ufe00社", "神社 社"),
            ("R8-0123_x", "r8 0123 x"),
            ("ネット・ワーク", "ネッ ット ト ワー ーク ク"),
            ("<b>'\"*:()^&|!</b>", "b b"),
            ("", ""),
        ],
    )
    def test_of_a_text_are_what_the_index_holds(self, text: str, held: str) -> None:
        assert indexed(text) == held

    @pytest.mark.parametrize(
        ("query", "wanted"),
        [
            ("情報 ＰＣ", [["情報"], ["pc"]]),
            ("情報、共有。管理", [["情報"], ["共有"], ["管理"]]),
            ("内部PC対策", [["内部", "部", "pc", "対策"]]),
            ("R8-0123", [["r8", "0123"]]),
            ("情報 情報", [["情報"]]),
            ('！？ - " *', []),
        ],
    )
    def test_of_a_query_are_cut_as_the_text_is(self, query: str, wanted: list[list[str]]) -> None:
        assert [word.tokens for word in words(query)] == wanted

    def test_of_a_phrase_are_one(self) -> None:
        assert [word.tokens for word in phrase("情報 共有")] == [["情報", "報", "共有"]]
        assert phrase("!") == []

    def test_a_single_character_may_begin_any_pair(self) -> None:
        assert [word.is_open for word in words("報 情報 PC PC報 a")] == [
            True,
            False,
            False,
            True,
            False,
        ]

    def test_a_query_ends_where_nobody_means_more(self) -> None:
        assert len(words("情 " * 1_000)) == 1
        assert sum(map(len, words("あ" * 5_000)[0].parts)) == MAX_QUERY

    @pytest.mark.parametrize(
        "text", ["ｾｷｭﾘﾃｨﾊﾟﾋﾞ", "①㈱㌔ﬁ", "ß", "が", "か\u3099", "神\ufe00", "𠮷", "é", "e\u0301"]
    )
    def test_every_folded_character_knows_where_it_comes_from(self, text: str) -> None:
        folded, origins = fold_with_origins(text)
        assert len(folded) == len(origins)
        assert origins[0][0] == 0
        assert origins[-1][1] == len(text)


class TestPassages:
    @pytest.mark.parametrize(
        ("text", "query", "shown"),
        [
            ("情報ｾｷｭﾘﾃｨ研修", "セキュリティ", "情報<mark>ｾｷｭﾘﾃｨ</mark>研修"),
            ("ＰＣを使う", "pc", "<mark>ＰＣ</mark>を使う"),
            ("PCR検査とPC", "PC", "PCR検査と<mark>PC</mark>"),
            ("東京都", "京都", "東<mark>京都</mark>"),
            ("㈱未来", "株", "<mark>㈱</mark>未来"),
            ("髙﨑さん", "髙﨑", "<mark>髙﨑</mark>さん"),
            ("ババババ", "バババ", "<mark>バババ</mark>バ"),
            (
                "<script>alert(1)</script>",
                "alert",
                "&lt;script&gt;<mark>alert</mark>(1)&lt;/script&gt;",
            ),
            ("A & B", "b", "A &amp; <mark>B</mark>"),
            ("請求番号 R8-0123", "R8-0123", "請求番号 <mark>R8-0123</mark>"),
            ("情報と報告", "情報 報告", "<mark>情報</mark>と<mark>報告</mark>"),
            ("なし", "情報", "なし"),
        ],
    )
    def test_mark_what_was_found_as_it_was_written(self, text: str, query: str, shown: str) -> None:
        assert marked(text, words(query)) == shown

    def test_show_the_text_around_the_first_word(self) -> None:
        text = "前" * 300 + "情報" + "後" * 300
        shown = excerpt([text], words("情報"))
        assert shown.startswith("…前")
        assert "<mark>情報</mark>後" in shown
        assert shown.endswith("後…")
        assert len(shown) < 150

    def test_begin_at_a_sentence_if_one_begins_there(self) -> None:
        shown = excerpt(["あ" * 100 + "。次の文の情報です。"], words("情報"))
        assert shown == "…次の文の<mark>情報</mark>です。"

    def test_prefer_the_text_with_most_of_the_words(self) -> None:
        assert excerpt(["情報だけ", "情報と共有"], words("情報 共有")) == (
            "<mark>情報</mark>と<mark>共有</mark>"
        )

    def test_show_two_places_for_words_that_are_far_apart(self) -> None:
        shown = excerpt(["情報です。", "共有です。"], words("情報 共有"))
        assert shown == "<mark>情報</mark>です。 <mark>共有</mark>です。"

    def test_show_how_the_text_begins_when_only_the_title_was_found(self) -> None:
        assert excerpt(["", " \n", "はじめの文。"], words("情報")) == "はじめの文。"
        assert excerpt([], words("情報")) == ""


def text_of(*paragraphs: str) -> list[tuple[str, str]]:
    return [("text", "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs))]


@pytest.fixture
def lessons(db: None) -> dict[str, Page]:
    course = make_course(title="仕事の基本")
    texts = {
        "middle": ("持ち出し", "市の情報セキュリティポリシーを守ります。"),
        "half": ("半角", "ｾｷｭﾘﾃｨの設定とＰＣの管理"),
        "capital": ("東京都", "東京都の例、本部。PCを使う"),
        "names": ("名前", "髙﨑さんと𠮷田さん、神社の神"),
        "latin": ("Windows", "Excel 2021でR8-0123を開く。PCR検査"),
        "end": ("終わり", "最後の行は山"),
    }
    return {
        key: make_lesson(course, title=title, slug=key, body=text_of(text))
        for key, (title, text) in texts.items()
    }


def found(query: object, **options: object) -> set[str]:
    return {page.slug for page in Page.objects.search(query, **options)}


FINDS: dict[str, set[str]] = {
    # In mid-sentence, and half-width and full-width alike
    "情報セキュリティ": {"middle"},
    "セキュリティ": {"middle", "half"},
    "ｾｷｭﾘﾃｨ": {"middle", "half"},
    "キュリテ": {"middle", "half"},
    "ＰＣ": {"half", "capital"},
    "pc": {"half", "capital"},
    "ＥＸＣＥＬ": {"latin"},
    # One character: inside, at the end, alone
    "山": {"end"},
    "行": {"end"},
    "神": {"names"},
    # All words, in any order
    "管理 設定": {"half"},
    "管理\u3000設定": {"half"},
    "管理 山": set(),
    "情報、ポリシー": {"middle"},
    # Names as they are written
    "髙﨑": {"names"},
    "𠮷": {"names"},
    "𠮷田": {"names"},
    "高崎": set(),
    "神\ufe00社": {"names"},
    # A part of a word is found too, whole words of other scripts only
    "京都": {"capital"},
    "都京": set(),
    "PCR": {"latin"},
    "Exce": set(),
    "2021": {"latin"},
    "202": set(),
    "R8-0123": {"latin"},
    "0123-R8": set(),
    # Neighbours across scripts
    "とPC": {"half"},
    "PCの管理": {"half"},
    "2021で": {"latin"},
    "PC検査": set(),
    # Never from one sentence or field into the next
    "例本": set(),
    "出市": set(),
}


SIGNS = [
    '"',
    "'",
    "''",
    '"情報',
    "情報*",
    "情報 AND",
    "OR",
    "NOT 情報",
    "(情報",
    "情報)",
    "{title}:情報",
    "title:情報",
    "^情報",
    "情報 + -",
    "%",
    "\\",
    ";drop table x",
    "<b>",
    "&",
    "|",
    "!情報",
    ":*",
    "\x00情報",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "。",
    "・",
    "-",
    "　",
]


@pytest.mark.django_db
class TestSearch:
    def test_finds_what_the_table_says(self, lessons: dict[str, Page]) -> None:
        assert {query: found(query) for query in FINDS} == FINDS

    def test_takes_any_sign_as_what_was_typed(self, lessons: dict[str, Page]) -> None:
        for query in SIGNS:
            for run in (Page.objects.search, Page.objects.autocomplete):
                assert len(run(query)) == run(query).count(), query

    def test_operators_of_the_database_mean_nothing(self, lessons: dict[str, Page]) -> None:
        assert found("(情報") == found('"情報"') == found("情報*") == {"middle"}
        assert found("情報 OR 山") == set()
        assert found("!?") == set()

    def test_takes_a_query_of_any_length(self, lessons: dict[str, Page]) -> None:
        assert found("情報 " * 10_000) == {"middle"}
        assert found("".join(chr(0x4E00 + number) for number in range(10_000))) == set()
        assert found(" ".join(chr(0x4E00 + number) for number in range(10_000))) == set()

    def test_either_word_when_asked_so(self, lessons: dict[str, Page]) -> None:
        assert found("ポリシー 山", operator="or") == {"middle", "end"}
        assert found(PlainText("ポリシー") | PlainText("山")) == {"middle", "end"}
        assert found(PlainText("セキュリティ") & PlainText("管理")) == {"half"}

    def test_a_phrase_and_what_is_not(self, lessons: dict[str, Page]) -> None:
        assert found(Phrase("東京都の例 本部")) == {"capital"}
        assert found(Phrase("本部 東京都")) == set()
        assert found(PlainText("セキュリティ") & ~PlainText("管理")) == {"middle"}
        everything = found(MATCH_ALL)
        assert found(~PlainText("セキュリティ")) >= set(lessons) - {"middle", "half"}
        assert not found(~PlainText("情報セキュリティ")) & {"middle"}
        assert set(lessons) <= everything

    def test_titles_alone_when_asked_so(self, lessons: dict[str, Page]) -> None:
        assert found("東京", fields=["title"]) == {"capital"}
        assert found("ポリシー", fields=["title"]) == set()

    def test_admin_completes_what_is_being_typed(self, lessons: dict[str, Page]) -> None:
        def completed(query: str) -> set[str]:
            return {page.slug for page in Page.objects.autocomplete(query)}

        assert completed("Win") == completed("ｗｉｎ") == {"latin"}
        assert completed("出し") == completed("出") == {"middle"}
        assert completed("京都") == {"capital"}
        assert completed("セキュリティ") == set()

    def test_ranks_a_title_before_a_text_and_much_before_little(self, db: None) -> None:
        course = make_course(title="仕事の基本")
        for slug, title, text in (
            ("little", "メール", "情報のことも少しだけ。" + "ほかの話をします。" * 60),
            ("much", "パソコン", "情報、情報、情報。" + "ほかの話をします。" * 20),
            ("title", "情報", "ほかの話をします。" * 20),
        ):
            make_lesson(course, title=title, slug=slug, body=text_of(text))
        ranked = Page.objects.search("情報")
        assert [page.slug for page in ranked] == ["title", "much", "little"]
        assert [page.slug for page in ranked[1:2]] == ["much"]
        assert ranked[0].slug == "title"
        assert [page.slug for page in ranked[5:]] == []
        assert ranked.count() == 3
        by_title = Page.objects.order_by("title").search("情報", order_by_relevance=False)
        assert [page.title for page in by_title] == sorted(["情報", "メール", "パソコン"])
        scored = Page.objects.search("情報").annotate_score("score")
        assert {page.slug for page in scored} == {"title", "much", "little"}

    def test_counts_by_kind_of_page(self, lessons: dict[str, Page]) -> None:
        kind = lessons["middle"].cached_content_type.pk
        assert Page.objects.search("セキュリティ").facet("content_type_id") == {kind: 2}

    def test_respects_the_filters_of_what_is_searched(self, lessons: dict[str, Page]) -> None:
        Page.objects.filter(slug="half").update(live=False)
        assert {page.slug for page in Page.objects.live().search("セキュリティ")} == {"middle"}


@pytest.mark.django_db
class TestIndex:
    def test_follows_what_is_written_published_and_deleted(self) -> None:
        lesson = make_lesson(make_course(), slug="one", body=text_of("はじめの言葉"))
        assert found("はじめの言葉") == {"one"}
        lesson.body = text_of("つぎの言葉")
        revision = lesson.save_revision()
        assert found("つぎの言葉") == set()
        revision.publish()
        assert found("つぎの言葉") == {"one"}
        assert found("はじめの言葉") == set()
        lesson.refresh_from_db()
        lesson.unpublish()
        assert list(Page.objects.live().search("つぎの言葉")) == []
        lesson.delete()
        assert found("つぎの言葉") == set()

    def test_can_be_made_anew(self, lessons: dict[str, Page]) -> None:
        backend = get_search_backend()
        backend.reset_indexes()
        assert found("セキュリティ") == set()
        call_command("update_index", verbosity=0)
        assert found("セキュリティ") == {"middle", "half"}

    def test_holds_every_part_of_a_lesson(self) -> None:
        lesson = make_lesson(
            make_course(),
            slug="parts",
            body=[
                ("heading", "見出しの言葉"),
                ("callout", {"kind": "point", "title": "注意書き", "text": "<p>囲みの文</p>"}),
                (
                    "steps_list",
                    {"title": "手順名", "steps": [{"title": "一番目", "text": "<p>詳細</p>"}]},
                ),
                ("accordion", {"items": [{"title": "質問文", "text": "<p>回答文</p>"}]}),
                ("table", {"data": [["項目欄", "内容欄"], ["保存期間", "五年間"]]}),
            ],
        )
        insert_or_update_object(lesson)
        for word in (
            "見出し",
            "注意書き",
            "囲み",
            "手順名",
            "一番目",
            "詳細",
            "質問文",
            "回答文",
            "項目欄",
            "五年間",
        ):
            assert found(word) == {"parts"}, word

    def test_takes_a_page_that_is_much_too_long(self) -> None:
        text = "".join(chr(0x4E00 + number * 7 % 20_000) for number in range(400_000))
        make_lesson(make_course(), slug="long", body=text_of("はじめの言葉" + text))
        assert found("はじめの言葉") == {"long"}
