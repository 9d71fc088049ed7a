"""The question bank and the quiz editor in the admin, through real requests."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import Revision

from courses.models import CoursePage
from lms.people.enums import Role
from quizzes.domain import bank
from quizzes.domain.bank import ChoiceFacts
from quizzes.models import Question, QuizPage
from tests.factories.courses import make_course
from tests.factories.people import PersonFactory
from tests.factories.quizzes import (
    QuestionCategoryFactory,
    make_question,
    make_questions,
    make_quiz,
)
from tests.quizzes.conftest import Begin

pytestmark = pytest.mark.django_db
LIST_QUERIES = 14
LIST = "wagtailsnippets_quizzes_question"


@pytest.fixture
def author(client: Client) -> Client:
    client.force_login(PersonFactory.create(roles=[Role.AUTHOR]))
    return client


@pytest.fixture
def publisher(client: Client) -> Client:
    client.force_login(PersonFactory.create(roles=[Role.DX_OFFICE]))
    return client


def url(action: str, *args: Any) -> str:
    return reverse(f"{LIST}:{action}", args=args)


def rich(text: str) -> str:
    return (
        f'{{"entityMap":{{}},"blocks":[{{"key":"a1b2c","text":"{text}","type":"unstyled","depth":0,'
        '"inlineStyleRanges":[],"entityRanges":[]}]}'
    )


def form_data(
    choices: list[tuple[str, bool]] | None = None,
    *,
    kind: str = "single",
    text: str = "メールの添付を開いてよいのはいつですか。",
    explanation: str = "送り主に確かめてからです。",
    **more: Any,
) -> dict[str, Any]:
    rows = [("確かめた後", True), ("すぐに", False)] if choices is None else choices
    data: dict[str, Any] = {
        "category": QuestionCategoryFactory.create().pk,
        "kind": kind,
        "text": rich(text),
        "explanation": rich(explanation),
        "choices-TOTAL_FORMS": len(rows),
        "choices-INITIAL_FORMS": 0,
        "choices-MIN_NUM_FORMS": 0,
        "choices-MAX_NUM_FORMS": 1000,
    }
    for number, (answer, is_right) in enumerate(rows):
        data |= {
            f"choices-{number}-id": "",
            f"choices-{number}-uid": "",
            f"choices-{number}-text": answer,
            f"choices-{number}-explanation": "",
            f"choices-{number}-ORDER": number + 1,
            f"choices-{number}-DELETE": "",
        }
        if is_right:
            data[f"choices-{number}-is_correct"] = "on"
    return data | more


def shown_form(page: str) -> dict[str, Any]:
    """What a browser would post from the editor's page: the fields as they are shown."""
    data: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name = re.search(r'name="([^"]+)"', tag)
        value = re.search(r'\svalue="([^"]*)"', tag)
        if not name or "__prefix__" in name[1]:
            continue
        if 'type="checkbox"' in tag or 'type="radio"' in tag:
            if " checked" not in tag:
                continue
            data[name[1]] = value[1] if value else "on"
        else:
            data[name[1]] = value[1].replace("&quot;", '"') if value else ""
    for name, options in re.findall(r'<select[^>]*name="([^"]+)".*?>(.*?)</select>', page, re.S):
        chosen = re.search(r'value="([^"]*)"[^>]*selected', options)
        data[name] = chosen[1] if chosen else ""
    for name in ("text", "explanation"):
        found = re.search(rf'name="{name}"[^>]*?\svalue="([^"]*)"', page)
        if found:
            data[name] = found[1].replace("&quot;", '"')
    return {name: value for name, value in data.items() if not name.startswith("action-")}


def uids(question: Question) -> list[str]:
    return [str(choice.uid) for choice in question.choices.all()]


def messages_of(reply: Any) -> str:
    return str(reply.content.decode())


# Publishing


def test_an_author_publishes_a_question(author: Client) -> None:
    reply = author.post(url("add"), form_data() | {"action-publish": "1"}, follow=True)
    question = Question.objects.get()
    assert reply.status_code == 200
    assert question.live
    assert [(c.text, c.is_correct) for c in question.choices.all()] == [
        ("確かめた後", True),
        ("すぐに", False),
    ]
    assert len(set(uids(question))) == 2


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"choices": [("あ", True)]}, "選択肢は、二つ以上入力してください。"),
        ({"choices": [("あ", False), ("い", False)]}, "いまは0個に付いています。"),
        ({"choices": [("あ", True), ("い", True)]}, "いまは2個に付いています。"),
        (
            {"choices": [("あ", False), ("い", False)], "kind": "multiple"},
            "正解の選択肢すべてに「正解」を付けてください",
        ),
        ({"choices": [("ｱ", True), ("ア", False)]}, "選択肢「ｱ」が二つあります。"),
        ({"text": ""}, "文を入力してください。"),
        ({"explanation": ""}, "文を入力してください。"),
        ({"choices": [], "kind": "true_false"}, "問題文が正しいか誤りかを選んでください。"),
    ],
)
def test_what_cannot_be_asked_is_not_published_but_kept_as_a_draft(
    author: Client, facts: dict[str, Any], sentence: str
) -> None:
    data = form_data(**facts)
    assert sentence in messages_of(author.post(url("add"), data | {"action-publish": "1"}))
    assert not Question.objects.exists()
    author.post(url("add"), data)
    draft = Question.objects.get()
    assert not draft.live
    assert draft.live_revision is None


def test_the_rules_for_answers() -> None:
    right, wrong, other = (
        ChoiceFacts("あ", is_correct=True),
        ChoiceFacts("い", is_correct=False),
        ChoiceFacts("う", is_correct=True),
    )
    assert bank.choice_problems("single", [right, wrong]) == []
    assert bank.choice_problems("multiple", [right, wrong, other]) == []
    assert bank.choice_problems("multiple", [right, other]) == []
    assert len(bank.choice_problems("single", [])) == 2


@pytest.mark.parametrize(("answer", "right"), [("true", "正しい"), ("false", "誤り")])
def test_the_answers_of_true_or_false_are_made(author: Client, answer: str, right: str) -> None:
    data = form_data(
        [],
        kind="true_false",
        true_false_answer=answer,
        true_explanation="確かにそうです。",
        false_explanation="実は逆です。",
    )
    author.post(url("add"), data | {"action-publish": "1"})
    question = Question.objects.get()
    first = uids(question)
    assert [(c.text, c.explanation) for c in question.choices.all()] == [
        ("正しい", "確かにそうです。"),
        ("誤り", "実は逆です。"),
    ]
    assert [c.text for c in question.choices.all() if c.is_correct] == [right]
    # Shown again and published again, they are the same two answers.
    shown = shown_form(author.get(url("edit", question.pk)).content.decode())
    assert shown["true_false_answer"] == answer
    shown["true_false_answer"] = "true"
    author.post(url("edit", question.pk), shown | {"action-publish": "1"})
    question.refresh_from_db()
    assert uids(question) == first
    assert [c.text for c in question.choices.all() if c.is_correct] == ["正しい"]


def test_the_editor_knows_which_of_the_two_answers_is_which(author: Client) -> None:
    question = make_question(kind="true_false", right=["誤り"], wrong=["正しい"])
    wrong, right = uids(question)
    shown = shown_form(author.get(url("edit", question.pk)).content.decode())
    assert shown["true_false_answer"] == "false"
    author.post(url("edit", question.pk), shown | {"action-publish": "1"})
    question.refresh_from_db()
    assert [(str(c.uid), c.text, c.is_correct) for c in question.choices.all()] == [
        (right, "正しい", False),
        (wrong, "誤り", True),
    ]


# An answer stays the same answer


def test_uids_stay_through_drafts_publishing_and_reverting(author: Client) -> None:
    author.post(url("add"), form_data() | {"action-publish": "1"})
    question = Question.objects.get()
    first_version, first = question.live_revision, uids(question)
    edit = url("edit", question.pk)
    # A third answer as a draft, changed as a draft again, then published.
    shown = shown_form(author.get(edit).content.decode())
    assert [shown["choices-0-uid"], shown["choices-1-uid"]] == first
    shown |= {
        "choices-TOTAL_FORMS": "3",
        "choices-2-id": "",
        "choices-2-uid": "",
        "choices-2-text": "上司が許したとき",
        "choices-2-explanation": "",
        "choices-2-ORDER": "3",
        "choices-2-DELETE": "",
    }
    author.post(edit, shown)
    draft = Question.objects.get(pk=question.pk).get_latest_revision_as_object()
    third = uids(draft)[2]
    assert uids(draft)[:2] == first
    shown = shown_form(author.get(edit).content.decode())
    assert shown["choices-2-uid"] == third
    shown["choices-2-text"] = "係長が許したとき"
    author.post(edit, shown | {"action-publish": "1"})
    question.refresh_from_db()
    assert uids(question) == [*first, third]
    # Back to the first version: the same two answers again.
    revert = url("revisions_revert", question.pk, first_version.pk)
    shown = shown_form(author.get(revert).content.decode())
    author.post(revert, shown | {"action-publish": "1"})
    question.refresh_from_db()
    assert uids(question) == first
    assert question.live_revision not in (None, first_version)


def test_a_copy_has_answers_of_its_own(author: Client) -> None:
    question = make_question()
    page = author.get(url("copy", question.pk)).content.decode()
    shown = shown_form(page)
    assert shown["choices-0-text"] == "情報担当に知らせる"
    author.post(url("add"), shown | {"action-publish": "1"})
    copy = Question.objects.exclude(pk=question.pk).get()
    assert [c.text for c in copy.choices.all()] == [c.text for c in question.choices.all()]
    assert not set(uids(copy)) & set(uids(question))
    question.refresh_from_db()
    assert question.choices.count() == copy.choices.count() == 3


def test_a_version_that_was_published_is_never_written_over() -> None:
    question = make_question()
    published = question.live_revision
    question.text = "<p>自動保存の途中</p>"
    draft = question.save_revision(overwrite_revision=published)
    assert draft != published
    assert "自動保存" not in Revision.objects.get(pk=published.pk).content["text"]
    question.text = "<p>自動保存の続き</p>"
    assert question.save_revision(overwrite_revision=draft) == draft


def test_a_version_that_was_asked_is_never_written_over(begin: Begin) -> None:
    begin()
    question = Question.objects.first()
    asked = question.live_revision
    question.unpublish()
    assert question.save_revision(overwrite_revision=asked) != asked


# The list


def test_the_list_finds_words_in_the_middle_of_a_sentence(author: Client) -> None:
    make_question("庁外へ送る前に宛先を確認するのはなぜですか。")
    make_question("ＵＳＢメモリを拾いました。", right=["総務課へ届ける"])
    for words, hits in (
        ("宛先", 1),
        ("届ける", 1),
        ("ＵＳＢ 拾", 1),
        ("宛先 拾", 0),
        ("早く知らせる", 2),
    ):
        text = author.get(url("list_results"), {"q": words}).content.decode()
        assert text.count("snippet_") == hits, words


def test_the_list_says_where_a_question_is_used_and_filters(author: Client) -> None:
    course = make_course()
    fixed = make_question("固定", category=QuestionCategoryFactory.create(name="甲"))
    drawn = QuestionCategoryFactory.create(name="乙")
    make_question("抽選", category=drawn)
    make_question("下書き", category=drawn, publish=False)
    make_quiz(course, [fixed], title="テストA")
    make_quiz(course, draws=[(drawn, 1)], title="テストB")
    assert bank.quizzes_using(Question.objects.order_by("pk")) == {
        fixed.pk: ["テストA"],
        fixed.pk + 1: ["テストB"],
        fixed.pk + 2: [],
    }
    text = author.get(url("list_results"), {"category": drawn.pk}).content.decode()
    assert "抽選" in text
    assert "固定" not in text
    assert "テストB" in text
    assert (
        author.get(url("list_results"), {"kind": "multiple"}).content.decode().count("snippet_")
        == 0
    )
    assert "下書き" not in author.get(url("list_results"), {"live": "true"}).content.decode()


def test_the_list_costs_the_same_with_more_questions(
    author: Client, django_assert_num_queries: Any
) -> None:
    author.get(url("list"))
    for upto in (1, 3):
        make_questions(upto - Question.objects.count())
        with django_assert_num_queries(LIST_QUERIES):
            author.get(url("list"))


def test_other_roles_do_not_see_the_bank(client: Client) -> None:
    for roles in ([], [Role.TRAINING_ADMIN], [Role.AUDITOR]):
        client.force_login(PersonFactory.create(roles=roles))
        assert client.get(url("list")).status_code == 302
    client.force_login(PersonFactory.create(roles=[Role.DX_OFFICE]))
    assert client.get(url("list")).status_code == 200


def test_history_and_comparison_open(author: Client) -> None:
    question = make_question()
    question.text = "<p>書き直し</p>"
    question.save_revision().publish()
    assert author.get(url("history", question.pk)).status_code == 200
    compared = author.get(url("revisions_compare", question.pk, "earliest", "latest"))
    assert "書き直し" in compared.content.decode()


def test_the_preview_shows_right_answers_and_explanations(author: Client) -> None:
    preview = url("preview_on_add")
    data = form_data() | {"choices-1-explanation": "それは早すぎます。"}
    assert author.post(preview, data).json()["is_valid"]
    text = author.get(preview).content.decode()
    assert "確かめた後" in text
    assert "それは早すぎます。" in text
    assert text.count("tag--done") == 1


# Deleting


def test_a_question_in_a_quiz_is_not_deleted(author: Client) -> None:
    question = make_question()
    make_quiz(make_course(), [question], title="確認テスト甲")
    reply = author.post(url("delete", question.pk), follow=True)
    assert "確認テスト甲" in messages_of(reply)
    assert Question.objects.filter(pk=question.pk).exists()
    bulk = reverse("wagtail_bulk_action", args=["quizzes", "question", "delete"])
    reply = author.post(f"{bulk}?id={question.pk}", follow=True)
    assert "確認テスト甲" in messages_of(reply)
    assert Question.objects.filter(pk=question.pk).exists()


def test_a_question_that_was_asked_is_not_deleted(author: Client, begin: Begin) -> None:
    begin()
    question = Question.objects.first()
    QuizPage.objects.get().fixed_questions.all().delete()
    reply = author.post(url("delete", question.pk), follow=True)
    assert "これまでに1回出題され" in messages_of(reply)
    assert Question.objects.filter(pk=question.pk).exists()


def test_an_unused_question_is_deleted(author: Client) -> None:
    question = make_question()
    author.post(url("delete", question.pk))
    assert not Question.objects.exists()


# The quiz page's editor


@pytest.fixture
def course() -> CoursePage:
    return make_course()


def quiz_data(fixed: list[Question], draws: list[tuple[Any, int]], **more: Any) -> dict[str, Any]:
    data: dict[str, Any] = {
        "title": "確認テスト",
        "slug": "quiz",
        "minutes": 10,
        "intro": rich(""),
        "pass_mark": 80,
        "max_attempts": 0,
    }
    for name, rows in (("fixed_questions", fixed), ("draws", draws)):
        data |= {
            f"{name}-TOTAL_FORMS": len(rows),
            f"{name}-INITIAL_FORMS": 0,
            f"{name}-MIN_NUM_FORMS": 0,
            f"{name}-MAX_NUM_FORMS": 1000,
        }
        for number in range(len(rows)):
            data |= {
                f"{name}-{number}-id": "",
                f"{name}-{number}-ORDER": number + 1,
                f"{name}-{number}-DELETE": "",
            }
    for number, question in enumerate(fixed):
        data[f"fixed_questions-{number}-question"] = question.pk
    for number, (category, count) in enumerate(draws):
        data |= {f"draws-{number}-category": category.pk, f"draws-{number}-count": count}
    return data | more


def add_quiz(author: Client, course: CoursePage, data: dict[str, Any]) -> Any:
    add = reverse("wagtailadmin_pages:add", args=["quizzes", "quizpage", course.pk])
    return author.post(add, data, follow=True)


def test_a_quiz_is_published(publisher: Client, course: CoursePage) -> None:
    question = make_question()
    make_questions(2)
    data = quiz_data([question], [(question.category, 2)])
    add_quiz(publisher, course, data | {"action-publish": "action-publish"})
    quiz = QuizPage.objects.get()
    assert quiz.live
    assert bank.question_count(quiz) == 3


@pytest.mark.parametrize(
    ("role", "action"), [(Role.DX_OFFICE, "action-publish"), (Role.AUTHOR, "action-submit")]
)
def test_a_quiz_without_questions_is_kept_as_a_draft_only(
    client: Client, course: CoursePage, role: Role, action: str
) -> None:
    client.force_login(PersonFactory.create(roles=[role]))
    data = quiz_data([], [])
    reply = add_quiz(client, course, data | {action: action})
    assert "問題を一つ以上選ぶか" in messages_of(reply)
    assert not QuizPage.objects.exists()
    add_quiz(client, course, data)
    assert not QuizPage.objects.get().live


@pytest.mark.parametrize("pass_mark", [-1, 101])
def test_a_pass_mark_that_makes_no_sense_is_refused(
    author: Client, course: CoursePage, pass_mark: int
) -> None:
    data = quiz_data([make_question()], [], pass_mark=pass_mark)
    add_quiz(author, course, data | {"action-publish": "action-publish"})
    assert not QuizPage.objects.exists()


def test_what_a_quiz_needs(course: CoursePage) -> None:
    category = QuestionCategoryFactory.create(name="メール")
    live, other = make_questions(2, category=category)
    draft = make_question("下書き", category=category, publish=False)
    assert bank.quiz_problems([live], [(category, 1)]) == []
    assert len(bank.quiz_problems([live], [(category, 2)])) == 1
    assert len(bank.quiz_problems([], [(category, 1), (category, 2)])) == 1
    assert "2問" in bank.quiz_problems([], [(category, 3)])[0]
    assert "公開されていません" in bank.quiz_problems([draft], [])[0]
    assert "二回" in bank.quiz_problems([other, other], [])[0]
    assert bank.quiz_problems([], []) != []


def test_the_preview_of_a_quiz_needs_no_enrolment(author: Client, course: CoursePage) -> None:
    question = make_question("プレビューの問題")
    data = quiz_data([question], [(question.category, 1)])
    preview = reverse("wagtailadmin_pages:preview_on_add", args=["quizzes", "quizpage", course.pk])
    assert author.post(preview, data).json()["is_valid"]
    text = author.get(preview).content.decode()
    assert "プレビューの問題" in text
    assert "「情報セキュリティ」から1問" in text


def test_the_chooser_finds_questions_by_words_and_category(author: Client) -> None:
    make_question("宛先を確認するのはなぜですか。")
    other = QuestionCategoryFactory.create(name="その他")
    make_question("拾った記憶媒体", category=other)
    results = reverse("wagtailsnippetchoosers_quizzes_question:choose_results")
    assert "宛先を確認" in author.get(results, {"q": "確認する"}).content.decode()
    text = author.get(results, {"category": other.pk}).content.decode()
    assert "拾った記憶媒体" in text
    assert "宛先を確認" not in text
    assert author.get(reverse("wagtailsnippetchoosers_quizzes_question:choose")).status_code == 200
