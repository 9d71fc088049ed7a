from celery import shared_task

from lms.core import jobs


@shared_task(name="lms.core.tasks.run_waiting_jobs")
def run_waiting_jobs() -> int:
    return jobs.run_waiting()
