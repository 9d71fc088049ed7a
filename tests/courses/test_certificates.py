import datetime as dt
import io
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import zxingcpp
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from PIL import Image
from pypdf import PdfReader

from courses.domain import certificates
from courses.models import Certificate, Enrolment, Offering
from lms.core.errors import RuleViolation
from lms.core.models import AuditEntry, Counter
from lms.core.pdf import MissingGlyphs
from lms.people.enums import Role
from lms.people.models import Person
from tests.factories.courses import EnrolmentFactory, OfferingFactory
from tests.factories.people import PersonFactory, PositionFactory, PostingFactory, make_unit

HARD_NAMES = "髙﨑 𠮷田 德 濵 \ufa19"


def at_noon(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(12)))


def completed(at: dt.datetime, **facts: Any) -> Enrolment:
    return EnrolmentFactory.create(started_at=at, completed_at=at, **facts)


def certify(at: dt.datetime, **facts: Any) -> Certificate:
    return certificates.issue(completed(at, **facts), at=at)


@pytest.fixture
def offering(db: None) -> Offering:
    return OfferingFactory.create()


@pytest.fixture
def owner(db: None) -> Person:
    return PersonFactory.create(name=HARD_NAMES)


@pytest.fixture
def certificate(owner: Person, offering: Offering, now: dt.datetime) -> Certificate:
    return certify(now, person=owner, offering=offering)


@pytest.fixture
def hr(db: None) -> Person:
    return PersonFactory.create(roles=[Role.TRAINING_ADMIN])


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def pdf_address(certificate: Certificate) -> str:
    return reverse("certificate_pdf", args=[certificate.code])


class TestIssue:
    def test_it_keeps_what_was_said_on_the_day(
        self, certificate: Certificate, owner: Person, now: dt.datetime
    ) -> None:
        owner.name = "別の氏名"
        owner.save()
        certificate.enrolment.offering.course.title = "別の研修"
        certificate.enrolment.offering.course.save()

        kept = Certificate.objects.get()

        assert kept.person_name == HARD_NAMES
        assert kept.course_title == "情報セキュリティ研修"
        assert kept.completed_on == dt.date(2026, 11, 23)
        assert kept.serial == "R8-000001"
        assert kept.issued_at == now

    def test_a_second_call_returns_the_first_certificate(
        self, certificate: Certificate, now: dt.datetime
    ) -> None:
        again = certificates.issue(certificate.enrolment, at=now + dt.timedelta(days=1))

        assert again == certificate
        assert Certificate.objects.count() == 1
        assert Counter.objects.get(series="certificate:R8").last == 1
        assert AuditEntry.objects.filter(action="certificate.issued").count() == 1

    def test_it_is_in_the_audit_log(self, certificate: Certificate, owner: Person) -> None:
        entry = AuditEntry.objects.get(action="certificate.issued")

        assert entry.subject == f"courses.certificate:{certificate.pk}"
        assert entry.subject_person == owner
        assert entry.detail == {"serial": "R8-000001"}

    def test_numbers_begin_again_on_1_april_in_the_time_of_the_office(
        self, offering: Offering
    ) -> None:
        last_minute = dt.datetime(2027, 3, 31, 14, 59, tzinfo=dt.UTC)
        first_minute = dt.datetime(2027, 3, 31, 15, 0, tzinfo=dt.UTC)

        issued = [certify(at, offering=offering) for at in (last_minute, first_minute)]

        assert [one.serial for one in issued] == ["R8-000001", "R9-000001"]
        assert [one.completed_on for one in issued] == [dt.date(2027, 3, 31), dt.date(2027, 4, 1)]

    def test_the_year_is_that_of_completion_not_of_issue(self, offering: Offering) -> None:
        enrolment = completed(at_noon(dt.date(2026, 3, 31)), offering=offering)

        issued = certificates.issue(enrolment, at=at_noon(dt.date(2026, 4, 1)))

        assert issued.serial == "R7-000001"

    def test_what_is_not_completed_gets_none(self, offering: Offering, now: dt.datetime) -> None:
        with pytest.raises(RuleViolation):
            certificates.issue(EnrolmentFactory.create(offering=offering), at=now)
        assert not Counter.objects.exists()

    def test_a_name_that_cannot_be_printed_is_no_obstacle(
        self, offering: Offering, now: dt.datetime
    ) -> None:
        person = PersonFactory.create(name="山田😀")

        assert certify(now, person=person, offering=offering).person_name == "山田😀"


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="needs PostgreSQL")
def test_two_threads_give_numbers_without_gaps_and_one_certificate_each(now: dt.datetime) -> None:
    from lms.home.domain.site import prepare_site

    prepare_site()
    offering = OfferingFactory.create()
    enrolments = [completed(now, offering=offering) for _ in range(6)]
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        for enrolment in enrolments:
            certificates.issue(enrolment, at=now)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    serials = Certificate.objects.order_by("serial").values_list("serial", flat=True)
    assert list(serials) == [f"R8-{number:06}" for number in range(1, 7)]


class TestCode:
    def test_it_holds_80_bits_and_no_signs_that_look_alike(self) -> None:
        codes = {certificates.new_code() for _ in range(200)}
        signs = set("".join(codes))

        assert len(codes) == 200
        assert len(set(certificates.CODE_SIGNS)) == 32
        assert signs == {*certificates.CODE_SIGNS, "-"}
        assert not signs & set("OILU")
        assert all([len(group) for group in code.split("-")] == [4] * 4 for code in codes)

    @pytest.mark.parametrize(
        "typed",
        [
            "7K3D-0R9X-WVQ2-51MT",
            "7k3d0r9xwvq251mt",
            " 7K3D 0R9X　WVQ2 51MT ",
            "７Ｋ３Ｄ－０Ｒ９Ｘ－ＷＶＱ２－５１ＭＴ",
            "7K3DーOR9X−WVQ2–5lMT",
        ],
    )
    def test_it_is_read_however_it_is_typed(self, typed: str) -> None:
        assert certificates.read_code(typed) == "7K3D-0R9X-WVQ2-51MT"

    @pytest.mark.parametrize(
        "typed", ["", "7K3D", "7K3D-0R9X-WVQ2-51MT-0", "7K3D-0R9X-WVQ2-51MU", "修了証", "' OR 1=1"]
    )
    def test_what_cannot_be_a_code_is_none(self, typed: str) -> None:
        assert certificates.read_code(typed) is None


class TestDocument:
    def test_it_is_one_landscape_page_that_says_everything(self, certificate: Certificate) -> None:
        reader = PdfReader(io.BytesIO(certificates.document(certificate)))

        assert len(reader.pages) == 1
        box = reader.pages[0].mediabox
        assert (round(box.width), round(box.height)) == (842, 595)
        text = reader.pages[0].extract_text()
        for said in (
            "修了証",
            f"第{certificate.serial}号",
            HARD_NAMES,
            "殿",
            "あなたは「情報セキュリティ研修」を修了したことを証します。",
            "令和8年11月23日",
            "人財課長",
            certificate.code,
            f"http://testserver/certificates/{certificate.code}/",
        ):
            assert said in text
        assert "サンプル" not in text
        assert reader.metadata is not None
        assert reader.metadata.title == f"修了証 第{certificate.serial}号"
        assert reader.metadata.creation_date == certificate.issued_at

    def test_a_demo_marks_its_certificates(self, certificate: Certificate, settings: Any) -> None:
        settings.DEMO = True
        certificate.office_name = "みなと市"

        reader = PdfReader(io.BytesIO(certificates.document(certificate)))

        text = reader.pages[0].extract_text()
        assert "サンプル（架空）" in text
        assert "みなと市" in text

    def test_it_is_japanese_and_the_same_for_readers_of_english(
        self, certificate: Certificate
    ) -> None:
        with timezone.override("UTC"), translation.override("en"):
            english = certificates.document(certificate)

        assert english == certificates.document(certificate)

    @pytest.mark.parametrize(
        "url", ["http://testserver", "https://lms.city.example.lg.jp/learning/"]
    )
    def test_its_square_code_leads_to_the_page_of_the_certificate(
        self, certificate: Certificate, settings: Any, url: str
    ) -> None:
        settings.SITE_URL = url
        reader = PdfReader(io.BytesIO(certificates.document(certificate)))
        (picture,) = reader.pages[0].images
        assert isinstance(picture.image, Image.Image)

        (read,) = zxingcpp.read_barcodes(picture.image.convert("L"))

        assert read.text == f"{url.rstrip('/')}/certificates/{certificate.code}/"

    @pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm is not installed")
    def test_a_printed_page_can_be_scanned(self, certificate: Certificate, tmp_path: Path) -> None:
        (tmp_path / "x.pdf").write_bytes(certificates.document(certificate))
        subprocess.run(
            ["pdftoppm", "-r", "100", "-png", "-singlefile", "x.pdf", "x"], cwd=tmp_path, check=True
        )

        with Image.open(tmp_path / "x.png") as page:
            (read,) = zxingcpp.read_barcodes(page.convert("L"))

        assert read.text == certificates.verification_url(certificate)

    @pytest.mark.parametrize(
        ("name", "title"),
        [
            ("林　一", "情報セキュリティ研修"),
            ("アレクサンドラ・フォン・ハイデンライヒ＝ヴィッテルスバッハ公", "個人情報保護"),
            ("長" * 40, "題" * 80),
            ("長" * 100, "題" * 255),
            ("Wolfeschlegelsteinhausenbergerdorff " * 2, "word " * 51),
            ("<b>太字</b> & Co.", "「A & B」<i>"),
        ],
    )
    def test_long_names_and_titles_fit_without_overlap(
        self, certificate: Certificate, name: str, title: str
    ) -> None:
        certificate.person_name, certificate.course_title = name, title
        where: list[tuple[str, float]] = []

        def note(text: str, cm: Any, tm: Any, _font: Any, _size: Any) -> None:
            if text.strip():
                where.append((text, tm[5] + cm[5]))

        reader = PdfReader(io.BytesIO(certificates.document(certificate)))
        assert len(reader.pages) == 1
        everything = reader.pages[0].extract_text(visitor_text=note)

        squeezed = "".join(everything.split())
        assert "".join(name.split()) + "殿" in squeezed
        assert "".join(f"あなたは「{title}」を修了したことを証します。".split()) in squeezed
        assert "人財課長" in squeezed
        assert all(0 < height < 595 for _, height in where)

    def test_a_character_without_a_glyph_is_named(self, certificate: Certificate) -> None:
        certificate.person_name = "山田\U0002a6d6"

        with pytest.raises(MissingGlyphs, match=r"U\+2A6D6"):
            certificates.document(certificate)


class TestVerification:
    def test_anybody_with_the_code_learns_what_it_says(self, certificate: Certificate) -> None:
        response = Client().get(reverse("certificate", args=[certificate.code]))

        assert response.status_code == 200
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        page = response.content.decode()
        for said in (
            "この修了証は本物です",
            certificate.serial,
            HARD_NAMES,
            "情報セキュリティ研修",
            "令和8年11月23日",
            "人財課長",
        ):
            assert said in page
        assert certificate.enrolment.person.employee_number not in page
        assert "/pdf/" not in page

    def test_the_owner_finds_the_way_to_the_pdf(
        self, certificate: Certificate, owner: Person
    ) -> None:
        response = signed_in(owner).get(reverse("certificate", args=[certificate.code]))

        assert pdf_address(certificate) in response.content.decode()

    def test_another_spelling_leads_to_the_one_address(self, certificate: Certificate) -> None:
        spelled = certificate.code.lower().replace("-", "")

        response = Client().get(reverse("certificate", args=[spelled]))

        assert response.status_code == 302
        assert response["Location"] == reverse("certificate", args=[certificate.code])

    @pytest.mark.parametrize("code", ["7K3D-0R9X-WVQ2-51MT", "unknown", "修了証"])
    def test_an_unknown_code_says_what_to_check(self, db: None, code: str) -> None:
        response = Client().get(reverse("certificate", args=[code]))

        assert response.status_code == 404
        assert "この確認コードの修了証はありません" in response.content.decode()
        assert response["X-Robots-Tag"] == "noindex, nofollow"

    def test_a_typed_code_leads_to_its_certificate(self, certificate: Certificate) -> None:
        typed = certificate.code.lower().replace("-", "　")

        response = Client().get(reverse("certificate_verify"), {"code": typed})

        assert response.status_code == 302
        assert response["Location"] == reverse("certificate", args=[certificate.code])

    def test_a_code_that_cannot_be_one_is_explained_at_the_field(self, db: None) -> None:
        response = Client().get(reverse("certificate_verify"), {"code": "<abc>"})

        assert response.status_code == 200
        assert "16文字の英数字を入力してください" in response.content.decode()
        assert "&lt;abc&gt;" in response.content.decode()

    def test_the_empty_form_shows_no_error(self, db: None) -> None:
        response = Client().get(reverse("certificate_verify"))

        assert response.status_code == 200
        assert "field__error" not in response.content.decode()

    def test_a_post_is_not_taken(self, certificate: Certificate) -> None:
        address = reverse("certificate", args=[certificate.code])

        assert Client().post(address).status_code == 405


class TestPdfPage:
    def test_the_owner_gets_the_pdf_with_a_japanese_file_name(
        self, certificate: Certificate, owner: Person
    ) -> None:
        response = signed_in(owner).get(pdf_address(certificate))

        assert response.status_code == 200
        assert response["Content-Type"] == "application/pdf"
        disposition = response["Content-Disposition"]
        assert disposition.startswith("inline; filename*=utf-8''")
        assert unquote(disposition.split("''")[1]) == f"修了証_{certificate.serial}.pdf"
        assert "no-store" in response["Cache-Control"]
        assert response.content == certificates.document(certificate)
        assert not AuditEntry.objects.filter(action="certificate.read").exists()

    def test_hr_gets_it_and_the_reading_is_kept(
        self, certificate: Certificate, owner: Person, hr: Person
    ) -> None:
        response = signed_in(hr).get(pdf_address(certificate))

        assert response.status_code == 200
        entry = AuditEntry.objects.get(action="certificate.read")
        assert (entry.actor, entry.subject_person) == (hr, owner)
        assert entry.subject == f"courses.certificate:{certificate.pk}"

    @pytest.mark.parametrize("role", [None, Role.AUTHOR, Role.DX_OFFICE, Role.AUDITOR])
    def test_strangers_find_nothing(self, certificate: Certificate, role: Role | None) -> None:
        stranger = PersonFactory.create(roles=[role] if role else [])

        assert signed_in(stranger).get(pdf_address(certificate)).status_code == 404

    def test_the_head_of_the_section_finds_nothing(
        self, certificate: Certificate, owner: Person
    ) -> None:
        unit = make_unit()
        PostingFactory.create(person=owner, unit=unit)
        head = PostingFactory.create(
            unit=unit, position=PositionFactory.create(name="課長", heads_unit=True)
        ).person

        assert signed_in(head).get(pdf_address(certificate)).status_code == 404

    def test_without_sign_in_it_asks_for_one(self, certificate: Certificate) -> None:
        response = Client().get(pdf_address(certificate))

        assert response.status_code == 302
        assert response["Location"].endswith(f"?next={pdf_address(certificate)}")

    def test_an_unknown_code_is_not_found(self, owner: Person) -> None:
        address = reverse("certificate_pdf", args=["unknown"])

        assert signed_in(owner).get(address).status_code == 404

    def test_a_name_that_cannot_be_printed_is_explained_and_the_record_stands(
        self, offering: Offering, now: dt.datetime
    ) -> None:
        person = PersonFactory.create(name="山田\U0002a6d6")
        certificate = certify(now, person=person, offering=offering)

        response = signed_in(person).get(pdf_address(certificate))

        assert response.status_code == 422
        page = response.content.decode()
        assert "\U0002a6d6 (U+2A6D6)" in page
        assert "人財課に依頼してください" in page
        assert certificate.serial in page


class TestMine:
    def test_it_lists_the_own_certificates_newest_first(
        self, owner: Person, offering: Offering, now: dt.datetime
    ) -> None:
        earlier = OfferingFactory.create(course=offering.course, fiscal_year=2025)
        old = certify(now - dt.timedelta(days=300), person=owner, offering=earlier)
        new = certify(now, person=owner, offering=offering)
        other = certify(now, offering=offering)

        page = signed_in(owner).get(reverse("certificates")).content.decode()

        assert page.index(new.serial) < page.index(old.serial)
        assert other.code not in page

    def test_it_says_what_will_appear_while_it_is_empty(self, owner: Person) -> None:
        page = signed_in(owner).get(reverse("certificates")).content.decode()

        assert "修了証は、まだありません" in page

    def test_without_sign_in_it_asks_for_one(self, db: None) -> None:
        assert Client().get(reverse("certificates")).status_code == 302

    @pytest.mark.parametrize("rows", [1, 3])
    def test_more_rows_ask_no_more_questions(
        self,
        owner: Person,
        offering: Offering,
        now: dt.datetime,
        rows: int,
        django_assert_num_queries: Any,
    ) -> None:
        for _ in range(rows):
            certify(now, person=owner, offering=OfferingFactory.create(course=offering.course))
        client = signed_in(owner)
        client.get(reverse("certificates"))

        with django_assert_num_queries(5):
            client.get(reverse("certificates"))


class TestAdmin:
    @pytest.mark.parametrize("words", ["R8-000001", "髙﨑", "情報セキュリティ"])
    def test_hr_looks_one_up(self, certificate: Certificate, hr: Person, words: str) -> None:
        response = signed_in(hr).get(reverse("certificate:index"), {"q": words})

        assert certificate.serial in response.content.decode()
        assert reverse("certificate:inspect", args=[certificate.pk]) in response.content.decode()

    def test_what_is_not_there_is_not_found(self, certificate: Certificate, hr: Person) -> None:
        response = signed_in(hr).get(reverse("certificate:index"), {"q": "R7-"})

        assert certificate.serial not in response.content.decode()

    def test_nobody_changes_a_certificate(self, certificate: Certificate, hr: Person) -> None:
        hr.is_superuser = True
        hr.save()
        client = signed_in(hr)

        for name in ("edit", "delete"):
            address = reverse(f"certificate:{name}", args=[certificate.pk])
            assert client.post(address, {"serial": "R8-999999"}).status_code in {302, 403}
        client.post(reverse("certificate:add"), {})

        assert Certificate.objects.get().serial == certificate.serial

    def test_authors_do_not_see_the_list(self, certificate: Certificate) -> None:
        author = PersonFactory.create(roles=[Role.AUTHOR])

        response = signed_in(author).get(reverse("certificate:index"), follow=True)

        assert certificate.serial not in response.content.decode()
