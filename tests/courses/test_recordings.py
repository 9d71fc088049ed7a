"""Videos and audio: what may be uploaded, who plays it, what is kept, and when it suffices."""

import json
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.conf import settings as django_settings
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from courses.domain import advice, recordings, viewings
from courses.models import Enrolment, LessonPage, Recording, StepProgress, Viewing
from lms.core import ranges
from lms.core.errors import RuleViolation
from lms.people.enums import Role
from lms.people.models import Person
from tests.factories.courses import (
    AUDIO,
    VIDEO,
    EnrolmentFactory,
    OfferingFactory,
    make_course,
    make_lesson,
    make_recording,
    shown,
)
from tests.factories.people import PersonFactory, PostingFactory

pytestmark = pytest.mark.django_db
SUBRIP = """1
00:00:01,000 --> 00:00:02,500
髙﨑さん、<i>待って</i>

2
00:00:03,000 --> 00:00:04,000
𠮷田です
""".replace("\n", "\r\n")


@pytest.fixture
def recording() -> Recording:
    return make_recording()


@pytest.fixture
def lesson(recording: Recording) -> LessonPage:
    return make_lesson(make_course(), body=[shown(recording, must_be_watched=True)])


@pytest.fixture
def enrolment(lesson: LessonPage) -> Enrolment:
    person = PostingFactory(person=PersonFactory()).person
    return EnrolmentFactory(
        person=person, offering=OfferingFactory(course=lesson.get_parent().specific)
    )


@pytest.fixture
def learner(client: Client, enrolment: Enrolment) -> Client:
    client.force_login(enrolment.person)
    return client


@pytest.fixture
def author(client: Client) -> Client:
    client.force_login(PersonFactory(roles=[Role.AUTHOR]))
    return client


def watch(
    client: Client, enrolment: Enrolment, recording: Recording, told: Any, position: Any = 0
) -> Any:
    lesson = LessonPage.objects.get()
    address = reverse("viewing", args=[enrolment.pk, lesson.pk, recording.pk])
    return client.post(address, {"ranges": json.dumps(told), "position": position})


def complete(client: Client, enrolment: Enrolment, **told: Any) -> list[str]:
    """What the page says after the learner has tried to complete the lesson."""
    lesson = LessonPage.objects.get()
    response = client.post(reverse("lesson_complete", args=[enrolment.pk, lesson.pk]), told)
    assert response.status_code == 302
    return [str(message) for message in get_messages(response.wsgi_request)]


# What was played


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ([], []),
        ([(0, 4.6), (4.6, 9.9)], [(0, 10)]),
        ([(20, 30), (0, 10)], [(0, 10), (20, 30)]),
        ([(0, 10), (10, 20)], [(0, 20)]),
        ([(0, 30), (5, 10)], [(0, 30)]),
        ([(-5, 3), (60, 1e9)], [(0, 3), (60, 65)]),
        ([(9, 9.2), (30, 20)], []),
    ],
)
def test_ranges_are_joined_within_the_recording(told: Any, known: Any) -> None:
    assert viewings.joined(told, seconds=65) == known


@pytest.mark.parametrize(
    ("ranges", "position", "goes_on_at"),
    [
        ([], 0, 0),
        ([(0, 20)], 20, 20),
        ([(0, 20), (40, 65)], 64, 20),
        ([(0, 65)], 65, 0),
        ([(0, 59)], 65, 0),
    ],
)
def test_it_goes_on_where_it_was_left_or_at_what_was_missed(
    recording: Recording, ranges: Any, position: int, goes_on_at: int
) -> None:
    viewing = Viewing(ranges=ranges, position=position)
    assert viewings.watched(recording, viewing, must_be_watched=True).goes_on_at == goes_on_at


def test_what_is_told_twice_or_late_changes_nothing(
    learner: Client, enrolment: Enrolment, recording: Recording
) -> None:
    watch(learner, enrolment, recording, [[0, 20]], 20)
    watch(learner, enrolment, recording, [[30, 40]], 40)
    answer = watch(learner, enrolment, recording, [[0, 20]], 20).json()
    assert answer == {
        "told": "1分5秒のうち、30秒を再生しました。",
        "seconds": 30,
        "isMissing": True,
    }
    viewing = Viewing.objects.get()
    assert viewing.ranges == [[0, 20], [30, 40]]
    assert viewing.position == 20


@pytest.mark.parametrize(
    "told",
    [
        {"ranges": "[[0, 1]]"},
        {"ranges": "no", "position": 1},
        {"ranges": '{"0": 1}', "position": 1},
        {"ranges": "[[0]]", "position": 1},
        {"ranges": '[["0", "1"]]', "position": 1},
        {"ranges": "[[true, false]]", "position": 1},
        {"ranges": "[[0, Infinity]]", "position": 1},
        {"ranges": "[[NaN, 1]]", "position": 1},
        {"ranges": json.dumps([[0, 1]] * 1001), "position": 1},
        {"ranges": "[[0, 1]]", "position": "nan"},
    ],
)
def test_nonsense_is_refused(
    learner: Client, enrolment: Enrolment, recording: Recording, told: dict[str, Any]
) -> None:
    lesson = LessonPage.objects.get()
    address = reverse("viewing", args=[enrolment.pk, lesson.pk, recording.pk])
    assert learner.post(address, told).status_code == 400
    assert not Viewing.objects.exists()


def test_what_the_lesson_does_not_show_is_not_kept(learner: Client, enrolment: Enrolment) -> None:
    assert watch(learner, enrolment, make_recording("別の動画"), [[0, 9]]).status_code == 404


# When it suffices


def test_the_lesson_waits_until_nearly_all_was_played(
    learner: Client, enrolment: Enrolment, recording: Recording
) -> None:
    watch(learner, enrolment, recording, [[0, 58]])  # 58 of 65 seconds are 89.2 %
    [message] = complete(learner, enrolment)
    assert message.startswith("「3つの目」を最後まで再生するか、文字起こしを読んで")
    assert not StepProgress.objects.exists()
    assert watch(learner, enrolment, recording, [[58, 59]]).json()["isMissing"] is False
    assert complete(learner, enrolment)[-1].startswith("この研修を修了しました")
    assert StepProgress.objects.count() == 1


def test_reading_the_transcript_is_enough_and_is_kept(
    learner: Client, enrolment: Enrolment, recording: Recording
) -> None:
    complete(learner, enrolment, read=str(recording.pk))
    assert StepProgress.objects.count() == 1
    viewing = Viewing.objects.get()
    assert viewing.read_at is not None
    assert viewing.ranges == []


def test_what_was_read_is_kept_while_another_one_is_missing(
    client: Client, recording: Recording
) -> None:
    other = make_recording("もう1本")
    body = [shown(one, must_be_watched=True) for one in (recording, other)]
    lesson = make_lesson(make_course(), body=body)
    enrolment = EnrolmentFactory(offering=OfferingFactory(course=lesson.get_parent().specific))
    client.force_login(enrolment.person)
    [message] = complete(client, enrolment, read=str(recording.pk))
    assert message.startswith("「もう1本」を")
    complete(client, enrolment, read=str(other.pk))
    assert StepProgress.objects.count() == 1


def test_where_nothing_must_be_watched_nothing_waits(client: Client, recording: Recording) -> None:
    lesson = make_lesson(make_course(), body=[shown(recording)])
    enrolment = EnrolmentFactory(offering=OfferingFactory(course=lesson.get_parent().specific))
    client.force_login(enrolment.person)
    complete(client, enrolment)
    assert StepProgress.objects.count() == 1


def test_the_page_offers_what_the_lesson_waits_for(
    learner: Client,
    enrolment: Enrolment,
    recording: Recording,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    lesson = LessonPage.objects.get()
    learner.get(lesson.url)
    # Two more than a lesson without: the recordings, and what was played of them.
    with django_assert_num_queries(20):
        page = BeautifulSoup(learner.get(lesson.url).content, "html.parser")
    video = page.select_one("video")
    assert video is not None
    assert video["src"] == reverse("recording", args=[recording.pk])
    track = video.select_one("track[kind=captions][srclang=ja][default]")
    assert track is not None
    assert "差出人、求める動作" in page.select_one(".recording__transcript").text
    assert page.select_one("input[name=read]")["value"] == str(recording.pk)
    watch(learner, enrolment, recording, [[0, 30]], 30)
    page = BeautifulSoup(learner.get(lesson.url).content, "html.parser")
    assert "30秒から続ける" in page.select_one("[data-go-on]").text
    watch(learner, enrolment, recording, [[0, 65]], 65)
    page = BeautifulSoup(learner.get(lesson.url).content, "html.parser")
    assert page.select_one("input[name=read]") is None
    assert page.select_one("[data-go-on]") is None


# Who plays it, and how it is sent


def get(client: Client, recording: Recording, **headers: str) -> Any:
    return client.get(reverse("recording", args=[recording.pk]), headers=headers)


def test_the_whole_file_and_its_parts(learner: Client, recording: Recording) -> None:
    content = VIDEO.read_bytes()
    size = len(content)
    whole = get(learner, recording)
    assert whole.status_code == 200
    assert b"".join(whole) == content
    assert whole["Accept-Ranges"] == "bytes"
    assert whole["Content-Type"] == "video/mp4"
    for asked, first, last in [
        ("bytes=0-", 0, size - 1),
        ("bytes=100-199", 100, 199),
        ("bytes=-10", size - 10, size - 1),
        (f"bytes=5-{size + 99}", 5, size - 1),
    ]:
        part = get(learner, recording, range=asked)
        assert part.status_code == 206, asked
        assert part["Content-Range"] == f"bytes {first}-{last}/{size}"
        assert part.content == content[first : last + 1]


@pytest.mark.parametrize(
    "asked",
    ["bytes=5-3", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=0-1,5-6", "bytes=" + "9" * 40],
)
def test_a_range_that_makes_no_sense_is_not_heard(
    learner: Client, recording: Recording, asked: str
) -> None:
    answer = get(learner, recording, range=asked)
    assert answer.status_code == 200
    assert len(b"".join(answer)) == VIDEO.stat().st_size


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
def test_a_range_behind_the_end_is_said_to_be_so(
    learner: Client, recording: Recording, asked: str
) -> None:
    answer = get(learner, recording, range=asked)
    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{VIDEO.stat().st_size}"


def test_a_part_is_never_larger_than_a_megabyte(
    learner: Client, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "MOST", 1000)
    part = get(learner, recording, range="bytes=10-")
    assert part["Content-Range"] == f"bytes 10-1009/{VIDEO.stat().st_size}"
    assert len(part.content) == 1000


def test_a_player_that_began_with_other_bytes_gets_the_whole_file(
    learner: Client, recording: Recording
) -> None:
    tag = get(learner, recording, range="bytes=0-1")["ETag"]
    same = {"range": "bytes=0-1", "if-range": tag}
    assert get(learner, recording, **same).status_code == 206
    other = get(learner, recording, **(same | {"if-range": '"other"'}))
    assert other.status_code == 200
    assert b"".join(other) == VIDEO.read_bytes()


def test_it_is_played_by_those_who_see_the_course(client: Client, recording: Recording) -> None:
    """Not by somebody else on staff, and not while no published lesson shows it."""
    lesson = make_lesson(make_course(), body=[shown(recording)])
    enrolment = EnrolmentFactory(offering=OfferingFactory(course=lesson.get_parent().specific))
    stranger, author = PersonFactory(), PersonFactory(roles=[Role.AUTHOR])

    def answers(person: Person) -> set[int]:
        client.force_login(person)
        names = ("recording", "recording_captions")
        found = [client.get(reverse(name, args=[recording.pk])) for name in names]
        for one in found:
            if one.streaming:
                list(one)  # read to its end, the file is closed
        return {one.status_code for one in found}

    assert answers(enrolment.person) == {200}
    assert answers(stranger) == {404}
    assert answers(author) == {200}
    LessonPage.objects.get().unpublish()
    assert answers(enrolment.person) == {404}
    assert answers(author) == {200}


def test_without_captions_there_is_no_track(client: Client) -> None:
    silent = make_recording(captions="")
    lesson = make_lesson(make_course(), body=[shown(silent)])
    client.force_login(PersonFactory(roles=[Role.AUTHOR]))
    page = BeautifulSoup(client.get(lesson.url).content, "html.parser")
    assert page.select("video")
    assert not page.select("track")
    assert client.get(reverse("recording_captions", args=[silent.pk])).status_code == 404
    assert advice.on_lesson(lesson)[0].startswith("「3つの目」に字幕がありません。")


def test_words_that_are_only_spoken_are_found(learner: Client, recording: Recording) -> None:
    assert LessonPage.objects.get().title in learner.get("/search/?q=求める動作").text


# What may be uploaded


def upload(path: Path = VIDEO, name: str = "", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name or path.name, path.read_bytes() if content is None else content)


def add(client: Client, **fields: Any) -> Any:
    address = reverse("wagtailsnippets_courses_recording:add")
    return client.post(address, {"title": "題", "transcript": "", **fields})


def test_a_video_with_subtitles_is_added_and_its_transcript_taken_from_them(
    author: Client,
) -> None:
    subtitles = SimpleUploadedFile("字幕.srt", b"\xef\xbb\xbf" + SUBRIP.encode())
    assert add(author, file=upload(), caption_file=subtitles).status_code == 302
    recording = Recording.objects.get()
    assert (recording.content_type, recording.seconds) == ("video/mp4", 65)
    assert recording.transcript == "髙﨑さん、待って\n𠮷田です"
    assert recording.captions.startswith("WEBVTT\n\n00:00:01.000 --> 00:00:02.500\n")


def test_audio_is_known_as_such(author: Client) -> None:
    assert add(author, file=upload(AUDIO), transcript="約束").status_code == 302
    recording = Recording.objects.get()
    assert (recording.content_type, recording.seconds) == ("audio/mp4", 32)


def errors(response: Any) -> str:
    assert response.status_code == 200
    page = BeautifulSoup(response.content, "html.parser")
    return " ".join(error.text.strip() for error in page.select(".error-message"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("clip.mp4", b""),
        ("clip.mp4", b"<script>alert(1)</script>" * 99),
        ("clip.mp4", VIDEO.read_bytes()[:2000]),
        ("clip.html", VIDEO.read_bytes()),
        ("clip.svg", VIDEO.read_bytes()),
        ("clip.mp3", VIDEO.read_bytes()[:20]),
        ("clip.mp4", b"\x00\x00\x00\x01moov" + b"\xff" * 8 + b"x" * 64),
    ],
)
def test_what_a_browser_could_not_play_is_refused(
    author: Client, name: str, content: bytes
) -> None:
    told = errors(add(author, file=upload(name=name, content=content), transcript="約束"))
    assert told
    assert not Recording.objects.exists()


def test_a_format_of_telephones_is_refused_with_what_to_do(author: Client) -> None:
    video = VIDEO.read_bytes().replace(b"avc1", b"hvc1")
    told = errors(add(author, file=upload(content=video), transcript="約束"))
    assert "H.264で保存し直して" in told


def test_a_file_that_is_too_large_is_refused(author: Client, settings: Any) -> None:
    settings.RECORDING_MEGABYTES = 0
    told = errors(add(author, file=upload(), transcript="約束"))
    assert "0MBを超えています" in told


def test_somebody_must_have_written_it_down(author: Client) -> None:
    told = errors(add(author, file=upload()))
    assert told == "話した言葉と見せたものを書くか、字幕のファイルを選んでください。"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.vtt", b""),
        ("x.vtt", b"WEBVTT\n\n"),
        ("x.vtt", SUBRIP.encode()),
        ("x.srt", b"nothing of the kind"),
        ("x.srt", SUBRIP.encode("cp932", errors="replace")),
        ("x.txt", SUBRIP.encode()),
        ("x.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + b"a" * recordings.LARGEST_CAPTIONS),
    ],
)
def test_captions_that_cannot_be_read_are_refused(name: str, content: bytes) -> None:
    with pytest.raises(RuleViolation, match="字幕を読み取れません"):
        recordings.captions(content, name=name)


def test_the_file_stays_and_its_captions_can_be_replaced(
    author: Client, recording: Recording
) -> None:
    address = reverse("wagtailsnippets_courses_recording:edit", args=[recording.pk])
    answer = author.post(
        address,
        {
            "title": "新しい題",
            "file": upload(AUDIO),
            "caption_file": SimpleUploadedFile("x.srt", SUBRIP.encode()),
            "transcript": "書き直した",
        },
    )
    assert answer.status_code == 302
    kept = Recording.objects.get()
    assert (kept.title, kept.transcript) == ("新しい題", "書き直した")
    assert kept.file.name == recording.file.name
    assert kept.seconds == 65
    assert "𠮷田です" in kept.captions


def test_a_lesson_is_found_by_a_corrected_transcript(
    client: Client, lesson: LessonPage, recording: Recording, enrolment: Enrolment
) -> None:
    client.force_login(PersonFactory(roles=[Role.AUTHOR]))
    address = reverse("wagtailsnippets_courses_recording:edit", args=[recording.pk])
    client.post(address, {"title": "3つの目", "transcript": "振込先の変更にも注意します。"})
    client.force_login(enrolment.person)
    assert lesson.title in client.get("/search/?q=振込先の変更").text


def test_what_a_lesson_shows_or_somebody_played_is_not_deleted(
    author: Client,
    recording: Recording,
    enrolment: Enrolment,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    unused = make_recording("使わない動画")
    kept = Path(django_settings.MEDIA_ROOT) / unused.file.name

    def delete(one: Recording) -> str:
        """The last thing that the page says then."""
        address = reverse("wagtailsnippets_courses_recording:delete", args=[one.pk])
        with django_capture_on_commit_callbacks(execute=True):
            answer = author.post(address)
        return [str(message) for message in get_messages(answer.wsgi_request)][-1]

    assert "削除できません" in delete(recording)
    played = make_recording("見た動画")
    Viewing.objects.create(enrolment=enrolment, recording=played, seen_at=timezone.now())
    assert "削除できません" in delete(played)
    assert kept.exists()
    assert "削除できません" not in delete(unused)
    assert not kept.exists()
    assert set(Recording.objects.all()) == {recording, played}


def test_a_lesson_takes_as_long_as_what_it_shows(recording: Recording) -> None:
    long = Recording(title="長い", seconds=660, content_type="video/mp4", captions="WEBVTT")
    long.save()
    lesson = make_lesson(make_course(), minutes=5, body=[shown(long)])
    told = advice.on_lesson(lesson)
    assert any("約11分" in sentence for sentence in told)
    assert not any("字幕" in sentence for sentence in told)


def test_it_is_found_by_title_and_by_what_is_said(author: Client, recording: Recording) -> None:
    make_recording("耳で復習", AUDIO, transcript="パスワードの約束")
    for address in (
        reverse("wagtailsnippets_courses_recording:list"),
        reverse("wagtailsnippetchoosers_courses_recording:choose_results"),
    ):
        assert "耳で復習" in author.get(address, {"q": "で復"}).text
        found = author.get(address, {"q": "求める動作"}).text
        assert "3つの目" in found
        assert "耳で復習" not in found
