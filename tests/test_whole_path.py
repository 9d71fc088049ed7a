"""The product's main job over real HTTP, from HR's file to HR's figure.

Nothing is prepared but a course and its offering: the people come from a roster file, their
passwords from issue_passwords, their enrolments from the sync that follows the import.
"""

import csv
import io
from pathlib import Path
from urllib.parse import urljoin

import openpyxl
import pypdf
import pytest
import requests
from bs4 import BeautifulSoup, Tag
from django.core.management import call_command
from pytest_django.live_server_helper import LiveServer

from courses.models import Offering
from lms.core.calendar import fiscal_year, today
from lms.core.fonts import prepare_fonts
from lms.people.enums import Role
from quizzes.models import Attempt
from tests.factories.courses import AudienceFactory, OfferingFactory, make_course, make_lesson
from tests.factories.people import PASSWORD, PersonFactory
from tests.factories.quizzes import make_questions, make_quiz, right_answer

pytestmark = pytest.mark.django_db(transaction=True)

ROSTER = """\
職員番号,氏名,フリガナ,所属,職位,任用形態,発令日,メールアドレス
000123,髙﨑　𠮷子,ﾀｶｻｷ ﾖｼｺ,総務部/総務課/文書係,主事,正規職員,2024-04-01,
000124,佐藤　健,サトウ ケン,総務部/総務課,課長,正規職員,2024-04-01,sato@example.jp
000125,鈴木　花,スズキ ハナ,市民部/市民課,主事,正規職員,2024-04-01,
"""
OWN_PASSWORD = "tulip bicycle thunder"


class Visitor:
    """Somebody with a browser that runs no script: opens pages, fills forms, sends them."""

    def __init__(self, server: str) -> None:
        self.session = requests.Session()
        self.address = server
        self.page = BeautifulSoup("", "html.parser")

    def open(self, address: str) -> requests.Response:
        return self._arrive(self.session.get(urljoin(self.address, address), timeout=30))

    def _arrive(self, response: requests.Response) -> requests.Response:
        assert response.status_code == 200, (response.url, response.status_code)
        self.address = response.url
        if "html" in response.headers["Content-Type"]:
            self.page = BeautifulSoup(response.text, "html.parser")
        return response

    def link(self, part: str) -> str:
        """The address of the first link in the content whose address has this part."""
        for found in self.page.select("main a[href]"):
            if part in str(found["href"]):
                return str(found["href"])
        raise AssertionError(f"no link with {part!r} on {self.address}")

    def send(self, part: str, **answers: str | list[str]) -> None:
        """Submit the form whose address has this part, by its first button."""
        forms = self.page.select(f'main form[action*="{part}"]')
        assert forms, f"no form for {part!r} on {self.address}"
        form = forms[0]
        fields: dict[str, str | list[str]] = {
            str(field["name"]): str(field.get("value", ""))
            for field in form.select("input[name]")
            if field.get("type") not in ("radio", "checkbox") or field.has_attr("checked")
        }
        button = form.select_one("button[type=submit]")
        assert isinstance(button, Tag)
        if button.has_attr("name"):
            fields[str(button["name"])] = str(button.get("value", ""))
        self._arrive(
            self.session.post(
                urljoin(self.address, str(form["action"])),
                data=fields | answers,
                headers={"Referer": self.address},
                timeout=30,
            )
        )

    def sign_in(self, employee_number: str, password: str) -> None:
        self.open("/account/login/")
        self.send("/account/login/", username=employee_number, password=password)

    def text(self) -> str:
        return " ".join(self.page.get_text(" ").split())


@pytest.fixture
def offering() -> Offering:
    """A course of two lessons and a quiz of five questions, for everybody, due today."""
    course = make_course()
    make_lesson(course, "パスワード")
    make_lesson(course, "メール")
    make_quiz(course, make_questions(5), pass_mark=80)
    return OfferingFactory(
        course=course,
        slug="security",
        fiscal_year=fiscal_year(today()),
        audience=AudienceFactory(),
        opens_on=today(),
        due_on=today(),
    )


def completion(tmp_path: Path) -> dict[str, str]:
    """The total row of HR's report."""
    file = tmp_path / "report.csv"
    call_command("completion_report", offering="security", encoding="utf-8-sig", output=str(file))
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    return rows[-1]


def test_from_the_roster_to_the_rate(  # noqa: PLR0915 - it is one walk
    live_server: LiveServer, tmp_path: Path, offering: Offering
) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text(ROSTER, encoding="utf-8-sig")
    call_command("import_roster", str(roster))
    assert completion(tmp_path)["対象"] == "3"
    assert completion(tmp_path)["修了"] == "0"

    prepare_fonts()
    passwords = tmp_path / "passwords.csv"
    call_command("issue_passwords", all_without=True, output=passwords)
    issued = {
        row["職員番号"]: row["初期パスワード"]
        for row in csv.DictReader(io.StringIO(passwords.read_bytes().decode("utf-8-sig")))
    }
    assert set(issued) == {"000123", "000124", "000125"}

    employee = Visitor(live_server.url)
    employee.sign_in("000123", issued["000123"])
    assert employee.address.endswith("/account/password/"), "the first password must be changed"
    employee.send(
        "/account/password/",
        old_password=issued["000123"],
        new_password1=OWN_PASSWORD,
        new_password2=OWN_PASSWORD,
    )
    employee.open("/")
    assert "髙﨑　𠮷子" in employee.page.get_text()

    employee.open("/courses/security/")
    employee.send("/start/")
    employee.open("/courses/security/lesson-1/")
    employee.send("/complete/")
    employee.open("/courses/security/lesson-2/")
    employee.send("/complete/")
    employee.open("/courses/security/quiz-3/")
    employee.send("/start/")
    attempt = Attempt.objects.get()
    answers = {
        f"chosen-{response.position}": right_answer(response)
        for response in attempt.responses.all()
    }
    employee.send(f"/quizzes/attempts/{attempt.pk}/", **answers)
    employee.send("/submit/")
    assert "100" in employee.text()

    employee.open("/certificates/")
    paper = employee.open(employee.link("/pdf/"))
    assert paper.headers["Content-Type"] == "application/pdf"
    (sheet,) = pypdf.PdfReader(io.BytesIO(paper.content)).pages
    printed = "".join(sheet.extract_text().split())
    assert "髙﨑𠮷子殿" in printed
    assert "情報セキュリティ研修" in printed

    anybody = Visitor(live_server.url)
    anybody.open(employee.link("/pdf/").removesuffix("pdf/"))
    assert "髙﨑　𠮷子" in anybody.page.get_text()

    PersonFactory(employee_number="900001", roles=[Role.TRAINING_ADMIN])
    hr = Visitor(live_server.url)
    hr.sign_in("900001", PASSWORD)
    hr.open("/reports/completion/?offering=security")
    assert "33.3％（1／3人）" in hr.text().replace(" ", "")
    assert completion(tmp_path)["修了"] == "1"
    book = openpyxl.load_workbook(
        io.BytesIO(hr.open("/reports/completion/?offering=security&format=xlsx").content)
    )
    total = list(book.worksheets[0].values)[-1]
    assert total[:7] == ("合計", 3, 0, 0, 1, 0, 2)

    head = Visitor(live_server.url)
    head.sign_in("000124", issued["000124"])
    head.send(
        "/account/password/",
        old_password=issued["000124"],
        new_password1=OWN_PASSWORD,
        new_password2=OWN_PASSWORD,
    )
    head.open("/reports/completion/?offering=security")
    assert "50.0％（1／2人）" in head.text().replace(" ", "")
    assert "鈴木　花" not in head.page.get_text()
