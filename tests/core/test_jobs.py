import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from lms.core import jobs
from lms.core.errors import RuleViolation
from lms.core.models import Job

pytestmark = pytest.mark.django_db
HERE = "tests.core.test_jobs"


def add(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    progress(1, 2)
    progress(2, 2)
    return {"sum": job.arguments["a"] + job.arguments["b"]}


def refuse(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    raise RuleViolation("職員番号を入力してください。")


def break_down(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    raise ZeroDivisionError("no such luck")


def test_a_job_runs_once_and_keeps_its_result(now: dt.datetime) -> None:
    job = jobs.enqueue(f"{HERE}.add", at=now, a=1, b=2)
    assert jobs.run_waiting() == 1
    job.refresh_from_db()
    assert (job.result, job.error, job.percent) == ({"sum": 3}, "", 100)
    assert (job.done, job.total) == (2, 2)
    assert not jobs.run(job.pk)
    assert jobs.run_waiting() == 0


def test_a_broken_rule_ends_the_job_with_its_sentence(now: dt.datetime) -> None:
    job = jobs.enqueue(f"{HERE}.refuse", at=now)
    jobs.run_waiting()
    job.refresh_from_db()
    assert job.has_failed
    assert job.error == "職員番号を入力してください。"


def test_a_fault_ends_only_its_own_job(now: dt.datetime) -> None:
    faulty = jobs.enqueue(f"{HERE}.break_down", at=now)
    sound = jobs.enqueue(f"{HERE}.add", at=now, a=1, b=1)
    assert jobs.run_waiting() == 2
    faulty.refresh_from_db()
    sound.refresh_from_db()
    assert faulty.error == "ZeroDivisionError: no such luck"
    assert sound.result == {"sum": 2}


def test_a_job_of_a_killed_process_is_taken_up_again_after_its_silence() -> None:
    started = timezone.now() - dt.timedelta(minutes=1, seconds=50)
    job = Job.objects.create(
        function=f"{HERE}.add",
        arguments={"a": 2, "b": 2},
        created_at=started,
        started_at=started,
        heartbeat_at=started,
    )
    assert jobs.run_waiting() == 0
    Job.objects.filter(pk=job.pk).update(heartbeat_at=started - dt.timedelta(seconds=15))
    assert jobs.run_waiting() == 1
    job.refresh_from_db()
    assert job.result == {"sum": 4}


def test_work_asked_for_twice_before_it_starts_is_done_once(now: dt.datetime) -> None:
    first = jobs.enqueue(f"{HERE}.add", at=now, once=True, a=1, b=2)
    again = jobs.enqueue(f"{HERE}.add", at=now, once=True, a=1, b=2)
    other = jobs.enqueue(f"{HERE}.add", at=now, once=True, a=1, b=3)
    assert first == again != other
    jobs.run_waiting()
    assert jobs.enqueue(f"{HERE}.add", at=now, once=True, a=1, b=2) != first


def test_a_fact_starts_what_the_settings_say(settings: Any, now: dt.datetime) -> None:
    settings.FOLLOW_UPS = {"people.changed": ["courses.tasks.sync_enrolments"]}
    (job,) = jobs.announce("people.changed", at=now)
    assert job.function == "courses.tasks.sync_enrolments"
    assert jobs.announce("nobody.listens", at=now) == []


def test_percent_never_says_done_before_it_is(now: dt.datetime) -> None:
    assert Job(created_at=now).percent == 0
    assert Job(created_at=now, done=1, total=3).percent == 33
    assert Job(created_at=now, done=3, total=3).percent == 99
