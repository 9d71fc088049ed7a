import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lms.core import jobs
from lms.core.models import AuditEntry
from lms.people.domain.roster.uploads import KEPT_FOR, stored_path
from lms.people.enums import Role
from lms.people.models import Person, Posting, RosterImport
from lms.people.tasks import forget_rosters
from tests.factories.people import PersonFactory, PostingFactory, make_unit

pytestmark = pytest.mark.django_db

HEADING = "職員番号,氏名,所属,発令日\n"


@pytest.fixture(autouse=True)
def private(settings: Any, tmp_path: Path) -> None:
    settings.PRIVATE_ROOT = tmp_path


@pytest.fixture
def hr(client: Client) -> Client:
    client.force_login(PersonFactory(employee_number="hr", roles=[Role.TRAINING_ADMIN]))
    return client


def upload(client: Client, text: str, *, as_of: str = "2026-04-01", name: str = "名簿.csv") -> Any:
    file = SimpleUploadedFile(name, text.encode())
    facts = {"file": file, "as_of": as_of, "profile": "auto"}
    return client.post(reverse("people_rosters"), facts)


def page(row: RosterImport) -> str:
    return reverse("people_roster", args=[row.pk])


def apply(client: Client, row: RosterImport, **data: str) -> Any:
    return client.post(reverse("people_roster_apply", args=[row.pk]), data)


def test_hr_uploads_previews_and_applies(hr: Client) -> None:
    answer = upload(hr, HEADING + "0001,髙﨑　𠮷子,総務部/総務課,\n")
    row = RosterImport.objects.get()
    assert answer.url == page(row)
    assert "ファイルを読み、登録と比べています。" in hr.get(page(row)).content.decode()
    jobs.run_waiting()
    preview = hr.get(page(row)).content.decode()
    assert "髙﨑　𠮷子" in preview
    assert "総務部/総務課" in preview
    assert not Posting.objects.exists()
    assert apply(hr, row).url == page(row)
    assert "名簿を取り込んでいます。" in hr.get(page(row)).content.decode()
    jobs.run_waiting()
    assert "名簿を取り込みました。" in hr.get(page(row)).content.decode()
    assert Posting.objects.get().person.name == "髙﨑　𠮷子"
    row.refresh_from_db()
    assert row.applied_at
    assert row.profile == "standard"
    # The file holds personal data and has done its work.
    assert not stored_path(row).exists()
    applied = AuditEntry.objects.get(action="roster.applied")
    assert applied.actor
    assert applied.actor.employee_number == "hr"


def test_the_progress_asks_again_until_the_work_is_done(hr: Client) -> None:
    upload(hr, HEADING + "1,甲,総務課,\n")
    row = RosterImport.objects.get()
    partial = hr.get(page(row), headers={"HX-Request": "true"})
    assert partial.content.decode().strip().startswith('<div id="roster-progress"')
    jobs.run_waiting()
    assert hr.get(page(row), headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


def test_errors_are_all_shown_and_nothing_can_be_applied(hr: Client) -> None:
    upload(hr, HEADING + "".join(f",甲{n},総務課,\n" for n in range(120)))
    jobs.run_waiting()
    row = RosterImport.objects.get()
    shown = hr.get(page(row)).content.decode()
    assert "<td>121</td>" in shown
    assert reverse("people_roster_apply", args=[row.pk]) not in shown
    apply(hr, row)
    jobs.run_waiting()
    assert not Posting.objects.exists()


def test_long_lists_are_paged(hr: Client) -> None:
    upload(hr, HEADING + "".join(f"{n:04},職員{n:04},総務課,\n" for n in range(60)))
    jobs.run_waiting()
    row = RosterImport.objects.get()
    first = hr.get(page(row)).content.decode()
    assert "職員0049" in first
    assert "職員0050" not in first
    assert "職員0050" in hr.get(page(row) + "?joined=2").content.decode()


def test_many_leavers_must_be_confirmed(hr: Client) -> None:
    unit = make_unit("総務課")
    for n in range(10):
        person = PersonFactory(employee_number=f"{n}", name=f"職員{n}")
        PostingFactory(person=person, unit=unit, starts_on=dt.date(2025, 4, 1))
    upload(hr, HEADING + "".join(f"{n},職員{n},総務課,\n" for n in range(8)))
    jobs.run_waiting()
    row = RosterImport.objects.get()
    assert "10人のうち2人が離れる" in hr.get(page(row)).content.decode()
    refused = apply(hr, row)
    assert refused.status_code == 422
    assert "チェックを入れてください" in refused.content.decode()
    jobs.run_waiting()
    assert Posting.objects.filter(ends_on=None).count() == 10
    apply(hr, row, confirmed="on")
    jobs.run_waiting()
    assert Posting.objects.filter(ends_on=None).count() == 8


def test_applying_twice_is_done_once(hr: Client) -> None:
    upload(hr, HEADING + "1,甲,総務課,\n")
    jobs.run_waiting()
    row = RosterImport.objects.get()
    apply(hr, row)
    apply(hr, row)
    jobs.run_waiting()
    apply(hr, row)
    jobs.run_waiting()
    assert AuditEntry.objects.filter(action="roster.applied").count() == 1


def test_records_that_changed_since_the_preview_stop_it(hr: Client) -> None:
    upload(hr, HEADING + "1,甲,総務課,2026/3/1\n")
    jobs.run_waiting()
    row = RosterImport.objects.get()
    PostingFactory(
        person=PersonFactory(employee_number="1"),
        unit=make_unit("企画部"),
        starts_on=dt.date(2026, 4, 1),
    )
    apply(hr, row)
    jobs.run_waiting()
    assert "もう一度アップロードしてください" in hr.get(page(row)).content.decode()
    row.refresh_from_db()
    assert row.applied_at is None


def test_an_upload_is_checked_and_hidden(hr: Client, tmp_path: Path) -> None:
    assert "Excelブック" in upload(hr, "x", name="../../evil.exe").content.decode()
    assert not RosterImport.objects.exists()
    upload(hr, HEADING + "1,甲,総務課,\n", name="../../名簿.csv")
    row = RosterImport.objects.get()
    assert row.file_name == "名簿.csv"
    assert [path.parent for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "rosters"]
    assert row.stored_as not in hr.get(page(row)).content.decode()


def test_an_unreadable_file_is_explained(hr: Client) -> None:
    upload(hr, "\0\0\0", name="名簿.xlsx")
    jobs.run_waiting()
    assert "保存し直してください" in hr.get(page(RosterImport.objects.get())).content.decode()


def test_uploads_that_nobody_applied_are_forgotten(hr: Client) -> None:
    upload(hr, HEADING)
    row = RosterImport.objects.get()
    assert forget_rosters() == 0
    RosterImport.objects.update(uploaded_at=timezone.now() - KEPT_FOR - dt.timedelta(days=1))
    assert forget_rosters() == 1
    assert not stored_path(row).exists()


def test_an_auditor_reads_and_a_stranger_sees_nothing(client: Client, hr: Client) -> None:
    upload(hr, HEADING + "1,甲,総務課,\n")
    jobs.run_waiting()
    row = RosterImport.objects.get()
    client.force_login(PersonFactory(roles=[Role.AUDITOR]))
    assert client.get(page(row)).status_code == 200
    assert "この名簿を取り込む" not in client.get(page(row)).content.decode()
    assert upload(client, HEADING).status_code in (302, 403)
    apply(client, row)
    for roles in ([], [Role.AUTHOR], [Role.DX_OFFICE]):
        client.force_login(PersonFactory(roles=roles))
        for url in (page(row), reverse("people_rosters"), reverse("people_passwords")):
            assert client.get(url).status_code in (302, 403)
        apply(client, row)
    jobs.run_waiting()
    assert RosterImport.objects.count() == 1
    assert not Person.objects.filter(employee_number="1").exists()


def test_the_history_is_paged_with_few_queries(
    hr: Client, django_assert_max_num_queries: Any
) -> None:
    def history() -> str:
        with django_assert_max_num_queries(14):
            return hr.get(reverse("people_rosters")).content.decode()

    assert "まだ取り込んだ名簿はありません" in history()
    for _ in range(22):
        upload(hr, HEADING)
    assert "処理中" in history()
    assert "1／2ページ" in history()
